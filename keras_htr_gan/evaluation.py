"""Restored lines against the clean image and against the text."""

from keras.ops import convert_to_numpy

from keras_htr_gan.metrics.image import psnr, ssim
from keras_htr_gan.metrics.reading import (
    character_error_rate,
    word_error_rate,
)

BATCH_SIZE = 32


def read(recognizer, images, widths):
    """What a recogniser reads, by greedy decoding.

    Args:
        recognizer: `Recognizer`.
        images: float32 `(lines, height, width, 1)`, 0 = ink, 1 = paper.
        widths: int32 `(lines,)`, the lines' own widths.

    Returns:
        list of str.
    """
    logits = recognizer.predict(images, batch_size=BATCH_SIZE, verbose=0)
    labels = convert_to_numpy(recognizer.decode(logits, widths))
    return [recognizer.charset.decode(row) for row in labels.tolist()]


class Evaluation:
    """A fixed set of lines on which generators are scored.

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
            for labels, length in zip(
                batches.column("labels"),
                batches.column("label_lengths"),
                strict=True,
            )
        ]

    def restore(self, model, lines=None):
        """The lines (the first `lines` of them) restored by an `HTRGAN`."""
        return model.predict(
            self.degraded[:lines], batch_size=BATCH_SIZE, verbose=0
        )

    def score(self, images):
        """PSNR, SSIM, CER and WER of images of these lines, as a dict."""
        return {
            "PSNR": psnr(self.clean, images, self.widths),
            "SSIM": ssim(self.clean, images, self.widths),
            **self.score_reading(images),
        }

    def score_reading(self, images):
        """CER and WER alone."""
        readings = read(self.recognizer, images, self.widths)
        return {
            "CER": character_error_rate(self.texts, readings),
            "WER": word_error_rate(self.texts, readings),
        }

    def samples(self, model, lines=8):
        """Rows to look at: images cut to their line, text and reading.

        Returns:
            list of dict with `degraded`, `restored`, `clean` (float32
            `(height, width)`), `text`, `reading` of the restored line and
            `degraded_reading`.
        """
        widths = self.widths[:lines]
        restored = self.restore(model, lines)
        readings = read(self.recognizer, restored, widths)
        degraded = read(self.recognizer, self.degraded[:lines], widths)
        return [
            {
                "degraded": self.degraded[i, :, :width, 0],
                "restored": restored[i, :, :width, 0],
                "clean": self.clean[i, :, :width, 0],
                "text": self.texts[i],
                "reading": readings[i],
                "degraded_reading": degraded[i],
            }
            for i, width in enumerate(widths)
        ]
