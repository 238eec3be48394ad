"""Lines of any size as batches that networks take."""

import numpy as np

from keras_htr_gan.images.scaling import scale_line
from keras_htr_gan.pixels import PADDING

BATCH_SIZE = 16


def batch_lines(lines, height):
    """Puts lines of any size into padded batches, each of lines of like width.

    The widths of batches are multiples of twice the height: few, as compilers
    like it, and the same for all sets of lines.

    Args:
        lines: list of float32 `(height, width)`, 0 = ink, 1 = paper.
        height: int, pixels to which they are scaled; a multiple of 8.

    Yields:
        `(numbers, images, widths)`: which lines, int `(batch,)`; float32
        `(batch, height, width, 1)`; and their own widths, int `(batch,)`.
    """
    lines = [scale_line(line, height) for line in lines]
    widths = np.array([line.shape[1] for line in lines], int)
    order = np.argsort(widths, kind="stable")
    for start in range(0, len(lines), BATCH_SIZE):
        chosen = order[start : start + BATCH_SIZE]
        step = 2 * height
        width = -(-widths[chosen].max() // step) * step
        images = np.full((len(chosen), height, width, 1), PADDING, "float32")
        for image, i in zip(images, chosen, strict=True):
            image[:, : widths[i], 0] = lines[i]
        yield chosen, images, widths[chosen]
