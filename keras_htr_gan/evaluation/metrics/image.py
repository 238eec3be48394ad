"""How near a restored image is to the clean one."""

import functools

import numpy as np
from skimage import metrics


def psnr(clean, images):
    """Peak signal-to-noise ratio in dB: the mean over lines.

    Args:
        clean, images: lists of float32 `(height, width)`, 0 to 1.

    Returns:
        float.
    """
    return average_over_lines(psnr_of_line, clean, images)


def psnr_of_line(clean, image):
    """The same as scikit-image's, which takes long to import."""
    with np.errstate(divide="ignore"):  # equal images: infinite PSNR
        return 10 * np.log10(1 / np.mean((clean - image) ** 2, dtype="float64"))


def ssim(clean, images):
    """Structural similarity (Wang et al. 2004): the mean over lines."""
    score = functools.partial(metrics.structural_similarity, data_range=1.0)
    return average_over_lines(score, clean, images)


def average_over_lines(score, clean, images):
    pairs = zip(clean, images, strict=True)
    return float(np.mean([score(*pair) for pair in pairs]))
