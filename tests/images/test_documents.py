import numpy as np
import pypdfium2
import pytest
from PIL import Image

from keras_htr_gan.images.decoding import ImageError
from keras_htr_gan.images.documents import (
    DocumentWriter,
    count_pages,
    read_pages,
)
from keras_htr_gan.images.pdf_scans import read_scans


@pytest.fixture
def pages(rng):
    return [rng.integers(0, 255, (40, 30 + i), "uint8") for i in range(3)]


@pytest.mark.parametrize("name", ["a.tif", "a.png", "a.jpg", "a.bmp"])
def test_an_image_comes_back_with_its_resolution(name, tmp_path):
    smooth = np.tile(np.arange(60, dtype="uint8")[:, None] * 4, (1, 50))
    with DocumentWriter(tmp_path / name) as writer:
        writer.write(smooth, (300.0, 300.0))
    (page,) = read_pages(tmp_path / name)
    assert page.colour is None and page.grey.shape == (60, 50)
    assert np.abs(page.grey * 255 - smooth).max() < 4
    assert page.dpi == pytest.approx((300, 300), rel=0.01)


def test_a_tiff_has_several_pages(pages, tmp_path):
    with DocumentWriter(tmp_path / "a.tif") as writer:
        for page in pages:
            writer.write(page, (200.0, 100.0))
    assert count_pages(tmp_path / "a.tif") == 3
    for page, again in zip(pages, read_pages(tmp_path / "a.tif"), strict=True):
        np.testing.assert_array_equal(np.round(255 * again.grey), page)
        assert again.dpi == (200, 100)


def test_a_pdf_keeps_its_pages_and_their_size(pages, tmp_path):
    large = [np.kron(page, np.ones((10, 10), "uint8")) for page in pages]
    with DocumentWriter(tmp_path / "a.pdf") as writer:
        for page in large:
            writer.write(page, (300, 300))
    assert count_pages(tmp_path / "a.pdf") == 3
    again = list(read_pages(tmp_path / "a.pdf"))
    assert [page.grey.shape for page in again] == [
        (400, 300),
        (400, 310),
        (400, 320),
    ]
    assert np.abs(255 * again[1].grey - large[1]).mean() < 12


@pytest.mark.parametrize(
    "name, read",
    [("a.tif", read_pages), ("a.pdf", read_pages), ("a.pdf", read_scans)],
)
def test_one_page_is_read_alone(pages, name, read, tmp_path):
    with DocumentWriter(tmp_path / name) as writer:
        for page in pages:
            writer.write(page, (300, 300))
    every = list(read(tmp_path / name))
    (page,) = read(tmp_path / name, only=1)
    assert page.grey.shape == (40, 31)
    np.testing.assert_array_equal(page.grey, every[1].grey)
    assert page.place == every[1].place


def test_black_and_white_is_written_as_such(tmp_path):
    ink = np.eye(32, dtype=bool)
    for name in ("a.png", "a.tif", "a.pdf", "a.jpg"):
        with DocumentWriter(tmp_path / name) as writer:
            writer.write(ink, None)
        (page,) = read_pages(tmp_path / name)
    with Image.open(tmp_path / "a.tif") as image:
        assert image.mode == "1"
        np.testing.assert_array_equal(np.asarray(image), ink)


def test_colour_and_rotation_are_seen(tmp_path):
    blue = np.zeros((20, 40, 3), "uint8")
    blue[..., 2] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(blue).save(tmp_path / "a.png", exif=exif)
    (page,) = read_pages(tmp_path / "a.png")
    assert page.grey.shape == (40, 20) and page.colour.shape == (40, 20, 3)
    assert (page.colour[..., 2] == 255).all()


def test_nothing_is_left_of_what_went_wrong(pages, tmp_path):
    (tmp_path / "a.tif").write_bytes(b"kept")
    with (
        pytest.raises(RuntimeError),
        DocumentWriter(tmp_path / "a.tif") as writer,
    ):
        writer.write(pages[0], None)
        raise RuntimeError
    assert (tmp_path / "a.tif").read_bytes() == b"kept"
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


# An empty page, for which a reader needs a password.
ENCRYPTED = """%PDF-1.4
1 0 obj
<</Type/Catalog/Pages 2 0 R>>
endobj
2 0 obj
<</Type/Pages/Count 1/Kids[3 0 R]>>
endobj
3 0 obj
<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>
endobj
4 0 obj
<</Filter/Standard/V 1/R 2/P -4/O<{0}>/U<{0}>>>
endobj
trailer
<</Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>
%%EOF
"""


def test_a_pdf_with_a_password_is_named(tmp_path):
    (tmp_path / "a.pdf").write_text(ENCRYPTED.format(32 * "7f"))
    with pytest.raises(ImageError, match="^needs a password"):
        list(read_pages(tmp_path / "a.pdf"))


def test_pages_of_a_pdf_may_differ_in_all(tmp_path):
    colour = np.zeros((40, 60, 3), "uint8")
    colour[..., 0] = 255
    with DocumentWriter(tmp_path / "a.pdf") as writer:
        writer.write(np.full((100, 80), 90, "uint8"), (300, 300))
        writer.write(colour, (300, 300))
        writer.write(np.eye(32, dtype=bool), (300, 300))
    pages = list(read_pages(tmp_path / "a.pdf"))
    assert [page.grey.shape for page in pages] == [
        (100, 80),
        (40, 60),
        (32, 32),
    ]
    assert [page.colour is None for page in pages] == [True, False, True]


@pytest.mark.parametrize("name", ["a.png", "a.pdf", "a.tif"])
def test_what_is_no_document_is_said(name, tmp_path):
    (tmp_path / name).write_bytes(b"nothing of the kind")
    assert count_pages(tmp_path / name) == 1
    with pytest.raises(ImageError):
        list(read_pages(tmp_path / name))


@pytest.fixture
def pdf(tmp_path):
    """Makes a PDF of a page with a mark, whose boxes are as they are said."""

    def write(name="a.pdf", rotation=0, shift=0, **boxes):
        image = np.full((400, 300), 235, "uint8")
        image[:40, :40] = 0
        path = tmp_path / name
        with DocumentWriter(path) as writer:
            writer.write(image, (300, 300))
        document = pypdfium2.PdfDocument(path.read_bytes())
        page = document[0]
        for drawn in page.get_objects():
            drawn.transform(pypdfium2.PdfMatrix().translate(0, shift))
        page.set_rotation(rotation)
        for box, corners in boxes.items():
            getattr(page, f"set_{box}")(*corners)
        page.gen_content()
        document.save(path)
        return path

    return write


def find_mark(path):
    """The shape of a PDF's only page, and the corner of its mark."""
    (page,) = read_pages(path)
    grey = page.grey
    corners = {
        "top left": grey[:30, :30],
        "top right": grey[:30, -30:],
        "bottom left": grey[-30:, :30],
        "bottom right": grey[-30:, -30:],
    }
    assert 0.8 < np.median(grey) < 0.95
    return grey.shape, min(corners, key=lambda name: corners[name].mean())


@pytest.mark.parametrize(
    "rotation, shape, corner",
    [
        (0, (400, 300), "top left"),
        (90, (300, 400), "top right"),
        (180, (400, 300), "bottom right"),
        (270, (300, 400), "bottom left"),
    ],
)
def test_a_page_of_a_pdf_is_turned_as_it_says(pdf, rotation, shape, corner):
    assert find_mark(pdf(rotation=rotation)) == (shape, corner)


def test_what_a_pdf_shows_of_a_page_is_its_crop_box(pdf):
    """The paper may be two metres wide around it."""
    path = pdf(mediabox=(0, 0, 6624, 6624), cropbox=(0, 0, 72, 96))
    assert find_mark(path) == ((400, 300), "top left")


def test_a_media_box_may_begin_anywhere(pdf):
    path = pdf(shift=440, mediabox=(0, 440, 72, 536))
    assert find_mark(path) == ((400, 300), "top left")


def test_a_page_that_is_too_large_is_named(pdf):
    with pytest.raises(ImageError, match="page 1: more than 100 million"):
        list(read_pages(pdf(mediabox=(0, 0, 6624, 6624))))
