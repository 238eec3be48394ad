"""Restored lines against the clean image and against the text."""

import numpy as np
from keras.ops import convert_to_numpy

from keras_htr_gan.metrics.image import psnr, ssim
from keras_htr_gan.metrics.reading import (
    character_error_rate,
    word_error_rate,
)
from keras_htr_gan.padding import PADDING
from keras_htr_gan.reading import read


class Evaluation:
    """A fixed set of lines on which generators are scored.

    Images of these lines are lists of the batches' arrays, float32 `(batch,
    height, width, 1)`, 0 = ink, 1 = paper.

    Args:
        batches: `FixedBatches`.
        recognizer: `Recognizer`, the reader.
    """

    def __init__(self, batches, recognizer):
        self.recognizer = recognizer
        self.degraded = batches.column("degraded")
        self.clean = batches.column("clean")
        self.widths = batches.column("widths")
        self.texts = [
            recognizer.charset.decode(labels[:length])
            for some, lengths in zip(
                batches.column("labels"),
                batches.column("label_lengths"),
                strict=True,
            )
            for labels, length in zip(some, lengths, strict=True)
        ]

    def restore(self, model):
        """The lines restored by an `HTRGAN`, padded as they were."""
        return [
            padded_again(
                convert_to_numpy(model.predict_on_batch(images)), widths
            )
            for images, widths in zip(self.degraded, self.widths, strict=True)
        ]

    def read(self, images, beam_width=1):
        """What the recogniser reads: list of str (see `read`)."""
        return read(self.recognizer, self.lines(images), beam_width)

    def lines(self, images):
        """The single lines without padding: list of float32 `(height, w)`."""
        return [
            image[:, :width, 0]
            for some, widths in zip(images, self.widths, strict=True)
            for image, width in zip(some, widths, strict=True)
        ]

    def score(self, images):
        """PSNR, SSIM, CER and WER of images of these lines, as a dict."""
        clean, lines = self.lines(self.clean), self.lines(images)
        return {
            "PSNR": psnr(clean, lines),
            "SSIM": ssim(clean, lines),
            **self.score_reading(images),
        }

    def score_reading(self, images, beam_width=1):
        """CER and WER alone."""
        readings = self.read(images, beam_width)
        return {
            "CER": character_error_rate(self.texts, readings),
            "WER": word_error_rate(self.texts, readings),
        }

    def samples(self, model):
        """Rows to look at: images cut to their line, text and reading.

        Returns:
            list of dict with `degraded`, `restored`, `clean` (float32
            `(height, width)`), `text`, `reading` of the restored line and
            `degraded_reading`.
        """
        restored = self.restore(model)
        columns = {
            "degraded": self.lines(self.degraded),
            "restored": self.lines(restored),
            "clean": self.lines(self.clean),
            "text": self.texts,
            "reading": self.read(restored),
            "degraded_reading": self.read(self.degraded),
        }
        return [
            dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]


def padded_again(images, widths):
    """Images with padding to the right of each line's own width."""
    columns = np.arange(images.shape[2])[None, None, :, None]
    return np.where(
        columns < widths[:, None, None, None], images, PADDING
    ).astype("float32")
