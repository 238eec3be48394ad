"""How high the writing on a page is, estimated."""

import cv2
import numpy as np

from keras_htr_gan.images.scaling import scale_line

ESTIMATED_ON = 4_000_000
STRIPS, LOWEST_LINE, PEAK = 6, 10, 0.5
LINES_OF_A_PAGE = 30


def estimate_text_height(image):
    """Pixels from one line of writing to the next.

    Where the rows with much ink repeat: the first high peak of the
    autocorrelation of their profile, over vertical strips, so that lines need
    not be level. Ruled lines are taken out first.

    Args:
        image: float32 `(height, width)`, 0 = ink, 1 = paper.

    Returns:
        float; where nothing repeats, that of a page with `LINES_OF_A_PAGE`.
    """
    rows, columns = image.shape
    shrunk = min(1.0, (ESTIMATED_ON / (rows * columns)) ** 0.5)
    small = scale_by(image, shrunk) if shrunk < 1 else image
    paper = cv2.GaussianBlur(small, (0, 0), max(8, min(small.shape) / 25))
    ink = np.clip(paper - small - 0.02, 0, None)
    along = np.ones((1, max(40, small.shape[1] // 12)), "uint8")
    ink -= cv2.morphologyEx(ink, cv2.MORPH_OPEN, along)
    likeness = np.mean(
        [
            autocorrelate(strip.sum(axis=1))
            for strip in np.array_split(ink, min(STRIPS, ink.shape[1]), axis=1)
        ],
        axis=0,
    )[: len(ink) // 2]
    below = np.flatnonzero(likeness[LOWEST_LINE:] < 0) + LOWEST_LINE
    if len(below):
        start = below[0]
        inner = likeness[start + 1 : -1]
        peaks = (
            (inner >= PEAK * likeness[start:].max())
            & (inner >= likeness[start:-2])
            & (inner >= likeness[start + 2 :])
            & (inner > 0)
        )
        if peaks.any():
            return float(start + 1 + np.argmax(peaks)) / shrunk
    return rows / LINES_OF_A_PAGE


def autocorrelate(profile):
    """Of a profile without its slow changes; 1 at lag 0, or 0 everywhere."""
    count = len(profile)
    slow = cv2.GaussianBlur(profile[:, None], (0, 0), max(3, count / 12))
    spectrum = np.fft.rfft(profile - slow.ravel(), 2 * count)
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)[:count]
    overlap = 1 - np.arange(count) / count
    return likeness / max(likeness[0], 1e-9) / np.maximum(overlap, 0.3)


def scale_by(image, factor):
    """A grey image scaled on both sides alike, to 8 pixels at least."""
    rows, columns = image.shape
    return scale_line(
        image, max(8, round(rows * factor)), max(8, round(columns * factor))
    )
