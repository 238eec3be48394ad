import math

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from keras_htr_gan.evaluation.metrics.image import psnr, ssim


@pytest.fixture
def clean(rng):
    return [rng.random((32, width)).astype("float32") for width in (40, 20)]


def test_psnr_of_a_known_error(clean):
    images = [clean[0] + 0.1, clean[1] + 0.01]
    assert psnr(clean, images) == pytest.approx(30.0, abs=1e-3)


def test_psnr_is_that_of_scikit_image(clean, rng):
    images = [rng.random(line.shape).astype("float32") for line in clean]
    expected = [
        peak_signal_noise_ratio(*pair, data_range=1.0)
        for pair in zip(clean, images, strict=True)
    ]
    assert psnr(clean, images) == np.mean(expected)
    assert psnr(clean, clean) == math.inf


def test_ssim_falls_where_a_line_is_lost(clean):
    assert ssim(clean, clean) == pytest.approx(1.0)
    assert ssim(clean, [clean[0], 0 * clean[1]]) < 0.6
