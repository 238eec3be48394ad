import io

import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.images.colour import LUMINANCE, darken_faint_ink
from keras_htr_gan.images.decoding import convert_to_grey
from keras_htr_gan.images.documents import read_pages
from tests.strips import draw_strip

BROWN, YELLOW, GREY = (176, 148, 112), (226, 206, 150), (178, 178, 174)


def draw_page(paper, ink, also=None, shade=0.0):
    """A JPEG of writing in one colour, and of a word in another, and its ink.

    The paper darkens from left to right by `shade`.
    """
    rng = np.random.default_rng(0)
    dark = 1.0 - draw_strip(3)
    page = np.float32(paper) + dark[..., None] * np.subtract(ink, paper)
    if also is not None:
        page[:30, :60] = paper
        page[5:25, 10:13] = page[5:8, 10:50] = also
    page *= 1.0 - shade * np.linspace(0, 1, page.shape[1])[:, None]
    page += rng.normal(0, 2, page.shape)
    file = io.BytesIO()
    Image.fromarray(np.uint8(np.clip(page, 0, 255))).save(file, "JPEG")
    return np.asarray(Image.open(file)), dark > 0.5


def make_as_light(hue, paper, darker=0):
    away = np.subtract(hue, paper)
    away = away - LUMINANCE @ away
    return paper + 40 * away / np.abs(away).max() - darker


def test_pages_are_read_so(tmp_path):
    pencil = make_as_light((70, 100, 190), BROWN)
    colour, _ = draw_page(BROWN, pencil)
    Image.fromarray(colour).save(tmp_path / "page.png")
    (page,) = read_pages(tmp_path / "page.png")
    grey = convert_to_grey(Image.fromarray(colour))
    np.testing.assert_array_equal(page.colour, colour)
    np.testing.assert_array_equal(page.grey, darken_faint_ink(grey, colour))


def measure_contrast(grey, ink):
    return 255 * float(np.median(grey[~ink]) - np.median(grey[ink]))


@pytest.mark.parametrize(
    ("hue", "paper"),
    [((70, 100, 190), BROWN), ((200, 70, 60), GREY), ((130, 70, 150), YELLOW)],
)
def test_a_pencil_as_light_as_its_paper_becomes_dark(hue, paper):
    for darker in (-2, 0, 8):
        colour, ink = draw_page(paper, make_as_light(hue, paper, darker))
        grey = convert_to_grey(Image.fromarray(colour))
        faint = measure_contrast(grey, ink)
        seen = darken_faint_ink(grey.copy(), colour)
        assert seen.dtype == "float32" and 0 <= seen.min() <= seen.max() <= 1
        assert faint < 15 and measure_contrast(seen, ink) > faint + 8
        assert abs(np.median(seen[~ink]) - np.median(grey[~ink])) < 3 / 255


def test_it_becomes_dark_in_the_shade_as_well():
    pencil = make_as_light((70, 100, 190), BROWN)
    colour, ink = draw_page(BROWN, pencil, shade=0.5)
    grey = convert_to_grey(Image.fromarray(colour))
    seen = darken_faint_ink(grey.copy(), colour)
    dark, was = seen[:, -450:][ink[:, -450:]], grey[:, -450:][ink[:, -450:]]
    assert np.median(was - dark) > 8 / 255


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ((90, 62, 40), YELLOW),
        ((35, 35, 38), (244, 243, 240)),
        ((40, 60, 140), (244, 243, 240)),
        ((240, 240, 235), (60, 80, 140)),
        # Foxing, stains and tide marks.
        ((170, 130, 80), BROWN),
        # Nothing at all.
        (BROWN, BROWN),
    ],
)
def test_other_pages_stay_as_they_are(ink, paper):
    colour, _ = draw_page(paper, ink)
    grey = convert_to_grey(Image.fromarray(colour))
    np.testing.assert_array_equal(darken_faint_ink(grey.copy(), colour), grey)


def test_what_is_dark_stays_dark_whatever_its_colour():
    pencil = make_as_light((70, 100, 190), BROWN)
    colour, _ = draw_page(BROWN, pencil, also=(60, 40, 20))
    grey = convert_to_grey(Image.fromarray(colour))
    seen = darken_faint_ink(grey.copy(), colour)
    assert (seen <= grey).all() and (seen < grey - 0.05).mean() > 0.02
    assert seen[6, 12] < 0.3


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (3, 2), (40, 30)])
def test_images_of_any_size_without_writing(shape, rng):
    for colour in (
        np.full((*shape, 3), BROWN, "uint8"),
        rng.integers(0, 255, (*shape, 3), "uint8"),
    ):
        grey = convert_to_grey(Image.fromarray(colour))
        seen = darken_faint_ink(grey.copy(), colour)
        np.testing.assert_array_equal(seen, grey)
