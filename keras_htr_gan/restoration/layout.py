"""Whether an image holds one line of writing or several, and in which rows."""

import cv2
import numpy as np

from keras_htr_gan.images.scaling import scale_line

LINE_SHAPE = 3.0
LOOKED_AT = 400_000
WIDEST_STROKE = 30
# Rows hold a line's writing where their ink is more than this share of the
# most; lines are told apart by each of them.
LEVELS = (0.15, 0.2, 0.3)
LEAST_LINE, EDGE = 0.4, 0.04
# Rows with more ink than this share of the most belong to a line; it is
# smoothed over this share of the rows.
LEAST_ROW, SMOOTH = 0.02, 0.025


def is_line(image):
    """Whether an image is that of one line: flat, with no second one in it.

    Args:
        image: float32 `(height, width)`, 0 = ink, 1 = paper.

    Returns:
        bool.
    """
    return is_flat(image) and count_lines(image) < 2


def is_flat(image):
    """Whether an image is as wide and low as a line or a strip: bool."""
    rows, columns = image.shape
    return columns >= LINE_SHAPE * rows


def count_lines(image):
    """Lines of writing, one above the other, in a flat image: int.

    Neighbours that are cut by the upper or lower edge do not count, and in
    doubt there are fewer.

    Args:
        image: see `is_line`.
    """
    ink = find_ink(image).sum(axis=1, dtype="float32")
    smooth = cv2.GaussianBlur(
        ink[:, None], (0, 0), max(1.0, len(ink) / 60)
    ).ravel()
    return min(count_runs(smooth, level) for level in LEVELS)


def count_runs(profile, level):
    """Runs of rows above a level that hold about as much as the fullest."""
    inside = np.r_[0, profile > level * profile.max(), 0].astype(int)
    change = np.diff(inside)
    starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    if not len(starts):
        return 0
    held = np.array(
        [profile[a:b].sum() for a, b in zip(starts, ends, strict=True)]
    )
    edge = EDGE * len(profile)
    whole = (starts > edge) & (ends < len(profile) - edge)
    return int(np.sum(whole & (held >= LEAST_LINE * held.max())))


def find_writing_rows(restored):
    """The rows that a line of writing fills, without those of blank paper.

    Args:
        restored: float32 `(height, width)`, a restored line; 0 = ink.

    Returns:
        slice; all rows, if nothing is written.
    """
    ink = np.count_nonzero(restored < 0.5, axis=1).astype("float32")
    deviation = max(1.0, SMOOTH * len(ink))
    smooth = cv2.GaussianBlur(ink[:, None], (0, 0), deviation).ravel()
    written = np.flatnonzero(smooth > LEAST_ROW * smooth.max())
    if not len(written):
        return slice(0, len(ink))
    return slice(int(written[0]), int(written[-1]) + 1)


def find_ink(image, most=LOOKED_AT):
    """Strokes, which are darker than the paper beside them.

    Args:
        image: see `is_line`.
        most: int.

    Returns:
        bool, of at most `most` pixels of the same form.
    """
    small = shrink(image, most)
    widest = int(np.clip(min(small.shape) / 20, 6, WIDEST_STROKE))
    around = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (2 * widest + 1, 2 * widest + 1)
    )
    # In whole levels, which is three times as fast.
    levels = np.uint8(255 * cv2.GaussianBlur(small, (0, 0), 1.0) + 0.5)
    paper = np.float32(cv2.morphologyEx(levels, cv2.MORPH_CLOSE, around)) / 255
    paper = cv2.GaussianBlur(paper, (0, 0), widest / 2)
    ink = np.clip(1.0 - small / np.maximum(paper, 0.05), 0.0, 1.0)
    darkest = max(float(np.percentile(ink, 99.5)), 0.02)
    grey = np.uint8(255 * np.clip(ink / darkest, 0.0, 1.0))
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    return ink > max(0.08, level / 255 * darkest)


def shrink(image, most):
    """An image of at most so many pixels, and of 8 on each side.

    Args:
        image: float32 `(height, width)`.
        most: int.

    Returns:
        float32 of the same form.
    """
    factor = min(1.0, (most / image.size) ** 0.5)
    return scale_line(image, *(max(8, round(factor * n)) for n in image.shape))
