import numpy as np
import pytest

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.recipes import degrade
from keras_htr_gan.restoration.text_height import estimate_text_height


def draw_page(height, lines=12, columns=900):
    source = HandwritingSource("en", height=height, max_width=columns)
    page = np.ones((lines * height * 3 // 2, columns + 40), "float32")
    for i in range(lines):
        line = source[i]["clean"]
        top = i * height * 3 // 2
        page[top : top + height, 20 : 20 + line.shape[1]] = line
    return page


@pytest.mark.parametrize("height", [20, 64, 140])
def test_the_height_of_writing_is_estimated(height, rng):
    page = draw_page(height)
    for image in (page, degrade(page, rng)):
        assert estimate_text_height(image) == pytest.approx(
            1.5 * height, rel=0.1
        )


def test_ruled_lines_are_not_taken_for_writing():
    page = draw_page(64)
    page[::40] = 0.3
    assert estimate_text_height(page) == pytest.approx(96, rel=0.1)
