import itertools

import keras
import numpy as np
import pytest

from keras_htr_gan.charset import LATIN
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.recipes import degrade
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.images.documents import Page
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.restoration.restorer import (
    Restorer,
    finished,
    parts,
    restore_lines,
    text_height_of,
)


@pytest.fixture(scope="module")
def restorer():
    """A model whose every weight says something."""
    model = HTRGAN(
        build_generator(),
        build_discriminator(),
        Recognizer(LATIN),
    )
    rng = np.random.default_rng(0)
    for variable in model.generator.weights:
        value = keras.ops.convert_to_numpy(variable)
        variable.assign(value + rng.normal(0, 0.02, value.shape))
    return Restorer(model)


def page_of_lines(height, lines=12, columns=900):
    source = HandwritingSource("en", height=height, max_width=columns)
    page = np.ones((lines * height * 3 // 2, columns + 40), "float32")
    for i in range(lines):
        line = source[i]["clean"]
        top = i * height * 3 // 2
        page[top : top + height, 20 : 20 + line.shape[1]] = line
    return page


def test_tiles_leave_no_seam(restorer, rng, monkeypatch):
    page = rng.random((100, 448)).astype("float32")
    whole = restorer.restore_page(page)
    monkeypatch.setattr("keras_htr_gan.restoration.restorer.TILE", 128)
    monkeypatch.setattr("keras_htr_gan.restoration.restorer.BANDS", 3)
    assert len(parts(448)) == 4
    done = []
    tiled = restorer.restore_page(page, done.append)
    np.testing.assert_allclose(tiled, whole, atol=1 / 255)
    assert sum(done) == pytest.approx(1.0)


def test_a_page_is_restored_as_its_lines_are(restorer, rng):
    page = rng.random((96, 256)).astype("float32")
    restored = restorer.restore_page(page)
    (line,) = restore_lines(restorer.model, [page[32:64]])
    # In the middle of a band that is the line nearly nothing else counts.
    np.testing.assert_allclose(restored[47:49], line[15:17], atol=0.02)


def test_parts_cover_a_side():
    for side in (1, 64, 959, 960, 961, 5000, 7000):
        pieces = parts(side)
        assert pieces[0][0] == 0 and sum(n for _, n in pieces) >= side
        assert pieces[-1][0] < side
        assert all(a + n == b for (a, n), (b, _) in itertools.pairwise(pieces))


@pytest.mark.parametrize("shape", [(50, 700), (333, 211), (8, 8), (900, 30)])
def test_an_image_keeps_its_size(restorer, rng, shape):
    image = rng.random(shape).astype("float32")
    restored = restorer.restore(image)
    assert restored.shape == shape and restored.dtype == "float32"
    assert 0 <= restored.min() and restored.max() <= 1


@pytest.mark.parametrize("height", [20, 64, 140])
def test_the_height_of_writing_is_estimated(height, rng):
    page = page_of_lines(height)
    for image in (page, degrade(page, rng)):
        assert text_height_of(image) == pytest.approx(1.5 * height, rel=0.1)


def test_ruled_lines_are_not_taken_for_writing():
    page = page_of_lines(64)
    page[::40] = 0.3
    assert text_height_of(page) == pytest.approx(96, rel=0.1)


def test_an_empty_page_is_restored(restorer):
    assert restorer.restore(np.ones((300, 200), "float32")).shape == (300, 200)


def test_what_is_written():
    grey = np.full((4, 4), 0.8, "float32")
    grey[1] = 0.4
    restored = np.ones((4, 4), "float32")
    restored[1] = 0.0
    colour = np.uint8(255 * np.stack([grey - 0.1, grey, grey + 0.1], -1))
    page = Page(grey, colour, None)
    written = finished(page, restored)
    assert written.dtype == "uint8" and written[0, 0] == 255
    assert (finished(page, restored, strength=0) == np.round(255 * grey)).all()
    halfway = finished(page, restored, strength=0.5)
    assert halfway[1, 0] == pytest.approx(51, abs=1)
    black = finished(page, restored, mode="binarize")
    assert black.dtype == bool and black[0, 0] and not black[1, 0]
    ink = finished(page, restored, mode="colour")
    assert (ink[0] == 255).all()
    assert ink[1, 0, 2] > ink[1, 0, 1] > ink[1, 0, 0]
    assert ink[1, 0].max() < 90
    unchanged = finished(page, restored, strength=0, mode="colour")
    np.testing.assert_allclose(unchanged, colour, atol=1)
