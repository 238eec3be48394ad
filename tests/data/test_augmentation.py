import numpy as np
import pytest

from keras_htr_gan.data import augmentation
from keras_htr_gan.data.augmentation import augment
from keras_htr_gan.data.handwriting import HandwritingSource


@pytest.fixture(scope="module")
def clean():
    return HandwritingSource("fr", height=64, max_width=512)[3]["clean"]


def test_the_same_state_gives_the_same_image(clean):
    one = augment(clean, np.random.default_rng(5), 1000)
    two = augment(clean, np.random.default_rng(5), 1000)
    np.testing.assert_array_equal(one, two)
    other = augment(clean, np.random.default_rng(6), 1000)
    assert one.shape != other.shape or np.abs(one - other).max() > 0.1


def test_lines_stay_ink_on_paper(clean):
    ink = 1 - clean
    kept = []
    for seed in range(40):
        image = augment(clean, np.random.default_rng(seed), 1000)
        assert image.dtype == np.float32 and image.shape[0] == 64
        assert image.min() >= 0 and image.max() <= 1
        assert np.median(image) > 0.9
        kept.append((1 - image).sum() / image.shape[1])
    assert min(kept) > 0.05 * ink.sum() / ink.shape[1]


def test_widths_differ_and_are_bounded(clean):
    widths = {
        augment(clean, np.random.default_rng(seed), 420).shape[1]
        for seed in range(40)
    }
    assert len(widths) > 5 and max(widths) <= 420


def test_ink_is_faded_only_if_wanted(clean, monkeypatch):
    faded = []
    monkeypatch.setattr(
        augmentation, "half_restore", lambda ink, rng: faded.append(1) or ink
    )
    for seed in range(20):
        augment(clean, np.random.default_rng(seed), 1000, faded=False)
    assert not faded
    for seed in range(20):
        augment(clean, np.random.default_rng(seed), 1000)
    assert 2 < len(faded) < 15
