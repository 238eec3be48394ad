"""The same line by another hand, another pen and another scanner.

For training recognisers, which need more hands than a collection has, and
which must be able to follow ink that is only half restored. Lengths are in
image heights, so that lines of any height look alike.
"""

import cv2
import numpy as np

from keras_htr_gan.data.degradation import blurred, smooth_noise

NARROWEST, WIDEST = 0.75, 1.3
SLANT = 0.18
SLOPE = 0.006
WANDER = (0.03, 0.02)
PEN = 0.7
FADED_SHARE = 0.35


def augment(image, rng, max_width, faded=True):
    """Another look of a line: hand, pen, and how much of the ink is there.

    Args:
        image: float32 `(height, width)`, 0 = ink, 1 = paper.
        rng: `numpy.random.Generator`; the same state gives the same image.
        max_width: int, pixels; the result is not wider.
        faded: bool, whether some are blurred, grey and gone in places, as a
            generator draws; without it ink is as pens leave it.

    Returns:
        float32 of the same height and another width, 0 to 1.
    """
    ink = change_hand(1.0 - image, rng, max_width)
    if rng.random() < PEN:
        ink = change_pen(ink, rng)
    if faded and rng.random() < FADED_SHARE:
        ink = half_restore(ink, rng)
    return (1.0 - ink).astype("float32")


def change_hand(ink, rng, max_width):
    """Changes slant, slope, width, size and place, and lets strokes wander."""
    height, width = ink.shape
    stretch = np.exp(rng.uniform(np.log(NARROWEST), np.log(WIDEST)))
    columns = int(np.clip(round(width * stretch), height // 4, max_width))
    x = np.arange(columns, dtype="float32")[None] * (width / columns)
    y = np.arange(height, dtype="float32")[:, None]
    size = rng.uniform(0.9, 1.15)
    across = (y - height / 2) / size + height / 2
    across = across + rng.normal(0, 0.03) * height
    across = across + rng.normal(0, SLOPE) * (x - width / 2)
    along = x + rng.normal(0, SLANT) * (y - height / 2)
    shape = (height, columns)
    for scale in (1.5, 0.5):
        wander = height * np.array(WANDER) * scale
        along = along + wander[0] * smooth_noise(rng, shape, scale)
        across = across + wander[1] * smooth_noise(rng, shape, scale)
    maps = along.astype("float32"), across.astype("float32")
    return cv2.remap(ink, *maps, cv2.INTER_LINEAR, borderValue=0.0)


def change_pen(ink, rng):
    """Makes strokes broader, finer, softer or paler."""
    soft = blurred(ink, rng.uniform(0.005, 0.02))
    gain = np.exp(rng.normal(0, 0.25))
    ink = np.clip(soft * 1.4 * gain - rng.uniform(0, 0.25), 0.0, 1.0)
    return ink * rng.uniform(0.6, 1.0)


def broaden_strokes(image, by):
    """Draws a line as a broader pen does.

    Args:
        image: float32 `(height, width)`, 0 = ink, 1 = paper.
        by: float, by how much strokes grow, in heights of the image.

    Returns:
        float32 of the same shape.
    """
    pen = 1 + round(by * len(image))
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (pen, pen))
    return cv2.erode(image, pen)


def half_restore(ink, rng):
    """Draws as a generator that learns: blurred, grey, gone in places."""
    ink = blurred(ink, rng.uniform(0.01, 0.03))
    there = smooth_noise(rng, ink.shape, rng.uniform(0.2, 1.0))
    depth = rng.uniform(0.0, 0.5)
    kept = np.clip(1.0 - depth * (1.0 + there), 0.1, 1.0)
    return ink * kept * rng.uniform(0.5, 1.0)
