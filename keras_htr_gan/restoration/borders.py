"""What is not paper on a page: the bed of a scanner, a gutter, a black frame.

It is dark, wider than any stroke, reaches the edge of the image, and nothing
is written on it.
"""

import cv2
import numpy as np

from keras_htr_gan.pixels import PAPER
from keras_htr_gan.restoration.layout import is_flat, shrink

LOOKED_AT = 400_000
# Of the lesser side: what is as wide is no stroke.
WIDEST_STROKE, WIDEST_ON_LINES, LEAST = 1 / 22, 1 / 6, 6
# Of the light of the paper: a bed is darker.
DARKEST_PAPER = 0.45
# Strokes are darker than what they stand on by as much of its light, and by as
# much of the page's; where they cover as much, it is written on.
LEAST_CONTRAST, LEAST_DIFFERENCE, LEAST_WRITING = 0.35, 0.08, 0.05
# Of the lesser side: how far the shadow of an edge lies on the paper.
SHADOW = 1 / 90
# Of the page: how far from its edge outlines are, and how long at least, those
# that are level and those that are upright.
RIM, LEVEL, UPRIGHT, FAINTEST_OUTLINE = 0.12, 0.4, 0.15, 0.8
# How long a straight part of them is, of the page, and twice that if level.
STRAIGHT = 0.06


def find_borders(image):
    """Where an image shows no paper.

    Args:
        image: float32 `(height, width)`, 0 = black, 1 = white; dark ink.

    Returns:
        bool, `True` where there is none, of a smaller image of the same
        form; or `None` if there is paper everywhere.
    """
    small = shrink(image, LOOKED_AT)
    side = min(small.shape)
    share = WIDEST_ON_LINES if is_flat(small) else WIDEST_STROKE
    widest = max(LEAST, round(side * share))
    light = measure_light(small, widest)
    level = np.percentile(light, 90)
    dark = np.uint8(light < DARKEST_PAPER * level)
    if not dark.any():
        return None
    ink = light - cv2.GaussianBlur(small, (0, 0), 1)
    ink = (ink > LEAST_CONTRAST * light) & (ink > LEAST_DIFFERENCE * level)
    inner = cv2.erode(dark, disc(widest // 2)) > 0
    count, labels = cv2.connectedComponents(dark)
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    at_edge = np.bincount(edge, minlength=count) > 0
    size = np.bincount(labels[inner], minlength=count)
    written = np.bincount(labels[inner & ink], minlength=count)
    borders = at_edge & (written <= LEAST_WRITING * size)
    borders[0] = False
    if not borders.any() or borders[labels].all():
        return None
    reach = max(2, round(SHADOW * side))
    around = disc(reach)
    return cv2.dilate(borders[labels].astype("uint8"), around).astype(bool)


def cover_borders(image, borders):
    """An image with paper where there is none, as light as that beside it.

    Args:
        image: float32 `(height, width)`.
        borders: see `find_borders`; with `None` it is the image itself.
    """
    if borders is None:
        return image
    small = cv2.resize(image, borders.shape[::-1], interpolation=cv2.INTER_AREA)
    widest = max(LEAST, round(min(small.shape) * WIDEST_STROKE))
    light = measure_light(small, widest)
    paper = np.float32(~borders)
    around = (max(3, min(small.shape) // 8) | 1,) * 2
    spread = cv2.boxFilter(light * paper, -1, around)
    weight = cv2.boxFilter(paper, -1, around)
    plain = float(np.median(light[~borders]))
    light = (spread + 0.01 * plain) / (weight + 0.01)
    size = image.shape[::-1]
    light = cv2.resize(light, size, interpolation=cv2.INTER_LINEAR)
    return np.where(enlarge_borders(borders, image.shape), light, image)


def clear_outlines(restored):
    """Clears the outlines of a page, as of a frame or of the sheet below it.

    They run along the edge, in the outer `RIM` of the page, and are longer
    there than any word.

    Args:
        restored: float32 `(height, width)`, 0 = ink, 1 = paper; written to.

    Returns:
        The same.
    """
    if is_flat(restored) or is_flat(restored.T):
        return restored
    small = shrink(restored, LOOKED_AT)
    rows, columns = small.shape
    ink = np.uint8(small < FAINTEST_OUTLINE)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    down, along = round(RIM * rows), round(RIM * columns)
    inner = labels[down : rows - down, along : columns - along]
    outlines = np.bincount(inner.ravel(), minlength=count) == 0
    outlines &= (stats[:, cv2.CC_STAT_WIDTH] > LEVEL * columns) | (
        stats[:, cv2.CC_STAT_HEIGHT] > UPRIGHT * rows
    )
    outlines[0] = False
    if not outlines.any():
        return restored
    found = np.uint8(outlines[labels])
    # Writing that touches an outline is not as straight.
    upright = np.ones((max(3, round(STRAIGHT * rows)), 1), "uint8")
    level = np.ones((1, max(3, round(2 * STRAIGHT * columns))), "uint8")
    straight = cv2.morphologyEx(found, cv2.MORPH_OPEN, upright)
    straight |= cv2.morphologyEx(found, cv2.MORPH_OPEN, level)
    return clear_borders(restored, cv2.dilate(straight, disc(1)).view(bool))


def clear_borders(restored, borders):
    """A restored image with white paper where there is none on the scan."""
    if borders is None:
        return restored
    restored[enlarge_borders(borders, restored.shape)] = PAPER
    return restored


def enlarge_borders(borders, shape):
    """Borders at the size of their image: bool `(height, width)`."""
    return cv2.resize(
        borders.view("uint8"), shape[::-1], interpolation=cv2.INTER_NEAREST
    ).view(bool)


def measure_light(image, widest):
    """The light of what writing stands on: float32 of the same shape.

    Args:
        image: float32 `(height, width)`, 0 = black, 1 = white.
        widest: int, pixels: what is dark and no wider is a stroke.
    """
    # What reaches the edge goes on beyond it, as wide as it may be there.
    edges = [2 * widest + 1] * 4
    wider = cv2.copyMakeBorder(image, *edges, cv2.BORDER_REPLICATE)
    light = cv2.morphologyEx(wider, cv2.MORPH_CLOSE, disc(widest // 2 + 1))
    return np.ascontiguousarray(
        light[edges[0] : -edges[0], edges[0] : -edges[0]]
    )


def disc(radius):
    """A round element for morphology, uint8."""
    side = 2 * radius + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
