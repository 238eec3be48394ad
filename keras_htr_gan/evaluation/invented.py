"""Ink that is found where there is none: on blank paper and in gaps."""

import dataclasses

import cv2
import numpy as np

from keras_htr_gan.evaluation.composing import KINDS, PITCH

INK = 0.5
# Of a line's height: how far around what is missing a gap reaches, and how near
# to ink that is there it does not.
AROUND, APART = 0.2, 0.06
PLACES = ("blank paper", "erased words")


def erase_from(kind):
    """The kind of page whose lines each lack a word or so: `Kind`."""
    return dataclasses.replace(kind, erased=True)


def find_gaps(ink, erased):
    """Where ink was erased.

    Args:
        ink, erased: float32 `(height, width)`, 0 = ink, 1 = paper: of a page
            and of the same one with words erased.

    Returns:
        bool `(height, width)`: what was ink and its surroundings, and no ink
        is near.
    """
    gone = grow(ink < erased, AROUND)
    return gone & ~grow(erased < INK, APART)


def grow(mask, by):
    side = 2 * round(by * PITCH) + 1
    round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.dilate(np.uint8(mask), round_) > 0


def measure_invented(ways, write_page, papers, pages):
    """The share of the pixels of empty places that are taken for ink.

    Args:
        ways: dict of name to function of a page, float32 `(height, width)`,
            to what is found on it, 0 = ink, 1 = paper.
        write_page: function of a `Kind` and a number to a page and its ink.
        papers: list of float32 images of blank paper.
        pages: int, from which words are erased.

    Returns:
        dict of `PLACES` to dict of way to float, 0 to 1.
    """
    kind = KINDS["plain"]
    shares = {place: {name: [] for name in ways} for place in PLACES}
    for number in range(pages):
        page, erased = write_page(erase_from(kind), number)
        gaps = find_gaps(write_page(kind, number)[1], erased)
        for name, find in ways.items():
            shares["erased words"][name].append(np.mean(find(page)[gaps] < INK))
    for paper in papers:
        for name, find in ways.items():
            shares["blank paper"][name].append(np.mean(find(paper) < INK))
    return {
        place: {name: float(np.mean(x)) for name, x in found.items()}
        for place, found in shares.items()
    }
