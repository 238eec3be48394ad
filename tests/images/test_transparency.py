import numpy as np
from PIL import Image

from keras_htr_gan.images.decoding import load_grey
from keras_htr_gan.images.documents import read_pages

PAPER = 235


def draw(ink, alpha, path):
    """A page: strokes and paper, each of a grey and an alpha value."""
    stroke = np.zeros((40, 60), bool)
    stroke[10:20, 5:50:6] = True
    grey = np.where(stroke, ink[0], ink[1]).astype("uint8")
    alpha = np.where(stroke, alpha[0], alpha[1]).astype("uint8")
    rgba = np.dstack([grey, grey, grey, alpha])
    Image.fromarray(rgba).save(path)
    return stroke


def test_an_alpha_channel_that_nobody_filled_hides_nothing(tmp_path):
    for name in ("a.png", "a.tif", "a.webp"):
        stroke = draw((30, PAPER), (0, 0), tmp_path / name)
        if name == "a.webp":
            image = Image.open(tmp_path / "a.png")
            image.save(tmp_path / name, lossless=True, exact=True)
        assert np.array_equal(load_grey(tmp_path / name) < 0.5, stroke)


def test_light_writing_on_nothing_is_seen(tmp_path):
    stroke = draw((255, 0), (255, 0), tmp_path / "a.png")
    grey = load_grey(tmp_path / "a.png")
    assert np.array_equal(grey < 0.5, stroke) and grey.max() == 1
    (page,) = read_pages(tmp_path / "a.png")
    assert np.array_equal(page.grey, grey) and page.colour is None


def test_dark_writing_on_nothing_is_on_white(tmp_path):
    stroke = draw((20, 0), (255, 0), tmp_path / "a.png")
    grey = load_grey(tmp_path / "a.png")
    assert np.array_equal(grey < 0.5, stroke) and grey.max() == 1


def test_a_page_with_transparent_corners_stays_one(tmp_path):
    rgba = np.full((60, 60, 4), PAPER, "uint8")
    rgba[..., 3] = 255
    rgba[:12, :12] = 0
    Image.fromarray(rgba).save(tmp_path / "a.png")
    grey = load_grey(tmp_path / "a.png")
    assert (grey[:12, :12] == 1).all() and grey.min() * 255 == PAPER


def test_the_colours_of_a_page_are_laid_on_paper_too(tmp_path):
    rgba = np.zeros((30, 30, 4), "uint8")
    rgba[10:20, 10:20] = (0, 0, 200, 255)
    Image.fromarray(rgba).save(tmp_path / "a.png")
    (page,) = read_pages(tmp_path / "a.png")
    assert (page.colour[0, 0] == 255).all()
    assert tuple(page.colour[15, 15]) == (0, 0, 200)
