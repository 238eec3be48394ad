"""`read` on pages with PAGE and ALTO; a recogniser that needs no network."""

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.charset import Charset
from keras_htr_gan.reading.pages import read_pages_by_line
from keras_htr_gan.runtimes import loading
from keras_htr_gan.transcripts.finding import find_transcripts
from tests.data.readers.xml_files import (
    alto,
    alto_line,
    equiv,
    page,
    page_line,
    write,
)
from tests.transcripts.schemas import check_alto, check_page


class Reader:
    """Reads `ab` in every line, and `b` where it is half as sure."""

    height, frame_width, charset = 32, 8, Charset("ab")

    def predict_on_batch(self, images):
        logits = np.zeros((len(images), images.shape[2] // 8, 3), "float32")
        logits[:, :, 0] = 5
        logits[:, 1], logits[:, 3] = (0, 9, 0), (0, 0, 0.7)
        return logits


@pytest.fixture
def read(monkeypatch):
    monkeypatch.setattr(loading, "load_reading_model", lambda *_: Reader())

    def run(*arguments):
        return CliRunner().invoke(main, ["read", *map(str, arguments)])

    return run


@pytest.fixture
def pages(tmp_path):
    """An ALTO beside its image, and a PAGE in `page/`."""
    folder = tmp_path / "pages"
    write(folder, alto(alto_line('<String CONTENT="ax"/>')), "p.xml")
    text = page(page_line(equiv("ab")), "q.png")
    write(folder, text, "page/q.xml", image="q.png")
    return folder


def test_pages_are_written_with_what_was_read(read, pages, tmp_path):
    before = {p: p.read_bytes() for p in pages.rglob("*") if p.is_file()}
    out = tmp_path / "out"
    done = read(pages, "--format", "xml", "-o", out)
    assert done.exit_code == 0, done.output
    assert "CER 25.0 % against the text of 2 lines" in done.stderr
    check_alto((out / "p.xml").read_bytes())
    assert b'CONTENT="ab" WC="0.7507"' in (out / "p.xml").read_bytes()
    check_page((out / "page" / "q.xml").read_bytes())
    assert b'conf="0.7507"' in (out / "page" / "q.xml").read_bytes()
    assert {p: p.read_bytes() for p in before} == before
    assert not list(out.rglob("*.partial*"))


def test_json_has_lines_polygons_and_confidences(read, pages):
    done = read(pages, "--format", "json")
    assert done.exit_code == 0, done.output
    first, second = json.loads(done.stdout)
    assert first["confidence"] == pytest.approx(0.751, abs=1e-3)
    assert (
        first.items()
        >= {
            "file": str(pages / "p.png"),
            "xml": str(pages / "p.xml"),
            "id": "l",
            "polygon": [[10, 10], [109, 10], [109, 49], [10, 49]],
            "text": "ab",
            "transcription": "ax",
            "width": 200,
        }.items()
    )
    assert second["xml"] == str(pages / "page" / "q.xml")


def test_a_page_alone_by_its_image_or_its_xml(read, pages):
    for path in ("p.png", "p.xml", "q.png", "page/q.xml"):
        done = read(pages / path)
        assert done.exit_code == 0, done.output
        assert done.stdout == "ab\n"
    done = read(pages)
    assert done.stdout == f"{pages}/p.png\tab\n{pages}/q.png\tab\n"


def test_what_cannot_be_read_is_told_in_a_line_each(read, pages):
    write(pages, alto(alto_line("", "")), "no.xml", image="p.png")
    write(pages, page("", "gone.png"), "gone.xml", image=None)
    write(pages, "<alto><Layout>", "cut.xml", image="cut.png")
    Image.new("L", (1500, 2000)).save(pages / "lone.png")
    done = read(pages, "--format", "json")
    assert done.exit_code == 1
    told = [x for x in done.stderr.splitlines() if x.startswith("not read")]
    assert len(told) == 4
    for name, reason in (
        ("no.xml", "1 line is not read: line l has neither a Polygon nor"),
        ("gone.xml", "names an image that is missing: gone.png"),
        ("cut.xml", "not XML, or cut short"),
        ("lone.png", "looks like a page"),
    ):
        assert any(name in line and reason in line for line in told), name
    assert len(json.loads(done.stdout)) == 2


def test_xml_that_came_without_its_images_is_told(read, pages):
    for image in pages.glob("*.png"):
        image.unlink()
    done = read(pages)
    assert done.exit_code == 1 and not done.stdout
    assert "no image here" not in done.stderr
    for name in ("p", "q"):
        assert f"an image that is missing: {name}.png" in done.stderr


def test_an_unknown_year_is_told_and_read(read, pages):
    path = pages / "page" / "q.xml"
    path.write_text(path.read_text("utf-8").replace("2019-07-15", "2031-01-01"))
    done = read(path)
    assert done.exit_code == 0 and done.stdout == "ab\n"
    assert "unknown namespace http" in done.stderr
    assert "2031-01-01, taken for PAGE of 2019" in done.stderr


def test_no_input_is_written_over(read, pages, tmp_path):
    for form in ("xml", "alto"):
        done = read(pages / "p.xml", "--format", form, "-o", pages)
        assert done.exit_code == 1
        assert "p.xml would be written over" in done.stderr
    done = read(pages, "-o", pages / "p.xml")
    assert done.exit_code == 1 and "written over" in done.stderr
    shutil.copytree(pages, tmp_path / "again")
    done = read(
        pages, tmp_path / "again", "--format", "xml", "-o", tmp_path / "out"
    )
    assert done.exit_code == 1 and "into two folders" in done.stderr
    assert not (tmp_path / "out").exists()


def test_page_is_not_written_as_alto(read, pages, tmp_path):
    done = read(pages, "--format", "alto", "-o", tmp_path / "out")
    assert (
        done.exit_code == 1 and "q.xml: not written: it is PAGE" in done.stderr
    )
    assert [p.name for p in (tmp_path / "out").rglob("*.xml")] == ["p.xml"]


def test_white_writing_is_turned_first(pages):
    found = find_transcripts([pages / "p.png"])
    (transcripts,) = found.of_image.values()
    (dark,) = read_pages_by_line(transcripts, Reader(), None, "light")
    assert [r.text for r in dark.readings] == ["ab"]
