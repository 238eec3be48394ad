"""How well ink is told from paper: the measures of DIBCO, by doxapy."""

import doxapy
import numpy as np
from skimage.morphology import skeletonize

THRESHOLD = 0.5
NAMES = {
    "fm": "F-measure",
    "psnr": "binary PSNR",
    "drdm": "DRD",
    "nrm": "NRM",
    "mcc": "MCC",
}


def score_ink(clean, images):
    """Means over images of the measures of their ink.

    Both the clean and the other images are ink where they are darker than
    `THRESHOLD`. Images without ink in the clean one are left out.

    Args:
        clean, images: lists of float32 `(height, width)`, 0 = ink, 1 =
            paper, of equal shapes.

    Returns:
        dict: `F-measure` and `pseudo F-measure` in per cent, `binary PSNR` in
        dB, `DRD` (distance reciprocal distortion) and `NRM` (negative rate),
        the lower the better, and `MCC` (Matthews' correlation), 1 for
        perfect. Empty if no image has ink.

    Reference:
        Pratikakis et al. 2017, "ICDAR2017 competition on document image
        binarization (DIBCO 2017)".
    """
    scores = [
        doxapy.calculate_performance(threshold_ink(truth), threshold_ink(image))
        for truth, image in zip(clean, images, strict=True)
        if (truth <= THRESHOLD).any()
    ]
    if not scores:
        return {}
    # Two equal images, and one without ink, have no ratio: 0 / 0.
    values = {
        key: [np.nan_to_num(score[key], posinf=100.0) for score in scores]
        for key in NAMES
    }
    means = {name: float(np.mean(values[key])) for key, name in NAMES.items()}
    means["pseudo F-measure"] = float(
        np.mean(
            [
                measure_pseudo_f(truth <= THRESHOLD, image <= THRESHOLD)
                for truth, image in zip(clean, images, strict=True)
                if (truth <= THRESHOLD).any()
            ]
        )
    )
    return means


def measure_pseudo_f(truth, found):
    """F-measure of which recall counts the middle of strokes alone.

    Args:
        truth, found: bool `(height, width)`, `True` for ink.

    Returns:
        float, per cent.

    Reference:
        Pratikakis et al. 2010, "H-DIBCO 2010: handwritten document image
        binarization competition".
    """
    recall = found[skeletonize(truth)].mean()
    precision = truth[found].mean() if found.any() else 0.0
    if not recall * precision:
        return 0.0
    return 200.0 * float(recall * precision / (recall + precision))


def threshold_ink(image):
    """Black ink on white paper: uint8, 0 or 255."""
    return np.ascontiguousarray(255 * (image > THRESHOLD).astype("uint8"))
