"""Pages that lie on their side: turned, restored, and turned back."""

import cv2
import numpy as np

from keras_htr_gan.errors import UserError
from keras_htr_gan.restoration.layout import find_ink, is_flat
from keras_htr_gan.restoration.text_height import (
    LINE_OF_WRITING,
    measure_ink_height,
)

TURNS = ("auto", "none", "side")
LOOKED_AT, STRIPS = 400_000, 6
# Strokes: what is smaller is a speck, what is longer, of its side, a rule.
SPECK, LONG = 4, 0.3
# How much more ink gathers in columns than in rows, times the square of how
# much higher than wide is what is connected, a word.
LEAST_EVIDENCE = 2.5


def must_turn_sideways(image, turn):
    """Whether a page has to be turned by a quarter before it is restored.

    Args:
        image: float32 `(height, width)`, 0 = ink, 1 = paper.
        turn: `"none"`, `"side"` for pages that lie on their side, or
            `"auto"`, see `lies_on_its_side`.

    Raises:
        UserError: for another.
    """
    if turn not in TURNS:
        raise UserError(f"`turn`: {turn!r} is none of {', '.join(TURNS)}")
    return lies_on_its_side(image) if turn == "auto" else turn == "side"


def lies_on_its_side(image):
    """Whether the lines of a page run up or down.

    Args:
        image: float32 `(height, width)`, 0 = ink, 1 = paper.

    Returns:
        bool; `False` in doubt, and for lines and strips.
    """
    if is_flat(image) or is_flat(image.T):
        return False
    ink = find_ink(image, LOOKED_AT)
    height, width = (measure_ink_height(x) for x in (ink, ink.T))
    if height is None or width is None:
        return False
    pitch = LINE_OF_WRITING * min(height, width)
    strokes = np.float32(find_strokes(ink))
    rows, columns = (measure_gathering(x, pitch) for x in (strokes, strokes.T))
    return columns * (height / width) ** 2 > LEAST_EVIDENCE * rows


def find_strokes(ink):
    """Ink without specks, rules and frames: bool of the same shape."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.view("uint8"))
    width, height, area = stats[:, 2:5].T
    some = area >= SPECK
    some &= (height < LONG * len(ink)) & (width < LONG * ink.shape[1])
    some[0] = False
    return some[labels]


def measure_gathering(ink, pitch):
    """How much the ink of each row differs from that of a line's height.

    Args:
        ink: float32 `(height, width)`, 0 or 1.
        pitch: float, pixels from line to line.

    Returns:
        float, 0 where it is spread evenly.
    """
    found = []
    for strip in np.array_split(ink, min(STRIPS, ink.shape[1]), axis=1):
        profile = strip.sum(axis=1, keepdims=True)
        fine, coarse = (
            cv2.GaussianBlur(profile, (0, 0), max(1.0, share * pitch))
            for share in (0.1, 0.8)
        )
        if (power := float((coarse**2).sum())) > 0:
            found.append(float(((fine - coarse) ** 2).sum()) / power)
    return float(np.mean(found)) if found else 0.0
