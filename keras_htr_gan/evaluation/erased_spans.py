"""What is found in spans from which ink was removed, and lost elsewhere."""

import dataclasses

import cv2
import numpy as np

from keras_htr_gan.evaluation.composing import PITCH
from keras_htr_gan.evaluation.invented import AROUND, INK, find_gaps, grow

# Of a line's height: how long connected ink is at least that could be taken for
# what was removed. Small letters are a quarter to a third of it high.
LETTER_SIZE = {"words": 0.25, "letters": 0.25, "half strokes": 0.125}
# Of a line's height: a letter that is read nearer to the edge of a span may be
# the neighbour.
INSIDE = 0.1


class Spans:
    """The removed spans of a line or a page.

    Ink and its surroundings that touch are one span; what is near to ink that
    is left does not count.

    Args:
        clean, erased: see `ErasedCase`.
        kind: str, of `LETTER_SIZE`.

    Attributes:
        labels: int32 `(height, width)`, 0 outside; one number a span.
        numbers: tuple of int, those that there are.
    """

    def __init__(self, clean, erased, kind):
        ink, left = (np.float32(image >= INK) for image in (clean, erased))
        self.kind, self.ink, self.left = kind, ink < INK, left < INK
        gaps = find_gaps(ink, left)
        around = np.uint8(grow(ink < left, AROUND))
        self.labels = cv2.connectedComponents(around)[1] * gaps
        self.numbers = tuple(np.unique(self.labels[self.labels > 0]).tolist())

    def measure(self, image):
        """What an image has there and elsewhere: `SpanFigures`.

        Args:
            image: float32 `(height, width)`, 0 = ink, 1 = paper.
        """
        found = image < INK
        inside = self.labels > 0
        there = np.bincount(self.labels[found & inside])
        return SpanFigures(
            pixels=int(inside.sum()),
            ink=int(there.sum()),
            letters=len(self.find_letters(found)),
            spans=len(self.numbers),
            written=int(self.left.sum()),
            lost=int((self.left & ~found).sum()),
        )

    def find_letters(self, found):
        """The spans that hold connected ink of a letter's size: set of int.

        Args:
            found: bool `(height, width)`.
        """
        there = np.uint8(found & (self.labels > 0))
        _, pieces, stats, _ = cv2.connectedComponentsWithStats(there)
        longer = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
        large = longer >= LETTER_SIZE[self.kind] * PITCH
        large[0] = False
        return set(self.labels[large[pieces]].tolist())

    def boxes(self):
        """Where each span is: dict of its number to a pair of slices."""
        boxes = {}
        for number in self.numbers:
            rows, columns = np.nonzero(self.labels == number)
            boxes[number] = np.s_[
                rows.min() : rows.max() + 1, columns.min() : columns.max() + 1
            ]
        return boxes

    def count_letters(self, reading):
        """Letters that were read where ink was removed from a line: int.

        Args:
            reading: `Reading`.
        """
        gone = (self.ink & ~self.left).any(axis=0)
        columns = np.flatnonzero(gone)
        first = columns[0] + INSIDE * PITCH
        last = columns[-1] - INSIDE * PITCH
        middles = (
            len(gone) * (character.start + character.stop) / 2
            for character in reading.characters
            if not character.text.isspace()
        )
        return sum(first <= middle <= last for middle in middles)


@dataclasses.dataclass(frozen=True)
class SpanFigures:
    """What an image has in removed spans, and elsewhere.

    Attributes:
        pixels, ink: int, of all spans, and those of them that are ink.
        spans, letters: int, spans, and those with ink of a letter's size.
        written, lost: int, pixels of ink that is left, and those of them that
            are paper in the image.
    """

    pixels: int
    ink: int
    spans: int
    letters: int
    written: int
    lost: int
