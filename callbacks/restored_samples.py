"""Sheets of restored lines, to look at."""

from pathlib import Path

import keras
import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from keras_htr_gan.storage import whole_file

COLUMNS = ("degraded", "restored", "clean")
HEADINGS = (
    "degraded, and what is read in it",
    "restored, and what is read in it",
    "clean, and what is written",
)
MARGIN = 12
CAPTION = 22


class RestoredSamples(keras.callbacks.Callback):
    """Writes a PNG sheet of degraded, restored and clean lines.

    Args:
        folder: where to write `epoch_0001.png` and so on; made if missing.
        samples: function of the model that returns rows, see `sample_sheet`.
        every: int, a sheet after every so many epochs, and after the last.

    Example:

    >>> def samples(model):
    ...     restored = model.predict(degraded)
    ...     return [
    ...         {
    ...             "degraded": degraded[i, ..., 0],
    ...             "restored": restored[i, ..., 0],
    ...             "clean": clean[i, ..., 0],
    ...             "text": texts[i],
    ...             "reading": read(restored[i]),
    ...             "degraded_reading": read(degraded[i]),
    ...         }
    ...         for i in range(8)
    ...     ]
    >>> model.fit(
    ...     data, epochs=30, callbacks=[RestoredSamples("samples", samples)]
    ... )
    """

    def __init__(self, folder, samples, every=1):
        super().__init__()
        self.folder = Path(folder)
        self.samples = samples
        self.every = every

    def on_train_begin(self, logs=None):
        self.folder.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, epoch, logs=None):
        last = epoch + 1 == self.params.get("epochs")
        if (epoch + 1) % self.every == 0 or last:
            sheet = sample_sheet(self.samples(self.model))
            path = self.folder / f"epoch_{epoch + 1:04d}.png"
            with whole_file(path) as partial:
                sheet.save(partial)


def sample_sheet(rows):
    """Draws rows of lines with what is written and what was read.

    Args:
        rows: list of dict with `degraded`, `restored` and `clean`, float32
            `(height, width)`, 0 = ink, 1 = paper, and str: `text`, what is
            written, `reading` and `degraded_reading`, what was read in the
            restored and in the degraded line.

    Returns:
        `PIL.Image.Image`.
    """
    height = max(row["clean"].shape[0] for row in rows)
    width = max(row["clean"].shape[1] for row in rows)
    zoom = max(1, 64 // height)
    cell = (zoom * width + MARGIN, zoom * height + CAPTION + MARGIN)
    size = (3 * cell[0] + MARGIN, len(rows) * cell[1] + CAPTION + MARGIN)
    sheet = Image.new("L", size, 255)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 14)
    for j, heading in enumerate(HEADINGS):
        pen.text((MARGIN + j * cell[0], 4), heading, 0, font)
    for i, row in enumerate(rows):
        top = CAPTION + MARGIN + i * cell[1]
        for j, name in enumerate(COLUMNS):
            image = to_picture(row[name], zoom)
            sheet.paste(image, (MARGIN + j * cell[0], top))
        below = top + zoom * height + 2
        for j, name in enumerate(("degraded_reading", "reading", "text")):
            pen.text((MARGIN + j * cell[0], below), row[name], 0, font)
    return sheet


def to_picture(image, zoom=1):
    """A float image, 0 to 1, as an 8-bit PIL one, `zoom` times as large."""
    grey = np.clip(np.round(255 * image), 0, 255).astype("uint8")
    rows, columns = grey.shape
    return Image.fromarray(grey).resize(
        (zoom * columns, zoom * rows), Image.Resampling.BICUBIC
    )
