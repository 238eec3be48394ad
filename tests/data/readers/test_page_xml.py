import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.data.readers.outlines import cut_line
from keras_htr_gan.data.readers.page_files import find_page_files
from keras_htr_gan.data.readers.page_xml import read_transcription
from tests import pages
from tests.data.readers.xml_files import (
    BOX,
    alto,
    alto_line,
    equiv,
    page,
    page_line,
    refusal,
    write,
)

FLAVOURS = ("page", "alto")


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("slope", (0, 100))
def test_cut_lines_are_what_was_drawn(tmp_path, drawn, flavour, slope):
    known = pages.write_page(tmp_path, "p", drawn, flavour, slope=slope)
    found = read_transcription(tmp_path / "p.xml", tmp_path)
    assert found.image == tmp_path / "p.png"
    assert found.problems == ()
    assert [line.name for line in found.lines] == [
        f"p.xml: line r1l{i}" for i in range(1, 5)
    ]
    image = np.asarray(Image.open(found.image))
    for i, (line, (text, box)) in enumerate(
        zip(found.lines, known, strict=True)
    ):
        assert line.text == text == drawn[i]["text"]
        assert pages.box_of(line.polygon) == box
        alone, _ = pages.draw_page(drawn, slope, only=i)
        left, top, right, bottom = box
        expected = alone[top:bottom, left:right]
        cut = cut_line(image, line.polygon, margin=0)
        assert cut.shape == expected.shape and cut.dtype == np.uint8
        assert pages.difference(cut, expected) < 0.5
        crop = image[top:bottom, left:right]
        if slope:
            assert pages.difference(crop, expected) > 2


def test_pages_as_jpeg(tmp_path):
    known = pages.write_pages(tmp_path, 2, 3, "alto", suffix=".jpg")
    files = find_page_files(tmp_path)
    assert [path.name for path in files] == ["page_0001.xml", "page_0002.xml"]
    for path, lines in zip(files, known, strict=True):
        found = read_transcription(path, tmp_path).lines
        assert [line.text for line in found] == [text for text, _ in lines]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_lines_without_text_are_counted(tmp_path, drawn, flavour):
    lines = [dict(line) for line in drawn]
    for i in (0, 2, 3):
        lines[i]["text"] = " "
    pages.write_page(tmp_path, "p", lines, flavour)
    found = read_transcription(tmp_path / "p.xml", tmp_path)
    assert [line.text for line in found.lines] == [drawn[1]["text"]]
    assert found.problems == ("p.xml: 3 lines without text",)


def test_a_page_without_lines_says_so(tmp_path):
    found = read_transcription(write(tmp_path, page("")), tmp_path)
    assert found.lines == ()
    assert found.problems == ("p.xml: no text lines",)


def test_an_image_of_another_shape_is_told(tmp_path):
    xml = page(page_line(equiv("a")))
    path = write(tmp_path, xml, size=(200, 150))
    found = read_transcription(path, tmp_path)
    assert len(found.lines) == 1
    assert "another shape than p.png, 200x150 pixels" in found.problems[0]
    assert "quarter" in refusal(write(tmp_path, xml, size=(100, 200)), tmp_path)


def test_images_turned_by_exif_count_as_seen(tmp_path):
    path = write(tmp_path, page(page_line(equiv("a")), "p.jpg"), image=None)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (100, 200), 255).save(tmp_path / "p.jpg", exif=exif)
    found = read_transcription(path, tmp_path)
    assert found.problems == () and found.lines[0].polygon == BOX


def test_long_and_odd_names_stay_on_one_line(tmp_path):
    line = f'<TextLine id="a&#10;b{"c" * 9999}">{equiv("a")}</TextLine>'
    found = read_transcription(write(tmp_path, page(line)), tmp_path)
    (problem,) = found.problems
    assert "\n" not in problem and len(problem) < 200


def test_only_the_first_of_several_pages_is_read(tmp_path):
    line = alto_line('<String CONTENT="a"/>')
    xml = alto(line).replace("</Layout>", f"<Page>{line}</Page></Layout>")
    found = read_transcription(write(tmp_path, xml), tmp_path)
    assert len(found.lines) == 1
    assert found.problems == ("p.xml: only the first of 2 pages is read",)
