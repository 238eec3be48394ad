import numpy as np
import pytest

from keras_htr_gan.data import degradation
from keras_htr_gan.data.handwriting import HandwritingSource

SINGLE = [
    degradation.faded_ink,
    degradation.broken_strokes,
    degradation.stains,
    degradation.paper_texture,
    degradation.uneven_light,
    degradation.blur,
    degradation.noise,
]


@pytest.fixture(scope="module")
def clean():
    return HandwritingSource("en")[0]["clean"]


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("function", SINGLE)
def test_each_changes_the_image_within_its_range(function, clean):
    before = clean.copy()
    image = function(clean, generator(), 1.0)
    assert image.shape == clean.shape and image.dtype == np.float32
    assert 0 <= image.min() and image.max() <= 1
    assert np.abs(image - clean).mean() > 1e-3
    np.testing.assert_array_equal(clean, before)
    np.testing.assert_array_equal(image, function(clean, generator(), 1.0))


@pytest.mark.parametrize("function", SINGLE)
def test_severity_orders_the_damage(function, clean):
    damage = [
        np.abs(function(clean, generator(), s) - clean).mean()
        for s in (0.2, 1.0)
    ]
    assert damage[0] < damage[1]


def test_bleed_through_comes_from_the_other_line(clean):
    other = np.ones((40, 90), "float32")
    untouched = degradation.bleed_through(clean, generator(), 1.0, other)
    np.testing.assert_array_equal(untouched, clean)
    other[:, 20:30] = 0.0
    image = degradation.bleed_through(clean, generator(), 1.0, other)
    assert (image < clean - 0.05).any() and (image <= clean).all()


def test_degrade_is_seeded_and_varied(clean):
    first = degradation.degrade(clean, generator(1), clean)
    np.testing.assert_array_equal(
        first, degradation.degrade(clean, generator(1), clean)
    )
    assert (
        np.abs(first - degradation.degrade(clean, generator(2), clean)).mean()
        > 0.01
    )


def test_a_blank_page_is_degraded_too():
    image = degradation.degrade(np.ones((32, 8), "float32"), generator())
    assert image.shape == (32, 8) and np.isfinite(image).all()
