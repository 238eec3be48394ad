import numpy as np
import pytest
import tifffile  # Comes with scikit-image.
from PIL import Image, TiffImagePlugin

from keras_htr_gan.images.decoding import (
    ImageError,
    load_grey,
    measure_image,
)
from keras_htr_gan.images.documents import count_pages, read_pages

PAGE = np.tile(np.arange(0, 240, 3, dtype="uint8")[:, None], (1, 96))
HALF = np.ascontiguousarray(PAGE[::2, ::2])


def write(path, *frames):
    """A TIFF of frames, each `(pixels, subfile type)`."""
    with tifffile.TiffWriter(path) as file:
        for pixels, kind in frames:
            file.write(pixels, subfiletype=kind, photometric="minisblack")


def shapes(path):
    pages = [page.grey.shape for page in read_pages(path)]
    assert len(pages) == count_pages(path)
    return pages


def test_copies_of_a_page_are_no_pages(tmp_path):
    path = tmp_path / "pyramid.tif"
    write(path, (PAGE, 0), (HALF, 1), (PAGE, 0), (HALF, 1), (HALF, 1))
    assert shapes(path) == [PAGE.shape] * 2


def test_a_thumbnail_before_its_page_is_not_taken_for_it(tmp_path):
    path = tmp_path / "thumbnail.tif"
    write(path, (HALF, 1), (PAGE, 0))
    assert shapes(path) == [PAGE.shape]
    assert np.array_equal(np.round(255 * load_grey(path)), PAGE)
    assert measure_image(path) == PAGE.shape[::-1]


def test_a_mask_is_no_page(tmp_path):
    path = tmp_path / "mask.tif"
    with TiffImagePlugin.AppendingTiffWriter(path, True) as file:
        for pixels, kind in ((PAGE, 0), (PAGE > 100, 4)):
            frame = Image.fromarray(pixels)
            frame.save(file, format="TIFF", tiffinfo={254: kind})
            file.newFrame()
    assert shapes(path) == [PAGE.shape]


@pytest.mark.parametrize("kinds", [(1, 1), (0, 1), (1, 0)])
def test_what_is_called_a_copy_and_is_as_large_is_a_page(tmp_path, kinds):
    path = tmp_path / "pages.tif"
    write(path, *((PAGE, kind) for kind in kinds))
    assert shapes(path) == [PAGE.shape] * 2


@pytest.mark.parametrize("bits", [8, 16])
def test_white_may_be_zero(tmp_path, bits):
    values = (255 - PAGE).astype(f"uint{bits}") * (257 if bits == 16 else 1)
    path = tmp_path / "white.tif"
    tifffile.imwrite(path, values, photometric="miniswhite")
    assert np.array_equal(np.round(255 * load_grey(path)), PAGE)
    (page,) = read_pages(path)
    assert np.array_equal(np.round(255 * page.grey), PAGE)


def test_planes_of_16_bits_are_refused_where_they_would_be_scrambled(tmp_path):
    planes = np.stack([PAGE] * 3).astype("uint16") * 257
    path = tmp_path / "planes.tif"
    options = {"photometric": "rgb", "planarconfig": "separate"}
    tifffile.imwrite(path, planes, **options)
    for read in (load_grey, lambda path: list(read_pages(path))):
        with pytest.raises(ImageError, match="16 bits lie in separate planes"):
            read(path)
    tifffile.imwrite(path, planes, compression="zlib", **options)
    assert np.array_equal(np.round(255 * load_grey(path)), PAGE)
    tifffile.imwrite(path, (planes // 257).astype("uint8"), **options)
    assert np.array_equal(np.round(255 * load_grey(path)), PAGE)


def test_samples_that_are_not_read_are_said_to_be_a_tiffs(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", PAGE / 255.0)
    with pytest.raises(ImageError, match="a TIFF whose samples are of a kind"):
        load_grey(tmp_path / "a.tif")
