"""Two documents, page by page and pixel by pixel."""

import dataclasses
import itertools

import cv2
import numpy as np

from keras_htr_gan.images.documents import SUFFIXES, read_pages
from keras_htr_gan.images.pdf_scans import LeftPage, read_scans

# What another processor, or another version of a library, may change: levels
# of 255; of files that lose a little, as JPEG does, these; and in black and
# white single pixels on the edges of ink, this share of them at most.
LEVELS, LOSSY_LEVELS, FLIPPED = 1, 8, 1e-4
# A square of flipped pixels of this side is no edge.
SQUARE = 3


@dataclasses.dataclass(frozen=True)
class Comparison:
    """How two documents differ.

    Args:
        same: bool, whether no more than two machines may differ by.
        largest: int, the largest difference of a pixel, of 255.
        share: float, of the pixels that differ by more than that is allowed.
        shape: str, what else differs: pages or their sizes; or `None`.
    """

    same: bool
    largest: int = 0
    share: float = 0.0
    shape: str | None = None

    def tell(self):
        """What was found, in a few words: str."""
        if self.shape is not None:
            return f"differs ({self.shape})"
        if self.same:
            return "same" + (f" (within {self.largest})" * (self.largest > 0))
        return (
            f"differs (largest difference {self.largest} of 255, "
            f"{100 * self.share:.2g} % of the pixels)"
        )


def compare_documents(one, other, binary=False):
    """Compares two documents.

    Args:
        one, other: `Path`.
        binary: bool, whether they are black and white.

    Returns:
        `Comparison`; of PDFs, of their scans alone.

    Raises:
        ImageError, OSError: if one cannot be read.
    """
    largest = apart = pixels = 0
    square = False
    pages = itertools.zip_longest(read_pixels(one), read_pixels(other))
    for number, (found, made) in enumerate(pages, 1):
        if found is None or made is None:
            return Comparison(False, shape="another number of pages")
        (left, _), (right, lossy) = found, made
        if left.shape != right.shape:
            return Comparison(False, shape=f"page {number} has another size")
        if not left.size:
            continue
        difference = cv2.absdiff(left, right)
        if difference.ndim == 3:
            difference = difference.max(axis=2)
        largest = max(largest, int(difference.max()))
        beyond = difference > (LOSSY_LEVELS if lossy else LEVELS)
        apart += int(np.count_nonzero(beyond))
        pixels += beyond.size
        square = square or has_square(beyond)
    share = apart / max(1, pixels)
    same = not apart or (binary and share <= FLIPPED and not square)
    return Comparison(same, largest, share)


def has_square(marked):
    """Whether all pixels of some square are marked: bool."""
    around = np.ones((SQUARE, SQUARE), "uint8")
    return bool(cv2.erode(marked.view("uint8"), around).any())


def read_pixels(path):
    """The pages of a document, each decoded when it is asked for.

    Args:
        path: `Path`.

    Yields:
        `(pixels, lossy)`: uint8 `(rows, columns)` or with colours, of a page of
        a PDF without a scan none; and whether they are kept as JPEG.
    """
    kind = SUFFIXES.get(path.suffix.lower())
    for page in (read_scans if kind == "PDF" else read_pages)(path):
        if isinstance(page, LeftPage):
            yield np.zeros((0, 0), "uint8"), False
            continue
        pixels = page.colour
        if pixels is None:
            pixels = np.uint8(np.round(255 * page.grey))
        pieces = page.place.pieces if page.place is not None else ()
        yield pixels, kind == "JPEG" or any(piece.lossy for piece in pieces)
