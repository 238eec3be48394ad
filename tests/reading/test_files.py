import json

import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.data.readers.forms import read_lines
from keras_htr_gan.reading.formats import format_alto
from tests.strips import draw_strip


@pytest.fixture
def images(tmp_path, rng):
    folder = tmp_path / "lines"
    folder.mkdir()
    for name, columns in (("a", 200), ("b", 333)):
        pixels = rng.integers(0, 255, (40, columns), "uint8")
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


def invoke(*arguments, model="latin_tiny", runtime="onnx"):
    """What is shipped is there in a moment, and to files it is no matter what
    reads them."""
    command = ("read", "--runtime", runtime, "--recognizer", model)
    command += ("--model", model, *arguments)
    return CliRunner().invoke(main, list(map(str, command)))


def test_lines_are_read_and_restored_first(images, tmp_path, preset):
    keras = {"model": preset, "runtime": "keras"}
    done = invoke(
        images, "--format", "json", "-o", tmp_path / "all.json", **keras
    )
    assert done.exit_code == 0, done.output
    lines = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert [line["file"] for line in lines] == [
        str(images / "a.png"),
        str(images / "b.png"),
    ]
    assert (lines[1]["width"], lines[1]["height"]) == (333, 40)
    done = invoke(images / "a.png", **keras)
    assert done.exit_code == 0 and done.stdout == f"{lines[0]['text']}\n"
    done = invoke(images, "--restore", **keras)
    assert done.exit_code == 0
    assert [row.split("\t")[0] for row in done.stdout.splitlines()] == [
        line["file"] for line in lines
    ]


def test_alto_can_be_trained_on(images, tmp_path):
    out = tmp_path / "alto"
    done = invoke(images, "--format", "alto", "-o", out)
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == {"a.xml", "b.xml"}
    line = {"name": "a.png", "width": 200, "height": 40, "text": "ein Wort"}
    (images / "a.xml").write_bytes(format_alto(line))
    (found,) = read_lines(str(images), progress=False).lines
    assert found.text == "ein Wort"


def test_what_cannot_be_read_is_told(images, tmp_path):
    (images / "bad.png").write_bytes(b"no image")
    Image.new("L", (1500, 2000)).save(images / "page.png")
    done = invoke(images)
    assert done.exit_code == 1 and len(done.stdout.splitlines()) == 2
    assert "bad.png: not an image" in done.stderr
    assert "page.png: looks like a page" in done.stderr
    done = invoke(images, "--format", "alto")
    assert done.exit_code == 1 and "name a folder" in done.stderr
    done = invoke(tmp_path / "lines", "-o", images)
    assert done.exit_code == 1 and "is a folder" in done.stderr


def test_a_high_line_is_read_if_it_is_said_to_be_one(images):
    # A word alone, as high as it is long.
    Image.new("L", (1500, 800), 200).save(images / "high.png")
    done = invoke(images)
    assert done.exit_code == 1 and len(done.stdout.splitlines()) == 2
    assert "high.png: looks like a page" in done.stderr
    assert "or give --type line if it is one" in done.stderr
    done = invoke(images, "--type", "line", "--restore")
    assert done.exit_code == 0 and len(done.stdout.splitlines()) == 3


def test_a_strip_of_lines_is_told_from_a_line(images):
    strip = 255 * draw_strip(3, margin=20)
    Image.fromarray(strip.astype("uint8")).save(images / "strip.png")
    high = Image.fromarray((255 * draw_strip(1)).astype("uint8"))
    high.resize((3 * high.width, 3 * high.height)).save(images / "high.png")
    done = invoke(images)
    assert done.exit_code == 1 and len(done.stdout.splitlines()) == 3
    assert "strip.png: holds 3 lines; cut it into lines" in done.stderr
    done = invoke(images, "--type", "line")
    assert done.exit_code == 0 and len(done.stdout.splitlines()) == 4


def test_what_is_no_image_is_told(images):
    for name in ("a.xml", "b.pdf"):
        (images / name).touch()
    done = invoke(images)
    assert done.exit_code == 0
    assert f"1 .pdf ({images / 'b.pdf'}), 1 .xml" in done.stderr
    done = invoke(images / "b.pdf")
    assert done.exit_code == 1 and "no image here" in done.stderr
