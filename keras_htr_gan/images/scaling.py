"""Lines at the height of a network, and at full contrast."""

import cv2
import numpy as np

WIDEST = 32
NARROWEST = 8


def scale_width(columns, rows, height):
    """Scales a line's width along with its height: int, pixels.

    A line wider than `WIDEST` times its height is squeezed to that.
    """
    return max(NARROWEST, min(round(columns * height / rows), WIDEST * height))


def scale_line(image, height, width=None):
    """Scales a line to a height.

    Args:
        image: float32 `(rows, columns)`, 0 = ink, 1 = paper.
        height: int, pixels.
        width: int, pixels; by default that of `scale_width`.

    Returns:
        float32 `(height, width)`, 0 to 1.
    """
    rows, columns = image.shape
    width = width or scale_width(columns, rows, height)
    shrinks = height < rows or width < columns
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.clip(
        cv2.resize(image, (width, height), interpolation=way), 0.0, 1.0
    )


def stretch_contrast(image):
    """Full contrast for a clean line: float32, 0 = ink, 1 = paper.

    The grey of the paper (the 90th percentile) becomes 1 and that of the
    darkest ink (the 1st) 0.
    """
    ink, paper = np.percentile(image, (1, 90)).astype("float32")
    return np.clip((image - ink) / max(paper - ink, 1 / 255), 0.0, 1.0)


def enlarge_rows(values, rows, shape):
    """Some rows of an image, were it enlarged to a shape.

    Args:
        values: float32 `(height, width)`.
        rows: slice, of the enlarged image.
        shape: pair of int.

    Returns:
        float32 `(rows, columns)`, as wide as the shape.
    """
    # Centres of pixels fall on each other, as in `cv2.resize`.
    last = len(values) - 1
    at = (np.arange(rows.start, rows.stop) + 0.5) * len(values) / shape[0] - 0.5
    at = np.clip(at, 0, last)
    above = at.astype(int)
    share = np.float32(at - above)[:, None]
    upright = values[above] * (1 - share)
    upright += values[np.minimum(above + 1, last)] * share
    return cv2.resize(upright, (shape[1], len(upright)))
