import csv

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.evaluation.composed import load_papers
from keras_htr_gan.evaluation.composing import Kind


def invoke(*arguments):
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


@pytest.fixture
def kinds(monkeypatch):
    small = {
        "plain": Kind(pitch=32, lines=2, columns=8),
        "negative": Kind(pitch=32, lines=2, columns=8, negative=True),
    }
    for module in ("composed", "composing"):
        monkeypatch.setattr(f"keras_htr_gan.evaluation.{module}.KINDS", small)


def test_composed_pages_are_scored(kinds, exported, tmp_path):
    out = tmp_path / "out"
    result = invoke(
        *("synthetic", "--composed", "--lines", 1, "-o", out),
        *("--model", exported["generator"]),
    )
    assert result.exit_code == 0, result.output
    assert "| negative |" in result.output and "drawn paper" in result.output
    with open(out / "scores.csv", encoding="utf-8") as file:
        rows = {row["image"]: row for row in csv.DictReader(file)}
    # They are given the positive.
    for kind in ("plain", "negative"):
        assert float(rows[f"{kind}, Sauvola"]["F-measure"]) > 60
    assert rows["plain, restored"]["pseudo F-measure"]
    assert (out / "negative_1.png").exists()
    assert (out / "negative_1_restored.png").exists()
    with Image.open(out / "pages.png") as sheet:
        assert sheet.width > 1000
    assert (out / "report.md").read_text("utf-8").strip() in result.output


def test_paper_comes_from_scans(tmp_path, rng):
    blank = np.uint8(200 + rng.integers(0, 4, (900, 1200)))
    Image.fromarray(blank).save(tmp_path / "blank.png")
    papers = load_papers(tmp_path)
    assert len(papers) == 2 and papers[0].min() > 0.7


def test_what_cannot_be_composed_is_told(tmp_path, rng):
    noise = rng.integers(0, 255, (600, 1200), "uint8")
    Image.fromarray(noise).save(tmp_path / "noise.png")
    composed = ("synthetic", "--composed")
    result = invoke(*composed, "--paper", tmp_path)
    assert result.exit_code == 1 and "no scan has blank paper" in result.output
    result = invoke("synthetic", "--paper", tmp_path)
    assert result.exit_code == 1 and "--paper is for" in result.output
    result = invoke(*composed, "--truth", tmp_path)
    assert result.exit_code == 1 and "not both" in result.output
