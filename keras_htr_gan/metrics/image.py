"""How near a restored image is to the clean one, by scikit-image."""

import numpy as np
from skimage import metrics


def psnr(clean, images, widths):
    """Peak signal-to-noise ratio in dB: the mean over lines.

    Args:
        clean, images: float32 `(lines, height, width, 1)`, 0 to 1.
        widths: int `(lines,)`; a line's padding is left out.

    Returns:
        float.
    """
    return mean_over_lines(
        metrics.peak_signal_noise_ratio, clean, images, widths
    )


def ssim(clean, images, widths):
    """Structural similarity (Wang et al. 2004): the mean over lines."""
    return mean_over_lines(metrics.structural_similarity, clean, images, widths)


def mean_over_lines(score, clean, images, widths):
    with np.errstate(divide="ignore"):  # equal images: infinite PSNR
        scores = [
            score(a[:, :w, 0], b[:, :w, 0], data_range=1.0)
            for a, b, w in zip(clean, images, widths, strict=True)
        ]
    return float(np.mean(scores))
