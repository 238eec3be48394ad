import numpy as np
import pytest

from keras_htr_gan.images.documents import Page
from keras_htr_gan.restoration.rendering import render_page


def test_what_is_written():
    grey = np.full((4, 4), 0.8, "float32")
    grey[1] = 0.4
    restored = np.ones((4, 4), "float32")
    restored[1] = 0.0
    colour = np.uint8(255 * np.stack([grey - 0.1, grey, grey + 0.1], -1))
    page = Page(grey, colour, None)
    written = render_page(page, restored)
    assert written.dtype == "uint8" and written[0, 0] == 255
    assert (
        render_page(page, restored, strength=0) == np.round(255 * grey)
    ).all()
    halfway = render_page(page, restored, strength=0.5)
    assert halfway[1, 0] == pytest.approx(51, abs=1)
    black = render_page(page, restored, mode="binarize")
    assert black.dtype == bool and black[0, 0] and not black[1, 0]
    ink = render_page(page, restored, mode="colour")
    assert (ink[0] == 255).all()
    assert ink[1, 0, 2] > ink[1, 0, 1] > ink[1, 0, 0]
    assert ink[1, 0].max() < 90
    unchanged = render_page(page, restored, strength=0, mode="colour")
    np.testing.assert_allclose(unchanged, colour, atol=1)
