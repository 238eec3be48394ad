import pytest

from keras_htr_gan.metrics.image import psnr, ssim


@pytest.fixture
def clean(rng):
    return rng.random((2, 32, 40, 1)).astype("float32")


def test_psnr_of_a_known_error(clean):
    assert psnr(clean, clean + 0.1, [40, 40]) == pytest.approx(20.0, abs=1e-3)


def test_padding_is_left_out(clean):
    other = clean.copy()
    other[:, :, 20:] = 0
    assert psnr(clean, other + 0.01, [20, 20]) == pytest.approx(40, abs=0.01)
    assert ssim(clean, other, [20, 20]) == pytest.approx(1.0)
    assert ssim(clean, other, [40, 40]) < 0.9
