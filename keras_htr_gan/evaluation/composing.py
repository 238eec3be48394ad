"""Pages whose ink is known: clean lines, written on blank paper."""

import dataclasses

import cv2
import numpy as np

from keras_htr_gan.data.augmentation import broaden_strokes
from keras_htr_gan.data.paper import spread_paper
from keras_htr_gan.data.textures import laid_behind, smooth_noise
from keras_htr_gan.images.scaling import stretch_contrast

PITCH = 80
# Of full darkness: what is lighter on a clean line is its ruling, and what is
# darker ink; between them lie the edges of strokes.
FAINTEST, DARKEST = 0.3, 0.7
MARGIN = 0.6
# Of a line's height, how long ink is as pale; of the page's, how wide a shade
# is, and how much of the light it takes.
WORD, SHADE, UNEVEN_LIGHT = 1.5, 0.5, 0.35
# Of a line's height, how wide a gap is.
GAP = 2.0
BED, BED_SHADE = 0.12, (0.02, 0.12)


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of page.

    Attributes:
        pitch: int, pixels from one line of writing to the next, if they are
            close; a line is written as high.
        lines: int, written one below the other.
        columns: float, width of the page in lines' heights.
        spacing: float, of `pitch`: from one line to the next.
        ink: float, 0 to 1: how much of the paper's light it takes.
        uneven: float, 0 to 1: the share of it that is missing in the palest
            words.
        other_side: float, of `ink`: that of the other side, seen mirrored.
        bed: bool, whether the page lies on something dark, with the shadow
            of a gutter on one side.
        pen: float, of a line's height: by how much strokes are broader.
        negative: bool, whether black is white.
        word: bool, whether the line holds one word alone.
        below: float, of `pitch`: the writing of the lower half of the lines.
        erased: bool, whether a word or so is missing in the middle of each
            line. All else is as without.
    """

    pitch: int = PITCH
    lines: int = 9
    columns: float = 11.0
    spacing: float = 1.0
    ink: float = 0.7
    uneven: float = 0.2
    other_side: float = 0.0
    bed: bool = False
    pen: float = 0.0
    negative: bool = False
    word: bool = False
    below: float = 1.0
    erased: bool = False


KINDS = {
    "plain": Kind(),
    "faint ink": Kind(ink=0.3),
    "uneven ink": Kind(uneven=0.7),
    "broad pen": Kind(pen=0.08),
    "broad pen, faint ink": Kind(pen=0.08, ink=0.3),
    "other side at 0.3": Kind(other_side=0.3),
    "other side at 0.5": Kind(other_side=0.5),
    "other side at 0.8": Kind(other_side=0.8),
    "dark bed and gutter": Kind(bed=True),
    "negative": Kind(negative=True),
    "lines far apart": Kind(lines=4, spacing=2.8),
    "strip of three lines": Kind(lines=3, columns=14),
    "large and small writing": Kind(pitch=140, lines=8, below=0.35),
    "one line": Kind(lines=1, columns=14),
    "one word": Kind(lines=1, columns=5, spacing=2.0, word=True),
    "32 pixels a line": Kind(pitch=32, lines=18, columns=24),
    "50 pixels a line": Kind(pitch=50, lines=12, columns=16),
    "130 pixels a line": Kind(pitch=130),
    "200 pixels a line": Kind(pitch=200),
    "400 pixels a line": Kind(pitch=400, lines=5, columns=7),
}


def compose_page(kind, next_line, paper, rng):
    """Writes a page.

    Args:
        kind: `Kind`.
        next_line: function without arguments; each call gives another clean
            line, float32 `(height, width)`, 0 = ink, 1 = paper.
        paper: float32 `(height, width)` of any size, blank paper as it would
            be at `PITCH` pixels a line.
        rng: `numpy.random.Generator`; the same state gives the same page.

    Returns:
        Two float32 `(height, width)`, 0 = black, 1 = white: the page, and its
        ink alone, 0 or 1.
    """
    darkness = write_lines(kind, next_line, rng)
    truth = np.where(darkness > 0.5, 0.0, 1.0).astype("float32")
    soft = max(0.5, kind.pitch / 160)
    if kind.other_side:
        behind = laid_behind(1.0 - darkness, darkness.shape, rng)
        behind = cv2.GaussianBlur(behind, (0, 0), 2 * soft)
        darkness = np.maximum(darkness, kind.other_side * behind)
    darkness = cv2.GaussianBlur(darkness, (0, 0), soft)
    words = WORD * kind.pitch / len(darkness)
    pale = np.clip(smooth_noise(rng, darkness.shape, words) / 2, 0, 1)
    page = spread_paper(paper, darkness.shape, kind.pitch / PITCH)
    page = page * (1.0 - kind.ink * (1.0 - kind.uneven * pale) * darkness)
    wide = SHADE * max(darkness.shape) / len(darkness)
    shade = smooth_noise(rng, darkness.shape, wide)
    page *= 1.0 - UNEVEN_LIGHT * np.clip(0.5 + shade / 4, 0, 1)
    if kind.bed:
        page, truth = lay_on_bed(page, truth, rng)
    page += rng.normal(0, 0.01, page.shape).astype("float32")
    page = np.clip(page, 0.0, 1.0)
    return (1.0 - page if kind.negative else page), truth


def write_lines(kind, next_line, rng):
    """How dark the lines of a page are: float32, 0 = nothing, 1 = ink."""
    margin = round(MARGIN * kind.pitch)
    above = kind.lines - (kind.lines // 2 if kind.below != 1 else 0)
    heights = [
        round(kind.pitch * (1.0 if number < above else kind.below))
        for number in range(kind.lines)
    ]
    steps = [round(kind.spacing * height) for height in heights]
    around = margin + (steps[0] // 2 if kind.word else 0)
    rows = sum(steps[:-1]) + heights[-1] + 2 * around
    columns = round(kind.columns * kind.pitch)
    page = np.zeros((rows, columns), "float32")
    right, top = columns - margin, around
    for height, step in zip(heights, steps, strict=True):
        left = margin + rng.integers(kind.pitch)
        while left < right - height:
            ink = measure_darkness(next_line(), height, kind.pen)
            if kind.word:
                ink = ink[:, : first_gap(ink)]
            part = page[
                top : top + height, left : min(right, left + ink.shape[1])
            ]
            np.maximum(part, ink[:, : part.shape[1]], out=part)
            left += ink.shape[1] + height // 4
            if kind.word:
                break
        if kind.erased:
            left = margin + (right - margin) * (top // step % 3 + 1) // 5
            page[top : top + height, left : left + round(GAP * height)] = 0.0
        top += step
    return page


def measure_darkness(line, height, pen=0.0):
    """How dark a clean line is, without its ruling.

    Args:
        line: float32 `(rows, columns)`, 0 = ink, 1 = paper.
        height: int, pixels.
        pen: see `Kind`.

    Returns:
        float32 `(height, width)`, 0 = paper, 1 = ink.
    """
    rows, columns = line.shape
    size = max(8, round(columns * height / rows)), height
    way = cv2.INTER_AREA if height < rows else cv2.INTER_CUBIC
    line = cv2.resize(stretch_contrast(line), size, interpolation=way)
    line = broaden_strokes(line, pen)
    dark = (1.0 - line - FAINTEST) / (DARKEST - FAINTEST)
    return np.clip(dark, 0.0, 1.0)


def first_gap(ink):
    """Where the first word of a line ends, in columns: int."""
    height = len(ink)
    written = np.flatnonzero(ink.max(axis=0) > 0.5)
    if not len(written):
        return ink.shape[1]
    wide = np.flatnonzero(np.diff(written) > height // 5)
    ends = written[wide] + height // 8
    long = ends[ends > written[0] + 1.5 * height]
    return int(long[0]) if len(long) else ink.shape[1]


def lay_on_bed(page, truth, rng):
    """A page on a dark bed, which is no ink, with a gutter on one side."""
    rows, columns = page.shape
    wide = round(BED * min(rows, columns))
    top, bottom, left = rng.integers(wide // 4, wide, 3)
    along = np.arange(columns) / columns
    gutter = 1.0 - 0.75 * np.exp(-(1.0 - along) / 0.03)
    around = ((top, bottom), (left, 0))
    bed = rng.uniform(*BED_SHADE)
    page = np.pad(
        page * gutter[None].astype("float32"), around, constant_values=bed
    )
    return page, np.pad(truth, around, constant_values=1.0)
