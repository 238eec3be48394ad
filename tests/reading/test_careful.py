"""`restore` and `read` that promise not to harm, by a shipped model."""

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.recipes import RECIPES, degrade
from keras_htr_gan.presets import find_preset
from keras_htr_gan.reading.promise import Promise, Trial, identify_preset
from keras_htr_gan.restoration.verifying import Verifier, read_provenance
from tests.pages import write_pages

MODEL = "latin_tiny"


def invoke(command, *arguments):
    words = [command, *arguments, "--model", MODEL, "--runtime", "onnx"]
    return CliRunner().invoke(main, list(map(str, words)))


@pytest.fixture
def scans(tmp_path):
    """Two aged lines, a page with PAGE-XML, and two without, one in a PDF."""
    folder = tmp_path / "scans"
    folder.mkdir()
    rng = np.random.default_rng(1)
    source = HandwritingSource("fr", "test", height=40, max_width=300)
    for number in range(2):
        aged = degrade(source[number]["clean"], rng, recipe=RECIPES["heavy"])
        image = Image.fromarray(np.uint8(255 * aged))
        image.save(folder / f"line{number}.png")
    write_pages(folder, 1, 3, "page")
    lone = Image.effect_noise((300, 400), 20)
    lone.save(folder / "lone.jpg")
    lone.save(folder / "lone.pdf")
    return folder


@pytest.fixture
def calibration(tmp_path):
    """By which 0.1 takes what is at all the surer, and 0.01 nothing."""
    path = tmp_path / "mine.json"
    model = identify_preset(find_preset(MODEL))
    Promise(model, (Trial("lines", 50, ()),)).save(path)
    return path


def test_lines_are_read_as_they_are_written(scans, calibration, tmp_path):
    out = tmp_path / "out"
    how = ("--no-harm", 0.1, "--calibration", calibration)
    done = invoke("restore", scans, "-o", out, *how)
    assert done.exit_code == 0, done.output
    [told] = [x for x in done.stdout.splitlines() if x.startswith("lines")]
    counts = [int(word) for word in told.split() if word.isdigit()]
    assert sum(counts) == 5 and counts[0] < 5
    assert "2 pages, as in" in done.stdout and "lone.jpg; PAGE" in done.stdout
    for name in ("lone.jpg", "lone.pdf"):
        assert (scans / name).read_bytes() == (out / name).read_bytes()
        (scans / name).unlink()
        (out / name).unlink()
    page = read_provenance(out / "page_0001.png")
    assert page.settings["choose"]["threshold"] == 0.0
    chosen = Verifier(scans).verify(out / "page_0001.png")
    assert chosen.told == "cannot be compared: a recogniser chose"
    reader = ("--recognizer", MODEL)
    careful = invoke("read", scans, *reader, "--restore", *how)
    assert careful.exit_code == 0, careful.output
    assert told in careful.stderr
    plain = invoke("read", out, *reader)
    assert careful.stdout.replace(str(scans), str(out)) == plain.stdout
    assert len(set(plain.stdout.splitlines())) == 5


def test_what_cannot_be_promised_is_not_touched(scans, calibration, tmp_path):
    out = tmp_path / "out"
    how = ("--no-harm", 0.01, "--calibration", calibration)
    done = invoke("restore", scans, "-o", out, *how)
    assert done.exit_code == 0, done.output
    assert "promise of 0.01 needs more lines than were tried" in done.stderr
    assert "lines taken: 5 as found, 0 in part, 0 fully" in done.stdout
    for path in scans.iterdir():
        if path.suffix != ".xml":
            assert (out / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "more, told",
    [
        (("--strength", "0.5"), "--strength: leave it out with --no-harm"),
        (("--binarize",), "leave it out with --no-harm"),
        (("--for", "readers"), "--for: leave it out with --no-harm"),
        (("--engine", "ray"), "--engine: leave it out with --no-harm"),
        (("--model", "a.onnx"), "--no-harm: a.onnx is a file alone"),
    ],
)
def test_what_does_not_go_with_it_is_told(scans, tmp_path, more, told):
    words = ["restore", str(scans), "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(main, [*words, "--no-harm", "0.1", *more])
    assert done.exit_code == 1 and told in done.stderr, done.output
    assert len(done.stderr.splitlines()) <= 2
    assert not (tmp_path / "out").exists()


def test_what_needs_the_promise_is_told(scans, calibration, tmp_path):
    done = invoke("read", scans, "--no-harm", "0.1")
    assert done.exit_code == 1 and "--no-harm is for --restore" in done.stderr
    for words in (("read", scans), ("restore", scans, "-o", tmp_path / "out")):
        done = invoke(*words, "--calibration", calibration)
        assert done.exit_code == 1
        assert "--calibration is for --no-harm" in done.stderr
