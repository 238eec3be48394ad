"""Restored lines against the clean image and against the text."""

from keras_htr_gan.evaluation.metrics.image import psnr, ssim
from keras_htr_gan.evaluation.metrics.reading import (
    character_error_rate,
    word_error_rate,
)
from keras_htr_gan.reading.lines import read
from keras_htr_gan.restoration.restorer import restore_lines

RATES = {"CER": character_error_rate, "WER": word_error_rate}
PREFIXES = {"recogniser": "", "judge": "judge_", "outside": "outside_"}


class Evaluation:
    """A fixed set of lines on which generators are scored.

    Images of these lines are lists of float32 `(height, width)`, 0 = ink,
    1 = paper.

    Args:
        lines: list of dict: `degraded`, `text`, and `clean`, which none of
            them needs to have; `page` where it is known.
        recognizer: `Recognizer`, the reader.
        judge: `Recognizer`, a second reader, or `None`.
        outside: `OutsideReader`, a third, or `None`.

    Attributes:
        pages: list of str, or `None` for a line whose page is not known. If
            all are of one page, it is known of none.
    """

    def __init__(self, lines, recognizer, judge=None, outside=None):
        self.recognizer = recognizer
        self.judge = judge
        self.outside = outside
        self.texts = [line["text"] for line in lines]
        self.degraded = [line["degraded"] for line in lines]
        self.clean = [line["clean"] for line in lines if "clean" in line]
        pages = [line.get("page") for line in lines]
        self.pages = pages if len({*pages}) > 1 else [None] * len(lines)

    def groups(self):
        """The page of each line, or itself where none is known: list of str."""
        return [page or f"line {i}" for i, page in enumerate(self.pages)]

    def restore(self, model):
        """The lines restored by an `HTRGAN` of their height."""
        return restore_lines(model, self.degraded)

    def readings(self, images, beam_width=1):
        """What each reader reads, see `read`.

        Returns:
            dict of `"recogniser"`, and where there are such `"judge"` and
            `"outside"`, to list of str.
        """
        readers = {"recogniser": self.recognizer, "judge": self.judge}
        readings = {
            name: read(reader, images, beam_width)
            for name, reader in readers.items()
            if reader is not None
        }
        if self.outside is not None:
            readings["outside"] = self.outside.read(images)
        return readings

    def score(self, images):
        """PSNR, SSIM and what `score_reading` says of images, as a dict."""
        return self.score_pixels(images) | self.score_reading(images)

    def score_pixels(self, images):
        """PSNR and SSIM alone."""
        return {
            "PSNR": psnr(self.clean, images),
            "SSIM": ssim(self.clean, images),
        }

    def score_reading(self, images, beam_width=1):
        """CER and WER; by the other readers `judge_CER`, `outside_CER`, ..."""
        return self.score_readings(self.readings(images, beam_width))

    def score_readings(self, readings):
        """The same of what `readings` returned."""
        return {
            f"{PREFIXES[reader]}{name}": rate(self.texts, texts)
            for reader, texts in readings.items()
            for name, rate in RATES.items()
        }

    def samples(self, model):
        """Rows to look at: images, text and readings.

        Returns:
            list of dict with `degraded`, `restored`, `clean`, `text`,
            `reading` of the restored line and `degraded_reading`.
        """
        restored = self.restore(model)
        columns = {
            "degraded": self.degraded,
            "restored": restored,
            "clean": self.clean,
            "text": self.texts,
            "reading": read(self.recognizer, restored),
            "degraded_reading": read(self.recognizer, self.degraded),
        }
        return [
            dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]
