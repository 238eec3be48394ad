"""Restores lines and pages of any size and resolution."""

import os
import typing
from pathlib import Path

import numpy as np

from keras_htr_gan.errors import UserError
from keras_htr_gan.images.batches import batch_lines
from keras_htr_gan.images.decoding import ImageError
from keras_htr_gan.images.documents import count_pages, read_pages
from keras_htr_gan.images.scaling import scale_line
from keras_htr_gan.restoration.borders import (
    clear_borders,
    clear_outlines,
    cover_borders,
)
from keras_htr_gan.restoration.layout import is_line
from keras_htr_gan.restoration.looking import look_at
from keras_htr_gan.restoration.other_side import take_out_other_side
from keras_htr_gan.restoration.refining import refine
from keras_htr_gan.restoration.text_height import (
    estimate_text_height,
    scale_by,
)
from keras_htr_gan.runtimes.identity import identify_model
from keras_htr_gan.runtimes.loading import load_restoring_model

WIDEST, MARGIN, GRID = 2048, 96, 64
# Pixels that go through the model at once.
BATCH = 600_000
# Of a line's height: the rows of a band that do not count, where there are none
# around it that the model has learnt to look at; and lines as high as a band,
# where there are.
EDGE, BAND_LINES = 0.06, 6
# Small writing that is made larger still is too soft for the model.
LARGEST_SCALE, LARGEST_PAGE = 2.5, 60_000_000


class Stretch(typing.NamedTuple):
    """A part of a side that goes through the model, in pixels.

    Args:
        left: int, where it begins.
        wide: int.
        inner: slice of it that counts.
    """

    left: int
    wide: int
    inner: slice


class Restorer:
    """Restores images of lines and pages with a model.

    Example:

        restorer = Restorer.from_preset("latin_small")
        restored = restorer.restore("page.png")

    `restore_files` writes what is restored to files.

    Args:
        model: `HTRGAN`, or `OnnxGenerator`.
        identity: `ModelIdentity`, or `None` where nobody says it.
    """

    def __init__(self, model, identity=None):
        self.model, self.identity = model, identity
        self.line_height = model.line_height

    @classmethod
    def from_preset(cls, name, runtime="auto"):
        """A restorer with the model of a preset, a run or a file.

        Args:
            name: str or path: a shipped preset (`"latin_small"`, ...), the
                folder of a preset or of a run, `"hf://user/name"` of the
                Hugging Face hub, a `.keras` file, or an `.onnx` file that was
                exported.
            runtime: what runs it, see `load_restoring_model`.

        Raises:
            UserError: if it cannot be loaded, or not so.
        """
        model = load_restoring_model(name, runtime)
        return cls(model, identify_model(model, name))

    def restore(
        self,
        image,
        text_height=None,
        kind="auto",
        progress=None,
        polarity="auto",
        keep_borders=False,
        turn="auto",
        sharp=True,
        other_side=None,
    ):
        """Restores a line or a page.

        Args:
            image: float32 `(height, width)`, 0 = ink, 1 = paper; or the path
                of an image or a PDF of one page, which is taken as grey.
            text_height: float, pixels of a line of writing, from one to the
                next where they are close; `None` to estimate it. Not used for
                lines.
            kind: `"line"`, `"page"`, or `"auto"`: what is flat and holds one
                line of writing is a line.
            progress: function called now and then with the share of the
                image that it was, or `None`.
            polarity: `"dark"` ink, `"light"` ink, which is turned into its
                negative first, or `"auto"`: the image is looked at.
            keep_borders: bool, whether what is no paper, see `find_borders`,
                is restored as if it were. It comes out as paper otherwise.
            turn: `"none"`; `"side"` for a page that lies on its side, which is
                turned, restored and turned back; or `"auto"`: it is looked at.
            sharp: bool, whether edges and hairlines are those of the image, see
                `refine`; otherwise they are as soft as the model has them.
            other_side: image or path of the other side of the sheet, or
                `None`: its ink is taken out, see `take_out_other_side`.

        Returns:
            float32 of the same shape, 0 = ink, 1 = paper; also of a path.

        Raises:
            UserError: if the path is of no image that can be read, or of
                several pages.
        """
        if isinstance(image, (str, os.PathLike)):
            image = load_single_page(image)
        if isinstance(other_side, (str, os.PathLike)):
            other_side = load_single_page(other_side)
        if other_side is not None:
            image = take_out_other_side(image, other_side, polarity)
        look = look_at(image, polarity, turn, keep_borders)
        if look.negative:
            image = 1.0 - image
        return self.restore_seen(
            image, look, text_height, kind, progress, sharp
        )

    def restore_seen(
        self,
        image,
        look,
        text_height=None,
        kind="auto",
        progress=None,
        sharp=True,
        tell=None,
    ):
        """Restores dark writing on what was looked at before, see `restore`.

        Args:
            look: `Look`.
            tell: function called with the `kind` and the `text_height` that
                are found, or `None`.
        """
        image = lay_upright(image, look)
        restored = self.restore_upright(
            image, text_height, kind, progress, tell
        )
        return self.finish(image, restored, look, sharp)

    def restore_soft_and_sharp(
        self,
        image,
        look,
        text_height=None,
        kind="auto",
        progress=None,
        tell=None,
    ):
        """As `restore_seen`, in both ways: two float32 `(height, width)`."""
        image = lay_upright(image, look)
        restored = self.restore_upright(
            image, text_height, kind, progress, tell
        )
        return tuple(
            self.finish(image, restored, look, sharp) for sharp in (False, True)
        )

    def finish(self, image, restored, look, sharp):
        """What the model has, as large as the image, and as it lies."""
        if sharp:
            restored = refine(image, restored, self.line_height)
        else:
            restored = scale_line(restored, *image.shape)
        if look.sideways:
            restored = np.ascontiguousarray(np.rot90(restored, -1))
        restored = clear_borders(restored, look.borders)
        return restored if look.whole else clear_outlines(restored)

    def restore_upright(self, image, text_height, kind, progress, tell=None):
        """Restores dark writing on paper alone, in level lines, see
        `restore_seen`.

        Returns:
            float32, at the height of the model's lines.
        """
        if kind == "auto":
            kind = "line" if is_line(image) else "page"
        if kind == "line":
            if tell is not None:
                tell(kind=kind, text_height=None)
            return restore_lines(self.model, [image])[0]
        text_height = text_height or estimate_text_height(image)
        if tell is not None:
            tell(kind=kind, text_height=text_height)
        scale = self.line_height / text_height
        most = (LARGEST_PAGE / image.size) ** 0.5
        page = scale_by(image, min(scale, LARGEST_SCALE, most))
        return self.restore_page(page, progress)

    def restore_page(self, page, progress=None):
        """Restores a page whose writing has the height of the model's lines.

        It goes through in bands as high as what the model knows: several lines
        and the rows around them that it has learnt to look at, or half a line
        and as much around; and as wide as the page, or as `WIDEST`, with
        `MARGIN` on both sides. What was seen of the rows around fades away.

        Args:
            page: float32 `(height, width)`.
            progress: see `restore`.

        Returns:
            float32 of the same shape.
        """
        rows, columns = page.shape
        step, around, fade = self.cut_bands(rows)
        below, right = around + -rows % step, -columns % GRID
        page = np.pad(page, ((around, below), (0, right)), mode="reflect")
        sums, weights = np.zeros_like(page), np.zeros((len(page), 1), "float32")
        tops = range(0, len(page) - len(fade) + 1, step)
        pieces = cut_side(page.shape[1])
        at_once = max(1, BATCH // (len(fade) * pieces[0].wide))
        for first in range(0, len(tops), at_once):
            some = tops[first : first + at_once]
            for left, wide, inner in pieces:
                bands = [
                    page[top : top + len(fade), left : left + wide]
                    for top in some
                ]
                output = self.model.predict_on_batch(np.stack(bands)[..., None])
                for top, band in zip(some, output[..., 0], strict=True):
                    part = sums[top : top + len(fade), left : left + wide]
                    part[:, inner] += fade * band[:, inner]
                if progress is not None:
                    progress(len(some) / len(tops) / len(pieces))
            for top in some:
                weights[top : top + len(fade)] += fade
        inside = np.s_[around : around + rows]
        return sums[inside, :columns] / weights[inside]

    def cut_bands(self, rows):
        """How a page of so many rows is cut into bands.

        Returns:
            Rows from one band to the next, rows above the page where the
            first begins, and the weight of each row of a band, float32
            `(height, 1)`.
        """
        height, context = self.line_height, self.model.context_rows
        if not context:
            return height // 2, height, fade_rows(height)
        lines = -(-rows // height)
        step = height * -(-lines // -(-lines // BAND_LINES))
        return step, context, fade_context(step, context)


def lay_upright(image, look):
    """An image without what is no paper, with level lines: float32."""
    image = cover_borders(image, look.borders)
    return np.ascontiguousarray(np.rot90(image)) if look.sideways else image


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


def fade_rows(height):
    """The weight of each row of a band: float32 `(height, 1)`."""
    rows = np.arange(height) + 0.5
    inside = np.minimum(rows, height - rows) - EDGE * height
    return np.maximum(inside, 0.01)[:, None].astype("float32")


def fade_context(step, context):
    """The same of bands that are looked at with context above and below.

    What has less than three quarters of it does not count.
    """
    rows = np.arange(step + 2 * context) + 0.5
    inside = np.minimum(rows, len(rows) - rows) - 0.75 * context
    return np.clip(inside / context, 0, 0.5)[:, None].astype("float32")


def cut_side(side):
    """Cuts a side into equal pieces that overlap by two margins.

    Args:
        side: int, pixels, a multiple of `GRID`.

    Returns:
        list of `Stretch`.
    """
    if side <= WIDEST:
        return [Stretch(0, side, slice(0, side))]
    count = -(-(side - 2 * MARGIN) // (WIDEST - 2 * MARGIN))
    step = -(-(side - 2 * MARGIN) // (count * GRID)) * GRID
    wide = step + 2 * MARGIN
    lefts = [min(i * step, side - wide) for i in range(count)]
    starts = [0, *(left + MARGIN for left in lefts[1:])]
    ends = [*starts[1:], side]
    return [
        Stretch(left, wide, slice(start - left, end - left))
        for left, start, end in zip(lefts, starts, ends, strict=True)
    ]


def load_single_page(path):
    """The grey image of a file of one page, see `Restorer.restore`."""
    path = Path(path)
    count = count_pages(path)
    if count != 1:
        raise UserError(
            f"{path}: {count} pages; restore_files restores all of a document"
        )
    try:
        (page,) = read_pages(path)
    except (ImageError, OSError) as error:
        raise UserError(f"{path}: {error}") from error
    return page.grey
