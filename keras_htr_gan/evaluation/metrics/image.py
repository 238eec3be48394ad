"""How near a restored image is to the clean one, by scikit-image."""

import numpy as np
from skimage import metrics


def psnr(clean, images):
    """Peak signal-to-noise ratio in dB: the mean over lines.

    Args:
        clean, images: lists of float32 `(height, width)`, 0 to 1.

    Returns:
        float.
    """
    return average_over_lines(metrics.peak_signal_noise_ratio, clean, images)


def ssim(clean, images):
    """Structural similarity (Wang et al. 2004): the mean over lines."""
    return average_over_lines(metrics.structural_similarity, clean, images)


def average_over_lines(score, clean, images):
    with np.errstate(divide="ignore"):  # equal images: infinite PSNR
        scores = [
            score(a, b, data_range=1.0)
            for a, b in zip(clean, images, strict=True)
        ]
    return float(np.mean(scores))
