"""What a recogniser reads in lines of any size."""

import os

from keras_htr_gan.errors import UserError
from keras_htr_gan.images.batches import batch_lines
from keras_htr_gan.images.decoding import ImageError, load_grey
from keras_htr_gan.runtimes.loading import load_reading_model


def read(recognizer, lines, beam_width=1):
    """Reads lines, each scaled to the recogniser's height.

    Example:

        (text,) = read("latin_small", ["line.png"])

    Args:
        recognizer: `Recognizer` or `OnnxRecognizer`; or the name or path of
            one, see `load_reading_model`.
        lines: list of float32 `(height, width)`, 0 = ink, 1 = paper, or of
            paths of images.
        beam_width: int, 1 for greedy decoding, see `Recognizer.decode`; more
            needs Keras.

    Returns:
        list of str.

    Raises:
        UserError: if the recogniser or an image cannot be loaded.
    """
    if is_path(recognizer):
        runtime = "auto" if beam_width == 1 else "keras"
        recognizer = load_reading_model(recognizer, runtime)
    if is_path(lines):
        lines = [lines]
    lines = [load_line_image(line) if is_path(line) else line for line in lines]
    readings = [None] * len(lines)
    for numbers, images, widths in batch_lines(lines, recognizer.height):
        texts = recognizer.read_batch(images, widths, beam_width)
        for i, text in zip(numbers, texts, strict=True):
            readings[i] = text
    return readings


def is_path(value):
    """Whether something is a path or a name: bool."""
    return isinstance(value, (str, os.PathLike))


def load_line_image(path):
    """The grey image of a file, see `load_grey`, named where there is none."""
    try:
        return load_grey(path)
    except ImageError as error:
        raise UserError(f"{path}: {error}") from error
