"""What a recogniser reads in lines of any size."""

from keras_htr_gan.images.batches import batch_lines


def read(recognizer, lines, beam_width=1):
    """Reads lines, each scaled to the recogniser's height.

    Args:
        recognizer: `Recognizer` or `OnnxRecognizer`.
        lines: list of float32 `(height, width)`, 0 = ink, 1 = paper.
        beam_width: int, see `Recognizer.read_batch`.

    Returns:
        list of str.
    """
    readings = [None] * len(lines)
    for numbers, images, widths in batch_lines(lines, recognizer.height):
        texts = recognizer.read_batch(images, widths, beam_width)
        for i, text in zip(numbers, texts, strict=True):
            readings[i] = text
    return readings
