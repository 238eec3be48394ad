import numpy as np
import pytest

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.recipes import degrade
from keras_htr_gan.restoration.text_height import (
    estimate_pitch,
    estimate_text_height,
    measure_writing_height,
    scale_by,
)

SOURCE = HandwritingSource("en", height=64, max_width=900)


def draw_page(pitch, lines=12):
    """Lines of 64 pixels, so many pixels from one to the next."""
    page = np.ones((lines * pitch + 64, 940), "float32")
    for i in range(lines):
        line = SOURCE[i]["clean"]
        top = i * pitch + pitch // 2
        page[top : top + 64, 20 : 20 + line.shape[1]] = line
    return page


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.2])
def test_the_pitch_of_lines_is_estimated(scale, rng):
    page = scale_by(draw_page(96), scale)
    for image in (page, degrade(page, rng)):
        assert estimate_pitch(image) == pytest.approx(96 * scale, rel=0.1)


def test_ruled_lines_are_not_taken_for_writing():
    page = draw_page(96)
    page[::40] = 0.3
    assert estimate_pitch(page) == pytest.approx(96, rel=0.1)


@pytest.mark.parametrize("lines, pitch", [(12, 64), (5, 200), (2, 64), (1, 64)])
@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
def test_the_height_of_lines_is_that_of_writing(lines, pitch, scale, rng):
    page = scale_by(degrade(draw_page(pitch, lines), rng), scale)
    height = estimate_text_height(page)
    assert 0.5 < height / (64 * scale) < 1.6


def test_a_frame_and_a_rule_are_no_writing():
    page = draw_page(64)
    expected = measure_writing_height(page)
    page[:6] = page[-6:] = page[:, :6] = page[:, -6:] = 0.0
    page[:, 700:704] = 0.2
    assert measure_writing_height(page) == pytest.approx(expected, rel=0.2)


def test_of_an_empty_page_a_height_is_guessed():
    assert estimate_text_height(np.ones((600, 400), "float32")) == 20
