"""Lines and pages that lack some of their ink from the beginning."""

import dataclasses
import zlib

import numpy as np

from keras_htr_gan.data.recipes import RECIPES, degrade
from keras_htr_gan.evaluation.composing import (
    KINDS,
    PITCH,
    measure_darkness,
    write_lines,
)
from keras_htr_gan.evaluation.erasing import erase_span

SEED, TRIES = 7, 40
# Of drawn lines, which are endless, so many are there to choose from.
DRAWN = 100_000
# A page is as wide as these, of its lines' height.
LONGEST_LINE = 7


@dataclasses.dataclass(frozen=True)
class ErasedCase:
    """A line or a page that lacks some of its ink.

    Attributes:
        where: str, `"lines"` or `"pages"`.
        severity, kind: str, of `RECIPES` and `SPANS`.
        page: str, what the line is of, or a name of its own.
        clean, erased: float32 `(height, width)`, 0 = ink, 1 = paper, with that
            ink and without it.
        whole, aged: float32 of the same shape, both as they have aged.
    """

    where: str
    severity: str
    kind: str
    page: str
    clean: np.ndarray
    erased: np.ndarray
    whole: np.ndarray
    aged: np.ndarray


def make_case(source, where, severity, kind, number, papers=()):
    """One of the cases, always the same: see `ErasedCase`.

    Args:
        source: see `open_split`, of lines of `PITCH` pixels.
        number: int, from 0.
        papers: see `degrade`.

    Returns:
        `ErasedCase`, or `None` if of `TRIES` lines none has such a span.
    """
    # The same lines and textures for each severity.
    key = [SEED, number, zlib.crc32(f"{where}, {kind}".encode())]
    rng = np.random.default_rng(key)
    if where == "lines":
        page, clean, erased = erase_from_line(source, kind, rng)
    else:
        page, clean, erased = erase_from_page(source, kind, rng)
    if erased is None:
        return None
    other = draw(source, rng)["clean"]
    whole, aged = (
        degrade(
            image,
            np.random.default_rng([*key, 1]),
            other,
            RECIPES[severity],
            PITCH,
            papers,
        )
        for image in (clean, erased)
    )
    page = page or f"{where} {kind} {number}"
    return ErasedCase(where, severity, kind, page, clean, erased, whole, aged)


def draw(source, rng):
    """One of the lines of a source: dict."""
    count = len(source) if source.finite else DRAWN
    return source[int(rng.integers(count))]


def erase_from_line(source, kind, rng):
    """A line, with a span of it and without: page, and two images."""
    for _ in range(TRIES):
        line = draw(source, rng)
        erased = erase_span(line["clean"], kind, rng)
        if erased is not None:
            return line.get("page"), line["clean"], erased
    return None, None, None


def erase_from_page(source, kind, rng):
    """The same of a page of which nearly every line lacks a span."""
    pairs = []

    def next_line():
        line = draw(source, rng)["clean"][:, : LONGEST_LINE * PITCH]
        line = 1.0 - measure_darkness(line, PITCH)
        erased = erase_span(line, kind, rng)
        pairs.append((line, line if erased is None else erased))
        return line

    layout = int(rng.integers(2**32))
    plain = KINDS["plain"]
    clean = write_lines(plain, next_line, np.random.default_rng(layout))
    if all(line is erased for line, erased in pairs):
        return None, None, None
    without = iter([erased for _, erased in pairs])
    erased = write_lines(
        plain, lambda: next(without), np.random.default_rng(layout)
    )
    return None, 1.0 - clean, 1.0 - erased
