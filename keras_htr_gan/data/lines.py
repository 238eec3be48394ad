"""A user's lines, as every reader hands them over."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from keras_htr_gan.images.decoding import load_grey


@dataclasses.dataclass(frozen=True)
class Line:
    """One line of text and where its images are.

    Args:
        name: str that finds the line again: a file, and a row or an id in it.
        text: str, Unicode NFC, not empty.
        clean: path or `Cell` of the clean image, or `None`.
        degraded: path or `Cell` of a real degraded one, or `None`.
        columns: what else the data says: `page`, `writer`, `split`, ...
        size: `(width, height)` of the clean image (the degraded one where
            there is none) in pixels, once it has been decoded.
        digest: str, equal for equal images, once decoded.
        turned: tuple of `"clean"` and `"degraded"`, the images that are white
            on black and are turned into their negatives, once decoded.
    """

    name: str
    text: str
    clean: Any = None
    degraded: Any = None
    columns: Mapping = dataclasses.field(default_factory=dict)
    size: tuple[int, int] | None = None
    digest: str = ""
    turned: tuple[str, ...] = ()

    def load(self, side):
        """Decodes an image of the line, dark ink on light paper.

        Args:
            side: `"clean"` or `"degraded"`, which there must be.

        Returns:
            float32 `(height, width)`, 0 = ink, 1 = paper.

        Raises:
            ImageError: see `load_grey`.
        """
        image = load_grey(getattr(self, side))
        return 1 - image if side in self.turned else image


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something in the data that cannot be used.

    Args:
        name: str, the file and what in it.
        reason: str, a few words.
    """

    name: str
    reason: str

    def __str__(self):
        return f"{self.name}: {self.reason}"


@dataclasses.dataclass(frozen=True)
class Collection:
    """What a reader found.

    Args:
        lines: tuple of `Line`.
        problems: tuple of `Problem`.
        notes: tuple of str, what else there is to say: nothing is wrong.
    """

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
