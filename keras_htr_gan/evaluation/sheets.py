"""Sheets of which both sides are known: two scans, in each of which the ink of
the other side comes through."""

import dataclasses

import cv2
import numpy as np

from keras_htr_gan.data.paper import spread_paper
from keras_htr_gan.data.textures import smooth_noise
from keras_htr_gan.evaluation.composing import (
    MARGIN,
    PITCH,
    SHADE,
    UNEVEN_LIGHT,
    WORD,
    Kind,
    measure_darkness,
    write_lines,
)

# Of the paper's light, what ink takes, and of that, what the palest lacks.
INK, UNEVEN = 0.7, 0.2
# How high lines of the other side are, of those of this one.
OTHER_PITCH = (0.85, 1.15)
# Pixels: how far ink comes through blurred.
SPREAD = (0.7, 2.0)
# How unevenly it comes through, and of a page, how wide that is.
UNEVENLY, PATCH = 0.1, 0.3


@dataclasses.dataclass(frozen=True)
class Misfit:
    """How the scan of the other side lies off that of this one.

    Attributes:
        shift: float, pixels, in a direction that is drawn.
        turn: float, degrees, to a side that is drawn.
        scale: float, how much larger it is.
        warp: float, pixels by which the paper is bent here and there.
    """

    shift: float = 0.0
    turn: float = 0.0
    scale: float = 1.0
    warp: float = 0.0


@dataclasses.dataclass(frozen=True)
class WrittenSheet:
    """Both sides of a sheet.

    Attributes:
        front, back: float32 `(height, width)`, 0 = black, 1 = white, as they
            are scanned.
        ink: float32 of the same shape, the ink of the front, 0 or 1.
        other_ink: the same of the back, mirrored, where it lies behind.
        texts: list of str, the lines of the front.
        tops: list of int, the row where each begins; all are `PITCH` high.
    """

    front: np.ndarray
    back: np.ndarray
    ink: np.ndarray
    other_ink: np.ndarray
    texts: list
    tops: list


def compose_sheet(next_line, papers, strength, misfit, rng, lines=8):
    """Writes a sheet on both sides.

    Args:
        next_line: function without arguments; each call gives another line,
            see `LineSource`.
        papers: sequence of float32 images, see `find_blank_paper`.
        strength: float, 0 to 1, how dark the ink of the other side comes
            through, of what it is there.
        misfit: `Misfit`. The front is the same whatever it is.
        rng: `numpy.random.Generator`; the same state gives the same sheet.
        lines: int, of the front; 0 leaves it blank.

    Returns:
        `WrittenSheet`.
    """
    front, texts, tops = write_front(next_line, lines, rng)
    shape = front.shape
    back = write_back(next_line, shape, rng)
    inks = [
        dark * (1 - UNEVEN * draw_pale(shape, rng)) for dark in (front, back)
    ]
    spread = rng.uniform(*SPREAD)
    patches = smooth_noise(rng, shape, PATCH)
    comes = strength * np.clip(1 + UNEVENLY * patches, 0.5, 1.5)
    through = [
        comes * cv2.GaussianBlur(ink, (0, 0), spread) for ink in inks[::-1]
    ]
    sides = [np.maximum(*pair) for pair in zip(inks, through, strict=True)]
    scanned = scan(sides[0], papers, rng)
    moved = move(np.ascontiguousarray(sides[1][:, ::-1]), misfit, rng)
    return WrittenSheet(
        front=scanned,
        back=scan(moved, papers, rng),
        ink=np.where(front > 0.5, 0.0, 1.0).astype("float32"),
        other_ink=np.where(back > 0.5, 0.0, 1.0).astype("float32"),
        texts=texts,
        tops=tops,
    )


def write_front(next_line, lines, rng):
    """The lines of the front, one below the other.

    Returns:
        float32 `(height, width)`, 0 = nothing, 1 = ink; the texts; and the
        row where each begins.
    """
    margin = round(MARGIN * PITCH)
    drawn = [next_line() for _ in range(max(1, lines))]
    inks = [measure_darkness(line["clean"], PITCH) for line in drawn]
    width = max(ink.shape[1] for ink in inks) + 2 * margin
    page = np.zeros((PITCH * max(4, lines) + 2 * margin, width), "float32")
    tops = [margin + PITCH * number for number in range(lines)]
    for ink, top in zip(inks, tops, strict=False):
        left = margin + rng.integers(width - 2 * margin - ink.shape[1] + 1)
        page[top : top + PITCH, left : left + ink.shape[1]] = ink
    return page, [line["text"] for line in drawn[:lines]], tops


def write_back(next_line, shape, rng):
    """The ink of the back as it lies behind the front, mirrored: float32."""
    pitch = round(PITCH * rng.uniform(*OTHER_PITCH))
    rows, columns = shape
    kind = Kind(
        pitch=pitch,
        lines=max(1, int((rows - 2 * MARGIN * pitch) // pitch)),
        columns=columns / pitch,
    )
    back = write_lines(kind, lambda: next_line()["clean"], rng)
    spare = max(0, rows - len(back))
    above = int(rng.integers(spare + 1))
    back = np.pad(back, ((above, spare - above), (0, 4)))
    return np.ascontiguousarray(back[:rows, :columns][:, ::-1])


def draw_pale(shape, rng):
    words = WORD * PITCH / shape[0]
    return np.clip(smooth_noise(rng, shape, words) / 2, 0, 1)


def move(side, misfit, rng):
    """A side as it is seen by a scanner on which it lies otherwise."""
    rows, columns = side.shape
    angle, towards = rng.uniform(0, 2 * np.pi), rng.choice((-1, 1))
    down, along = (
        misfit.warp * smooth_noise(rng, side.shape, 0.4) / 2 for _ in range(2)
    )
    middle = (columns / 2, rows / 2)
    turned = cv2.getRotationMatrix2D(
        middle, towards * misfit.turn, 1 / misfit.scale
    )
    turned[:, 2] += misfit.shift * np.array([np.cos(angle), np.sin(angle)])
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    x, y = (
        np.float32(row[0] * x + row[1] * y + row[2] + more)
        for row, more in zip(turned, (along, down), strict=True)
    )
    return cv2.remap(side, x, y, cv2.INTER_CUBIC)


def scan(darkness, papers, rng):
    """A side on paper, in uneven light: float32, 0 = black, 1 = white."""
    darkness = cv2.GaussianBlur(np.clip(darkness, 0, 1), (0, 0), 0.5)
    paper = papers[rng.integers(len(papers))]
    page = spread_paper(paper, darkness.shape, 1.0) * (1.0 - INK * darkness)
    wide = SHADE * max(darkness.shape) / len(darkness)
    shade = smooth_noise(rng, darkness.shape, wide)
    page *= 1.0 - UNEVEN_LIGHT * np.clip(0.5 + shade / 4, 0, 1)
    page += rng.normal(0, 0.01, page.shape)
    return np.clip(page, 0.0, 1.0).astype("float32")
