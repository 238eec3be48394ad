"""Restores lines and pages of any size and resolution."""

import cv2
import numpy as np

from keras_htr_gan.images.batches import batch_lines
from keras_htr_gan.images.scaling import scale_line
from keras_htr_gan.pixels import PADDING

TILE, MARGIN, GRID = 960, 96, 64
BANDS, EDGE = 8, 0.06
LINE_SHAPE, LINE_HEIGHT = 3.0, 300
ESTIMATED_ON = 4_000_000
STRIPS, LOWEST_LINE, PEAK = 6, 10, 0.5
LINES_OF_A_PAGE = 30
LARGEST_SCALE, LARGEST_PAGE = 4.0, 60_000_000
ROWS = 512
INK_VALUE = 0.15


class Restorer:
    """Restores grey images with a model.

    Args:
        model: `HTRGAN`, or what `OnnxGenerator` made of one.
    """

    def __init__(self, model):
        self.model = model
        self.line_height = model.line_height

    def restore(self, image, text_height=None, kind="auto", progress=None):
        """Restores a line or a page.

        Args:
            image: float32 `(height, width)`, 0 = ink, 1 = paper.
            text_height: float, pixels from one line of writing to the next;
                `None` to estimate it. Not used for lines.
            kind: `"line"`, `"page"`, or `"auto"`: what is flat and low is a
                line.
            progress: function called now and then with the share of the
                image that it was, or `None`.

        Returns:
            float32 of the same shape, 0 to 1.
        """
        if kind == "auto":
            kind = "line" if is_line(image) else "page"
        if kind == "line":
            restored = restore_lines(self.model, [image])[0]
        else:
            scale = self.line_height / (text_height or text_height_of(image))
            most = (LARGEST_PAGE / image.size) ** 0.5
            page = resized(image, min(scale, LARGEST_SCALE, most))
            restored = self.restore_page(page, progress)
        return scale_line(restored, image.shape[0], image.shape[1])

    def restore_page(self, page, progress=None):
        """Restores a page whose writing has the height of the model's lines.

        It goes through in bands as high as a line, which is what the model
        knows, and as long as `TILE` and a margin. They overlap by half, and
        fade into each other.

        Args:
            page: float32 `(height, width)`.
            progress: see `restore`.

        Returns:
            float32 of the same shape.
        """
        rows, columns = page.shape
        height = self.line_height
        step = height // 2
        below = height + -rows % step
        page = np.pad(page, ((height, below), (0, 0)), mode="reflect")
        starts = range(0, len(page) - height + 1, step)
        fade = fading(height)
        sums, weights = np.zeros_like(page), np.zeros((len(page), 1), "float32")
        pieces = parts(columns)
        for first in range(0, len(starts), BANDS):
            some = starts[first : first + BANDS]
            for left, wide in pieces:
                shape = height, wide + 2 * MARGIN
                bands = [cut(page, top, left - MARGIN, shape) for top in some]
                output = self.model.predict_on_batch(np.stack(bands)[..., None])
                middle = output[:, :, MARGIN:-MARGIN, 0]
                for top, band in zip(some, middle, strict=True):
                    part = sums[top : top + height, left : left + wide]
                    part += fade * band[:, : part.shape[1]]
                if progress is not None:
                    progress(len(some) / len(starts) / len(pieces))
            for top in some:
                weights[top : top + height] += fade
        sums /= weights
        return sums[height : height + rows]


def restore_lines(model, lines):
    """Restores lines, each for itself.

    Args:
        model: see `Restorer`.
        lines: list of float32 `(height, width)`, 0 = ink, 1 = paper.

    Returns:
        list of float32, of the height of the model's lines, 0 to 1.
    """
    restored = [None] * len(lines)
    for numbers, images, widths in batch_lines(lines, model.line_height):
        batch = model.predict_on_batch(images)
        for i, image, width in zip(numbers, batch, widths, strict=True):
            restored[i] = image[:, :width, 0]
    return restored


def fading(height):
    """The weight of each row of a band: float32 `(height, 1)`."""
    rows = np.arange(height) + 0.5
    inside = np.minimum(rows, height - rows) - EDGE * height
    return np.maximum(inside, 0.01)[:, None].astype("float32")


def parts(side):
    """Cuts a side into equal parts: list of `(start, length)` in pixels."""
    count = -(-side // TILE)
    length = -(-side // (count * GRID)) * GRID
    return [(i * length, length) for i in range(-(-side // length))]


def cut(page, top, left, shape):
    """A band of a page; what lies beyond its sides is `PADDING`."""
    band = np.full(shape, PADDING, "float32")
    x = max(left, 0)
    inside = page[top : top + shape[0], x : left + shape[1]]
    band[:, x - left : x - left + inside.shape[1]] = inside
    return band


def is_line(image):
    rows, columns = image.shape
    return columns >= LINE_SHAPE * rows and rows <= LINE_HEIGHT


def resized(image, scale):
    rows, columns = image.shape
    return scale_line(
        image, max(8, round(rows * scale)), max(8, round(columns * scale))
    )


def text_height_of(image):
    """Pixels from one line of writing to the next, estimated.

    Where the rows with much ink repeat: the first high peak of the
    autocorrelation of their profile, over vertical strips, so that lines need
    not be level. Ruled lines are taken out first.

    Args:
        image: float32 `(height, width)`, 0 = ink, 1 = paper.

    Returns:
        float; where nothing repeats, that of a page with `LINES_OF_A_PAGE`.
    """
    rows, columns = image.shape
    shrunk = min(1.0, (ESTIMATED_ON / (rows * columns)) ** 0.5)
    small = resized(image, shrunk) if shrunk < 1 else image
    paper = cv2.GaussianBlur(small, (0, 0), max(8, min(small.shape) / 25))
    ink = np.clip(paper - small - 0.02, 0, None)
    along = np.ones((1, max(40, small.shape[1] // 12)), "uint8")
    ink -= cv2.morphologyEx(ink, cv2.MORPH_OPEN, along)
    likeness = np.mean(
        [
            autocorrelation(strip.sum(axis=1))
            for strip in np.array_split(ink, min(STRIPS, ink.shape[1]), axis=1)
        ],
        axis=0,
    )[: len(ink) // 2]
    below = np.flatnonzero(likeness[LOWEST_LINE:] < 0) + LOWEST_LINE
    if len(below):
        start = below[0]
        inner = likeness[start + 1 : -1]
        peaks = (
            (inner >= PEAK * likeness[start:].max())
            & (inner >= likeness[start:-2])
            & (inner >= likeness[start + 2 :])
            & (inner > 0)
        )
        if peaks.any():
            return float(start + 1 + np.argmax(peaks)) / shrunk
    return rows / LINES_OF_A_PAGE


def autocorrelation(profile):
    """Of a profile without its slow changes; 1 at lag 0, or 0 everywhere."""
    count = len(profile)
    slow = cv2.GaussianBlur(profile[:, None], (0, 0), max(3, count / 12))
    spectrum = np.fft.rfft(profile - slow.ravel(), 2 * count)
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)[:count]
    overlap = 1 - np.arange(count) / count
    return likeness / max(likeness[0], 1e-9) / np.maximum(overlap, 0.3)


def finished(page, restored, strength=1.0, mode="grey"):
    """The restored page as it is written.

    Args:
        page: `Page`.
        restored: float32 `(height, width)`.
        strength: float, 0 for the page as it was, 1 for the restored one.
        mode: `"grey"`, `"binarize"`, or `"colour"`, with ink in the colour
            that it has on the page.

    Returns:
        uint8 `(height, width)` or `(height, width, 3)`; bool if binarised.
    """
    in_colour = mode == "colour" and page.colour is not None
    shape = page.colour.shape if in_colour else restored.shape
    image = np.empty(shape, bool if mode == "binarize" else "uint8")
    # A part at a time, as a page in colour and float takes much memory.
    for top in range(0, len(image), ROWS):
        part = slice(top, top + ROWS)
        clean, found = restored[part], page.grey[part]
        if in_colour:
            colour = page.colour[part].astype("float32") / 255
            ink = np.clip(colour - found[..., None] + INK_VALUE, 0, 1)
            clean = clean[..., None]
            clean, found = clean + (1 - clean) * ink, colour
        blend = clean * strength + found * (1 - strength)
        if mode == "binarize":
            image[part] = blend > 0.5
        else:
            image[part] = np.round(255 * np.clip(blend, 0, 1))
    return image
