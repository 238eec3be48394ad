"""What two machines may differ by, and what not."""

import io

import numpy as np
import pikepdf
import pytest
from PIL import Image

from keras_htr_gan.images.documents import DocumentWriter
from keras_htr_gan.restoration.comparing import (
    FLIPPED,
    compare_documents,
)
from tests.pdfs import add_image, add_page


@pytest.fixture
def image(rng):
    return rng.integers(2, 253, (300, 400), "uint8")


def write(path, *pages):
    with DocumentWriter(path) as writer:
        for page in pages:
            writer.write(page, None)
    return path


def compared(tmp_path, one, other, suffix=".png", binary=False):
    paths = (
        write(tmp_path / f"{name}{suffix}", image)
        for name, image in (("one", one), ("other", other))
    )
    return compare_documents(*paths, binary)


def test_a_level_of_255_is_the_same_and_two_are_not(tmp_path, image):
    other = image.copy()
    other[::2] += 1
    found = compared(tmp_path, image, other)
    assert found.same and found.tell() == "same (within 1)"
    assert compared(tmp_path, image, image).tell() == "same"
    other[7, 9] = image[7, 9] - 2
    found = compared(tmp_path, image, other)
    assert not found.same and found.largest == 2
    assert found.tell() == (
        "differs (largest difference 2 of 255, 0.00083 % of the pixels)"
    )


def test_in_colour_each_colour_counts(tmp_path, image):
    colour = np.stack([image, image // 2, image // 3], axis=2)
    other = colour.copy()
    other[5, 5, 2] += 9
    assert compared(tmp_path, colour, colour).same
    assert compared(tmp_path, colour, other).largest == 9
    assert "another size" in compared(tmp_path, colour, image).tell()


def test_single_pixels_may_flip_and_a_stroke_may_not(tmp_path, image):
    binary = image > 120
    single, stroke, many = (binary.copy() for _ in range(3))
    for row in range(0, 300, 30):
        single[row, row] ^= True
    assert compared(tmp_path, binary, single, binary=True).same
    assert not compared(tmp_path, binary, single).same
    stroke[20:23, 40:43] ^= True
    assert 9 / stroke.size < FLIPPED
    assert not compared(tmp_path, binary, stroke, binary=True).same
    many[::20, ::20] ^= True
    found = compared(tmp_path, binary, many, binary=True)
    assert not found.same and found.share == 1 / 400


@pytest.mark.parametrize("suffix", [".jpg", ".pdf"])
def test_what_jpeg_loses_is_no_difference(tmp_path, rng, suffix):
    """Two levels in each fiftieth pixel, before it is encoded."""
    image = np.full((160, 400), 250, "uint8")
    image[40:120, 20:380:9] = 20
    other = image.copy()
    some = rng.random(image.shape) < 0.02
    other[some] -= 2
    wrong = image.copy()
    wrong[60:70, 200:210] = 128
    for changed, same in ((other, True), (wrong, False)):
        if suffix == ".jpg":
            found = compared(tmp_path, image, changed, suffix)
            assert found.same is same and found.largest > 1
            continue
        paths = tmp_path / "one.pdf", tmp_path / "other.pdf"
        for path, content in zip(paths, (image, changed), strict=True):
            with pikepdf.new() as pdf:
                scan = add_image(pdf, content, Filter=pikepdf.Name.DCTDecode)
                add_page(pdf, [(scan, (200, 0, 0, 300, 0, 0))])
                add_page(pdf, [])
                pdf.save(path)
        found = compare_documents(*paths)
        assert found.same is same and found.largest > 1


def test_pages_are_counted(tmp_path, image):
    one = write(tmp_path / "one.tif", image, image)
    other = write(tmp_path / "other.tif", image)
    assert compare_documents(one, other).tell() == (
        "differs (another number of pages)"
    )
    third = write(tmp_path / "third.tif", image, np.roll(image, 1))
    found = compare_documents(one, third)
    assert not found.same and 0.4 < found.share < 0.5


def test_it_is_the_pixels_that_are_compared(tmp_path, image):
    plain = write(tmp_path / "plain.png", image)
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=1, dpi=(9, 9))
    (tmp_path / "other.png").write_bytes(file.getvalue())
    assert compare_documents(plain, tmp_path / "other.png").same
