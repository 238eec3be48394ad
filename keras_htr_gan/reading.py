"""What a recogniser reads in lines of any size."""

import numpy as np
from keras.ops import convert_to_numpy

from keras_htr_gan.data.images import scaled
from keras_htr_gan.padding import PADDING

BATCH_SIZE = 16


def read(recognizer, lines, beam_width=1):
    """Reads lines, each scaled to the recogniser's height.

    Args:
        recognizer: `Recognizer`.
        lines: list of float32 `(height, width)`, 0 = ink, 1 = paper.
        beam_width: int, see `Recognizer.decode`.

    Returns:
        list of str.
    """
    readings = [None] * len(lines)
    for numbers, images, widths in batched(lines, recognizer.height):
        logits = recognizer.predict_on_batch(images)
        labels = recognizer.decode(logits, widths, beam_width)
        for i, row in zip(
            numbers, convert_to_numpy(labels).tolist(), strict=True
        ):
            readings[i] = recognizer.charset.decode(row)
    return readings


def batched(lines, height):
    """Lines of any size as padded batches, each of lines of like width.

    The widths of batches are multiples of twice the height: few, as compilers
    like it, and the same for all sets of lines.

    Args:
        lines: list of float32 `(height, width)`, 0 = ink, 1 = paper.
        height: int, pixels to which they are scaled; a multiple of 8.

    Yields:
        `(numbers, images, widths)`: which lines, int `(batch,)`; float32
        `(batch, height, width, 1)`; and their own widths, int `(batch,)`.
    """
    lines = [scaled(line, height) for line in lines]
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
