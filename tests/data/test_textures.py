import threading

import numpy as np
import pytest

from keras_htr_gan.data.degradation import DEGRADATIONS
from keras_htr_gan.data.recipes import Recipe, Step, degrade
from keras_htr_gan.data.textures import (
    axes,
    blurred,
    laid_behind,
    line_height_of,
    measured_in,
    smooth_noise,
)
from tests.data.drawn import generator

SHAPES = (64, 512), (128, 512)


def steepness(image):
    """How quickly an image changes from pixel to pixel, of its contrast."""
    return np.abs(np.diff(image, axis=0)).mean() / image.std()


def edge_of(shape, rng=None):
    image = np.ones(shape, "float32")
    image[shape[0] // 2 :] = 0.0
    return image


def width_of_edge(image):
    column = image.mean(axis=1)
    return np.sum((column > 0.1) & (column < 0.9))


def test_a_line_is_as_high_as_its_image_unless_told():
    assert line_height_of((128, 9)) == 128
    with measured_in(64):
        assert line_height_of((128, 9)) == 64
        with measured_in(None):
            assert line_height_of((128, 9)) == 128
        assert line_height_of((128, 9)) == 64
    assert line_height_of((128, 9)) == 128


def test_a_measure_ends_with_an_error_and_is_of_its_thread():
    with pytest.raises(ZeroDivisionError), measured_in(64):
        1 / 0  # noqa: B018
    assert line_height_of((128, 9)) == 128
    seen = []
    with measured_in(64):
        thread = threading.Thread(
            target=lambda: seen.append(line_height_of((128, 9)))
        )
        thread.start()
        thread.join()
    assert seen == [128]


@pytest.mark.parametrize(
    "feature",
    [
        lambda shape: steepness(smooth_noise(generator(), shape, 1 / 4)),
        lambda shape: width_of_edge(blurred(edge_of(shape), 0.1)),
        lambda shape: np.ptp(axes(generator(), shape, 0.0)[0]),
        lambda shape: steepness(
            laid_behind(blurred(edge_of((64, 64)), 0.1), shape, generator())
        ),
    ],
    ids=["smooth_noise", "blurred", "axes", "laid_behind"],
)
def test_features_keep_their_size_on_an_image_of_more_than_a_line(feature):
    low, high = SHAPES
    of_line, unmeasured = feature(low), feature(high)
    with measured_in(64):
        measured = feature(high)
    assert measured == pytest.approx(of_line, rel=0.15)
    assert not unmeasured == pytest.approx(of_line, rel=0.4)


@pytest.mark.parametrize("name", ["focus_blur", "motion_blur"])
def test_a_blur_is_of_the_line(name):
    low, high = (edge_of(shape) for shape in SHAPES)
    recipe = Recipe((1.0, 1.0), (Step(name, 1.0),))

    def widths(image, line_height=None):
        aged = [
            degrade(image, generator(seed), None, recipe, line_height)
            for seed in range(20)
        ]
        return sum(map(width_of_edge, aged))

    assert widths(high, 64) == widths(low)
    assert widths(high) > 1.4 * widths(low)


def test_a_copy_has_as_few_rows_a_line():
    rng = generator(5)
    high = np.float32(rng.random((128, 512)))
    low = high[:64]

    def kept(image):
        copy = DEGRADATIONS["low_resolution"](image, generator(), 1.0)
        return copy.std()

    with measured_in(64):
        assert kept(high) == pytest.approx(kept(low), rel=0.05)
    assert kept(high) < 0.8 * kept(low)


def test_dust_lies_as_thick_and_is_no_larger():
    low, high = (np.ones(shape, "float32") for shape in SHAPES)

    def spots(image):
        aged = [
            DEGRADATIONS["dust"](image, generator(seed), 1.0)
            for seed in range(60)
        ]
        return np.mean([page < 0.8 for page in aged])

    with measured_in(64):
        assert spots(high) == pytest.approx(spots(low), rel=0.3)
