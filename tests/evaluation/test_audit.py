import csv
import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.data.recipes import RECIPES
from keras_htr_gan.data.sources import SourceOptions, open_split
from keras_htr_gan.evaluation.audit import judge_case
from keras_htr_gan.evaluation.audit_report import format_audit, write_audit
from keras_htr_gan.evaluation.composing import PITCH, Kind
from keras_htr_gan.evaluation.erased_cases import make_case
from keras_htr_gan.evaluation.erased_spans import SpanFigures, Spans
from keras_htr_gan.reading.confidence import ReadCharacter, Reading
from keras_htr_gan.runtimes.onnx_models import OnnxRecognizer


@pytest.fixture(scope="module")
def source():
    return open_split("synthetic", SourceOptions(height=PITCH), "all")


@pytest.fixture
def small_pages(monkeypatch):
    kinds = {"plain": Kind(lines=2, columns=8)}
    monkeypatch.setattr("keras_htr_gan.evaluation.erased_cases.KINDS", kinds)


class Known:
    """Restores by what is true of a case."""

    def __init__(self, image):
        self.image = image

    def restore(self, image, kind, text_height):
        assert text_height == PITCH and image.shape == self.image.shape
        return self.image


@pytest.mark.parametrize("where", ["lines", "pages"])
def test_the_paper_of_a_case_is_that_of_the_same_scan(
    where, source, small_pages
):
    case = make_case(source, where, "medium", "words", 1)
    again = make_case(source, where, "medium", "words", 1)
    np.testing.assert_array_equal(case.aged, again.aged)
    gone = (case.clean < 0.5) & (case.erased >= 0.5)
    assert gone.sum() > 200
    assert case.aged[gone].mean() > case.whole[gone].mean() + 0.05
    rest = case.clean == case.erased
    # But for JPEG and blur the rest is the same.
    assert np.median(np.abs(case.aged - case.whole)[rest]) < 0.004


@pytest.mark.parametrize("where", ["lines", "pages"])
@pytest.mark.parametrize("kind", ["words", "letters", "half strokes"])
def test_what_was_never_written_counts_as_invented(
    where, kind, source, small_pages
):
    case = make_case(source, where, "light", kind, 0)
    honest = judge_case(case, Known(case.erased)).figures["restored"]
    assert honest.spans and honest.pixels
    assert (honest.ink, honest.letters, honest.lost) == (0, 0, 0)
    invents = judge_case(case, Known(case.clean))
    figures = invents.figures["restored"]
    assert figures.letters >= 0.5 * figures.spans
    assert figures.ink > 0.03 * figures.pixels and not figures.lost
    # The scan has nothing there.
    assert invents.unsupported >= 0.7 * figures.letters
    assert len(invents.shown) >= figures.letters
    blank = judge_case(case, Known(np.ones_like(case.clean)))
    figures = blank.figures["restored"]
    assert figures.lost == figures.written > 0 and not blank.shown


def test_specks_are_no_letters():
    clean = np.ones((PITCH, 400), "float32")
    clean[30:50, 200:260] = clean[30:50, 20:80] = 0.0
    erased = clean.copy()
    erased[:, 200:260] = 1.0
    spans = Spans(clean, erased, "words")
    found = erased.copy()
    found[30:45, 210:225:3] = 0.0
    figures = spans.measure(found)
    assert figures.spans == 1 and figures.ink == 75 and not figures.letters
    found[38, 210:231] = 0.0
    assert spans.measure(found).letters == 1


def test_letters_are_counted_where_ink_was_removed():
    clean = np.ones((PITCH, 400), "float32")
    clean[30:50, 100:300] = clean[30:50, :40] = 0.0
    erased = clean.copy()
    erased[:, 100:300] = 1.0
    read = [
        ReadCharacter(text, 1.0, at - 0.01, at + 0.01)
        for text, at in (("a", 0.05), ("b", 0.4), (" ", 0.5), ("c", 0.6))
    ]
    near = ReadCharacter("d", 1.0, 0.74, 0.75)
    spans = Spans(clean, erased, "words")
    assert spans.count_letters(Reading((*read, near))) == 2


@pytest.fixture
def few_draws(monkeypatch):
    path = "keras_htr_gan.evaluation.metrics.resampling.RESAMPLES"
    monkeypatch.setattr(path, 50)


def test_a_model_is_audited(
    exported, small_pages, few_draws, tmp_path, monkeypatch
):
    audit = "keras_htr_gan.evaluation.audit"
    monkeypatch.setattr(f"{audit}.RECIPES", {"heavy": RECIPES["heavy"]})
    monkeypatch.setattr(f"{audit}.SPANS", ("words", "half strokes"))
    out = tmp_path / "out"
    arguments = ["audit", exported["generator"], "synthetic", "-o", out]
    arguments += ["--lines", 1, "--pages", 1]
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    for name in ("lines, heavy, words", "pages, heavy, half strokes"):
        assert done.output.count(f"| {name} |") == 2
    assert done.output.count("| pages, heavy |") == 1
    # An exported generator has no recogniser.
    assert "recogniser" not in done.output
    report = (out / "report.md").read_text("utf-8")
    assert report.splitlines()[0] in done.output
    with open(out / "spans.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 2 * 4
    assert {row["image"] for row in rows} >= {"Otsu", "restored"}
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exit_code == 1 and "--output: " in done.output


def test_what_is_read_and_seen_is_reported(
    exported, source, few_draws, tmp_path
):
    reader = OnnxRecognizer(exported["recognizer"])
    findings = []
    for number in range(2):
        case = make_case(source, "lines", "light", "words", number)
        findings.append(judge_case(case, Known(case.clean), reader))
    assert findings[0].read.keys() == {"before", "removed", "aged", "restored"}
    report = format_audit("title", findings)
    assert "| all lines |" in report.partition("recogniser read")[2]
    # All were invented, and none of them is in the scan.
    row = "| lines, light, words | 2 | 0.0 % | 0.0 % | 0.0 % | "
    assert f"{row}100.0 % [100.0, 100.0] | 100.0 % |" in report
    write_audit(tmp_path / "out", report, findings)
    with Image.open(tmp_path / "out" / "worst.png") as picture:
        assert picture.width > 300
    honest = [
        dataclasses.replace(f, figures=dict.fromkeys(f.figures, none), shown=[])
        for f in findings
        for none in [SpanFigures(10, 0, 1, 0, 10, 0)]
    ]
    # None of two: there may be 3 of 2.
    assert "0.0 % [0.0, 100.0]" in format_audit("title", honest)
    write_audit(tmp_path / "honest", report, honest)
    assert not (tmp_path / "honest" / "worst.png").exists()
