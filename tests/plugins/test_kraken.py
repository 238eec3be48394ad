"""The command within the real kraken, where that is here."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw, ImageFont

REASON = "pip install -e '.[kraken]' runs this"
pytest.importorskip("kraken", reason=REASON)

from kraken.kraken import cli  # noqa: E402

from keras_htr_gan.plugins.kraken import restore  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def registered():
    """The command, as its entry point has it in an install of today."""
    cli.add_command(restore, "restore")


@pytest.fixture
def scan(tmp_path):
    """The path of a page of four lines."""
    image = Image.new("RGB", (900, 600), (235, 225, 200))
    font = ImageFont.load_default(48)
    for row in range(4):
        place = 60, 60 + 120 * row
        ImageDraw.Draw(image).text(place, "Monday morning", (60,) * 3, font)
    path = tmp_path / "scan.png"
    image.save(path, dpi=(200, 200))
    return path


def call(*words):
    """Calls kraken: the result, told in what `output` says."""
    return CliRunner().invoke(cli, list(map(str, words)))


def look(path):
    """The pixels of an image: uint8."""
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_page_is_restored_at_its_size(scan, tmp_path):
    restored = tmp_path / "restored.png"
    model = "--model", "latin_tiny"
    done = call("-i", scan, restored, "restore", *model)
    assert done.exit_code == 0 and "\u2713" in done.output, done.output
    before, after = look(scan), look(restored)
    assert after.shape == before.shape == (600, 900, 3)
    assert 0 < np.abs(before.astype(int) - after).max() <= 128
    with Image.open(restored) as image:
        assert np.allclose(image.info["dpi"], 200, atol=0.1)
    call("-i", scan, restored, "restore", *model, "--for", "eyes")
    assert look(restored).shape == (600, 900)
    call("-i", scan, restored, "restore", *model, "--strength", 0)
    np.testing.assert_array_equal(look(restored), before)


def test_what_follows_sees_the_page_restored(scan, tmp_path):
    """Each of several, also after binarize; and it is told among the steps."""
    model = "--model", "latin_tiny"
    lines, others = tmp_path / "lines.xml", tmp_path / "others.xml"
    done = call(
        *("-a", "-i", scan, lines, "-i", scan, others),
        *("binarize", "restore", *model, "--text-height", 120),
        *("--binarize", "segment", "-x"),
    )
    assert done.exit_code == 0 and "Failed" not in done.output, done.output
    for path in (lines, others):
        written = path.read_text(encoding="utf-8")
        assert "Restoration of handwriting" in written
        assert written.count("<TextLine ") >= 4
    found = tmp_path / "lines.json"
    call("-i", scan, found, "restore", *model, "segment", "-bl")
    assert len(json.loads(found.read_text(encoding="utf-8"))["lines"]) >= 4


def test_the_image_of_an_xml_file_is_restored(scan, tmp_path):
    page, restored = tmp_path / "page.xml", tmp_path / "restored.png"
    call("-x", "-i", scan, page, "binarize", "segment", "-x")
    text = page.read_text(encoding="utf-8")
    named = re.search('imageFilename="([^"]*)"', text)[1]
    page.write_text(text.replace(named, str(scan)), encoding="utf-8")
    done = call(
        *("-f", "page", "-i", page, restored),
        *("restore", "--model", "latin_tiny"),
    )
    assert look(restored).shape == (600, 900, 3), done.output


@pytest.mark.parametrize(
    "options, told",
    [
        (["--model", "nothing"], "--model: nothing: no preset"),
        (["--strength", "2"], "'--strength': 2.0 is not in the range"),
        (["--text-height", "nan"], "nan is no finite number"),
    ],
)
def test_a_mistake_is_told_by_kraken(options, told, scan, tmp_path):
    done = call("-i", scan, tmp_path / "out.png", "restore", *options)
    assert done.exit_code == 2
    assert told in done.output.splitlines()[-1]
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    "output, before, after, told",
    [
        ("out.nothing", [], [], "an image is written as one of .jpg"),
        (
            "out.json",
            ["binarize", "segment", "-x"],
            [],
            "has to stand before segment",
        ),
        ("out.xml", ["-a"], [], "restore writes an image"),
    ],
)
def test_a_wrong_place_is_told_by_kraken(
    output, before, after, told, scan, tmp_path, caplog
):
    """In the line in which kraken tells what failed."""
    options = [word for word in before if word.startswith("-a")]
    done = call(
        *(*options, "-i", scan, tmp_path / output),
        *[word for word in before if word not in options],
        *("restore", "--model", "latin_tiny", *after),
    )
    (record,) = [r for r in caplog.records if "Failed processing" in r.message]
    assert told in record.message and scan.name in record.message, done.output
    assert not (tmp_path / output).exists()
