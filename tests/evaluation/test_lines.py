import csv
import json
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.charset import LATIN
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.restoration.looking import look_at
from tests import small
from tests.data.forms import write_lines


def invoke(*arguments):
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """Folders of an untrained model and of an untrained judge."""
    folder = tmp_path_factory.mktemp("presets")
    model = small.untrained()
    model.save_to_preset(folder / "run" / "preset")
    model.save(folder / "model.keras")
    Recognizer(LATIN, "judge").save_to_preset(folder / "judge")
    return folder


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    return write_lines("imagefolder", tmp_path_factory.mktemp("lines"))[0]


def test_scores_aged_lines_and_writes_what_was_read(presets, lines, tmp_path):
    result = invoke(
        *(lines, "--model", presets / "run", "--split", "test"),
        *("--judge", presets / "judge", "-o", tmp_path / "out"),
    )
    assert result.exit_code == 0, result.output
    report = (tmp_path / "out" / "report.md").read_text()
    assert report.split("\n![")[0] in result.output and "`medium`" in report
    scores = json.loads((tmp_path / "out" / "report.json").read_text())
    assert set(scores["restored"]) > {"CER", "judge_CER", "PSNR", "SSIM"}
    assert "PSNR" not in scores["clean"] and "judge_WER" in scores["clean"]
    for row in ("degraded", "Otsu", "Sauvola", "Wolf", "restored"):
        assert set(scores[row]) > {"CER", "F-measure", "DRD", "NRM", "MCC"}
        assert "pseudo F-measure" in scores[row]
    change = scores["changes"]["judge"]["CER"]
    assert change["low"] <= change["difference"] <= change["high"]
    fewer = scores["restored"]["judge_CER"] - scores["degraded"]["judge_CER"]
    assert change["difference"] == pytest.approx(fewer)
    with open(tmp_path / "out" / "scores.csv", encoding="utf-8") as file:
        written = {row["image"]: row for row in csv.DictReader(file)}
    assert float(written["Wolf"]["CER"]) == scores["Wolf"]["CER"]
    with open(tmp_path / "out" / "lines.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert f"{len(rows)} lines of the test split" in report
    # They are all of one page.
    assert f"({len(rows)} lines, drawn anew" in report
    with open(lines / "metadata.csv", encoding="utf-8") as file:
        texts = {row["text"] for row in csv.DictReader(file)}
    assert {row["text"] for row in rows} < texts
    assert "restored, judge" in rows[0] and "degraded, recogniser" in rows[0]
    for name in ("better", "worse"):
        with Image.open(tmp_path / "out" / f"{name}.png") as sheet:
            assert sheet.width > 500


def test_lines_as_found_are_not_aged_and_only_read(presets, lines):
    result = invoke(
        *(lines, "--model", presets / "run", "--as-found"),
        *("--judge", "none", "--lines", 5, "--no-binarizations"),
        *("--reader", f"{sys.executable} -c 'print(1)' {{image}}"),
    )
    assert result.exit_code == 0, result.output
    assert "5 lines, as found" in result.output
    assert " pages, drawn anew" in result.output
    assert "| as found, contrast stretched |" in result.output
    assert "PSNR" not in result.output and "judge" not in result.output
    assert "CER, outside reader" in result.output
    assert "Sauvola" not in result.output


def test_ink_of_pages_is_compared_with_the_truth(
    presets, tmp_path, rng, monkeypatch
):
    scans, truth = tmp_path / "scans", tmp_path / "truth"
    scans.mkdir(), truth.mkdir()
    for name in ("a", "b"):
        ink = np.uint8(255 * (rng.random((90, 120)) > 0.1))
        Image.fromarray(ink // 2 + 100).save(scans / f"{name}.png")
        Image.fromarray(ink).save(truth / f"{name}_GT.tif")
    # Of a preset an export is made, which takes longer than all the rest.
    model = ("--model", presets / "model.keras")
    arguments = (scans, "--truth", truth, *model)
    out = tmp_path / "out"
    result = invoke(*arguments, "-o", out)
    assert result.exit_code == 0, result.output
    # F-measure and pseudo F-measure.
    assert "| Otsu | 100.0 % | 100.0 % |" in result.output
    assert "Pages: 2." in result.output
    with open(out / "scores.csv", encoding="utf-8") as file:
        rows = {row["image"]: row for row in csv.DictReader(file)}
    assert float(rows["a.png, Otsu"]["MCC"]) == pytest.approx(1.0)
    assert (out / "a.png").exists() and (out / "b.png").exists()
    seen = []
    monkeypatch.setattr(
        "keras_htr_gan.restoration.restorer.look_at",
        lambda image, *options: seen.append(options) or look_at(image),
    )
    result = invoke(*arguments, "--polarity", "light")
    assert result.exit_code == 0, result.output
    assert [options[0] for options in seen] == ["light", "light"]
    (truth / "b_GT.tif").unlink()
    result = invoke(*arguments)
    assert result.exit_code == 1 and "no truth of b.png" in result.output


def test_mistakes_are_named(presets, lines, tmp_path):
    result = invoke(lines, "--model", tmp_path / "nowhere")
    assert result.exit_code == 1 and "nowhere: no preset" in result.output
    result = invoke(tmp_path / "no_data", "--model", presets / "run")
    assert result.exit_code == 1 and "no_data" in result.output
    result = invoke(lines, "--model", presets / "judge")
    assert result.exit_code == 1 and "no generator" in result.output
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("")
    model = (lines, "--model", presets / "run")
    result = invoke(*model, "-o", tmp_path / "full")
    assert result.exit_code == 1 and "full is not empty" in result.output
    result = invoke(*model, "--reader", "cat")
    assert result.exit_code == 1 and "must hold {image}" in result.output
    few = ("--lines", 2, "--no-binarizations", "--judge", "none")
    result = invoke(*model, *few, "--reader", "no_such_program {image}")
    assert result.exit_code == 1 and "is it installed?" in result.output
    result = invoke(*model, *few, "--reader", "cat {image}/nothing")
    assert result.exit_code == 1 and "nothing" in result.output
