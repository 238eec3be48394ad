"""Ink that is taken out of a clean line, before it is aged: what is then read
or restored there was not written."""

import cv2
import numpy as np

from keras_htr_gan.evaluation.composing import FAINTEST
from keras_htr_gan.evaluation.invented import INK

SPANS = ("words", "letters", "half strokes")
# Of a line's height: the widest gap within a word, and how wide a word and a
# letter are.
WITHIN_WORD, WORD, LETTER = 0.12, (0.5, 4.0), (0.25, 0.6)
# Letters are cut apart where a column has no more ink than this share of those
# of its word.
THIN = 0.3
# Of a line's height: how far the edge of a stroke reaches, how large the paper
# is that is laid over it, and how long a stroke is that is the ruling.
EDGE, PATCH, RULE = 1 / 40, 0.15, 0.5


def erase_span(line, kind, rng):
    """Takes one span of ink out of a line.

    What lies under it becomes what is round about, so the paper of a line is
    the same with the span and without it, and ages alike.

    Args:
        line: float32 `(height, width)`, 0 = ink, 1 = paper.
        kind: str, of `SPANS`: a word, from gap to gap; a letter, from one thin
            place of a word to another; or the upper or lower half of such.
        rng: `numpy.random.Generator`.

    Returns:
        float32 of the same shape, or `None` if the line has no such span that
        leaves other ink.
    """
    ink = find_own_ink(line)
    words = find_words(ink)
    if len(words) < 2:
        return None
    start, stop = words[rng.integers(len(words))]
    if kind != "words":
        letters = find_letters(ink[:, start:stop])
        if not letters:
            return None
        first, last = letters[rng.integers(len(letters))]
        start, stop = start + first, start + last
    rows = np.flatnonzero(ink[:, start:stop].any(axis=1))
    if not len(rows):
        return None
    top, middle, bottom = 0, (rows[0] + rows[-1] + 1) // 2, len(ink)
    if kind == "half strokes":
        upper = rng.random() < 0.5
        top, bottom = (top, middle) if upper else (middle, bottom)
    return lay_paper_over(line, np.s_[top:bottom, start:stop])


def lay_paper_over(line, span):
    """A line without the ink within a span, a pair of slices."""
    side = 2 * max(1, round(EDGE * len(line))) + 1
    near = np.ones((side, side), "uint8")
    ink = cv2.dilate(np.uint8(line < 1.0 - FAINTEST), near)
    weight = np.float32(ink == 0)
    around = (0, 0), max(1.0, PATCH * len(line))
    # Where all around is ink, it is as light as the lightest paper.
    light = cv2.GaussianBlur(weight * line, *around) + 1e-4
    paper = light / (cv2.GaussianBlur(weight, *around) + 1e-4)
    erased = line.copy()
    erased[span] = np.where(ink[span] > 0, paper[span], line[span])
    return erased


def find_own_ink(line):
    """What is written on a line, without its ruling and specks: bool."""
    ink = np.uint8(line < INK)
    rule = np.ones((1, max(3, round(RULE * len(line)))), "uint8")
    ink -= cv2.morphologyEx(ink, cv2.MORPH_OPEN, rule)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    longer = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    some = longer > 2 * EDGE * len(line)
    some[0] = False
    return some[labels]


def find_words(ink):
    """The words of a line that may be erased: list of `(start, stop)`, columns.

    Args:
        ink: bool `(height, width)`.
    """
    rows = len(ink)
    written = np.flatnonzero(ink.any(axis=0))
    if not len(written):
        return []
    gaps = np.flatnonzero(np.diff(written) > WITHIN_WORD * rows)
    starts = written[np.r_[0, gaps + 1]]
    stops = written[np.r_[gaps, len(written) - 1]] + 1
    low, high = (share * rows for share in WORD)
    return [
        (int(start), int(stop))
        for start, stop in zip(starts, stops, strict=True)
        if low <= stop - start <= high
    ]


def find_letters(ink):
    """Stretches of a word as wide as a letter, between thin places.

    Args:
        ink: bool `(height, width)`, of a word.

    Returns:
        list of `(start, stop)`, columns.
    """
    thickness = ink.sum(axis=0)
    level = np.quantile(thickness, THIN)
    thin = np.r_[0, np.flatnonzero(thickness <= level), ink.shape[1]]
    low, high = (share * len(ink) for share in LETTER)
    return [
        (int(start), int(stop))
        for start in thin
        for stop in thin
        if low <= stop - start <= high
    ]
