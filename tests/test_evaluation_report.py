import csv
import json

import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.charset import LATIN
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from tests.data.forms import write_lines


def invoke(*arguments):
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """Folders of an untrained model and of an untrained judge."""
    folder = tmp_path_factory.mktemp("presets")
    HTRGAN(
        build_generator(), build_discriminator(), Recognizer(LATIN)
    ).save_to_preset(folder / "run" / "preset")
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
    assert report in result.output and "`medium`" in report
    scores = json.loads((tmp_path / "out" / "report.json").read_text())
    assert set(scores["restored"]) > {"CER", "judge_CER", "PSNR", "SSIM"}
    assert "PSNR" not in scores["clean"] and "judge_WER" in scores["clean"]
    with open(tmp_path / "out" / "lines.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert f"{len(rows)} lines of the test split" in report
    with open(lines / "metadata.csv", encoding="utf-8") as file:
        texts = {row["text"] for row in csv.DictReader(file)}
    assert {row["text"] for row in rows} < texts
    assert "restored, judge" in rows[0] and "degraded, recogniser" in rows[0]
    with Image.open(tmp_path / "out" / "sheet.png") as sheet:
        assert sheet.width > 500


def test_lines_as_found_are_not_aged_and_only_read(presets, lines):
    result = invoke(
        *(lines, "--model", presets / "run", "--as-found"),
        *("--judge", "none", "--lines", 5),
    )
    assert result.exit_code == 0, result.output
    assert "5 lines, as found" in result.output
    assert "| as found, contrast stretched |" in result.output
    assert "PSNR" not in result.output and "judge" not in result.output


def test_mistakes_are_named(presets, lines, tmp_path):
    result = invoke(lines, "--model", tmp_path / "nowhere")
    assert result.exit_code == 1 and "nowhere: no preset" in result.output
    result = invoke(tmp_path / "no_data", "--model", presets / "run")
    assert result.exit_code == 1 and "no_data" in result.output
    result = invoke(lines, "--model", presets / "judge")
    assert result.exit_code == 1 and "no generator" in result.output
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("")
    result = invoke(
        *(lines, "--model", presets / "run", "-o", tmp_path / "full")
    )
    assert result.exit_code == 1 and "full is not empty" in result.output
