"""What a recogniser reads in lines of any size."""

import numpy as np
from keras.ops import convert_to_numpy

from keras_htr_gan.data.buckets import bucket_widths
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
    if not lines:
        return []
    lines = [scaled(line, recognizer.height) for line in lines]
    widths = np.array([line.shape[1] for line in lines])
    padded_widths = bucket_widths(widths)
    readings = [None] * len(lines)
    order = np.argsort(widths, kind="stable")
    for start in range(0, len(lines), BATCH_SIZE):
        chosen = order[start : start + BATCH_SIZE]
        width = next(w for w in padded_widths if w >= widths[chosen].max())
        images = np.full(
            (len(chosen), recognizer.height, width, 1), PADDING, "float32"
        )
        for image, i in zip(images, chosen, strict=True):
            image[:, : widths[i], 0] = lines[i]
        logits = recognizer.predict_on_batch(images)
        labels = recognizer.decode(logits, widths[chosen], beam_width)
        for i, row in zip(
            chosen, convert_to_numpy(labels).tolist(), strict=True
        ):
            readings[i] = recognizer.charset.decode(row)
    return readings
