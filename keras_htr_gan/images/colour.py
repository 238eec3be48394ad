"""Grey from colour, by what tells faint ink from its paper.

Blue pencil on brown paper is plain in colour and faint in grey, as one is about
as light as the other. What differs from the paper around it says which way in
colour ink lies. Where ink stands out much better so than by its lightness, a
pixel is as dark as it lies on that way; and never lighter than it was, so that
what is dark stays dark, whatever its colour.
"""

import cv2
import numpy as np

from keras_htr_gan.images.scaling import enlarge_rows

# How light red, green and blue are, as in `PIL.Image.convert("L")`.
LUMINANCE = np.float32([0.299, 0.587, 0.114])
# Pixels: what is larger is made smaller, as strokes are still seen then; and
# how many of them are measured.
LOOKED_AT, MEASURED = 1_000_000, 30_000
# The paper around a pixel is the median of so many, four times smaller.
SMALLER, AROUND = 4, 21
# Of 255: variance of every scan, and what the edges of colours lose, as JPEG
# keeps them at half the resolution.
LEAST_NOISE, LOST = 3.0, 100.0
# Deviations of the paper: what lies beyond is no paper, and within is. Ink
# is half as far as most of what is beyond.
BEYOND, WITHIN, HALF = 4.0, 2.0, 0.5
ROUNDS = 4
# Of the pixels: less is no writing, and more is no paper.
LEAST_INK, MOST_INK = 0.002, 0.35
# Deviations of the paper by which ink is darker: between these it is faint in
# grey; above this it is plain in colour, if it is so many times as much.
LIGHTER, FAINT = -2.0, 12.0
PLAIN, BETTER = 4.0, 1.2
# Rust and brown are between red (0) and yellow (1).
RUSTY = 0.2
ROWS = 512


def darken_faint_ink(grey, colour):
    """Makes ink dark that is faint in grey and plain in colour.

    Args:
        grey: float32 `(height, width)`, 0 = black, 1 = white, the luminance;
            written to.
        colour: uint8 `(height, width, 3)`, the same in colour.

    Returns:
        `grey`, as it was unless there is such ink.
    """
    small = shrink_colour(colour)
    paper = measure_paper(small)
    weights = find_faint_ink(small, paper)
    if weights is None:
        return grey
    # Paper is to be as light as it was, in the shade as well.
    as_light = paper @ (LUMINANCE - weights) / 255
    turned = weights[None] / 255
    for top in range(0, len(grey), ROWS):
        part = slice(top, min(top + ROWS, len(grey)))
        seen = cv2.transform(np.float32(colour[part]), turned)
        seen += enlarge_rows(as_light, part, grey.shape)
        np.minimum(grey[part], np.maximum(seen, 0), out=grey[part])
    return grey


def find_faint_ink(small, paper):
    """By which colours ink is told from paper, where it is faint in grey.

    Args:
        small: uint8 `(height, width, 3)`.
        paper: see `measure_paper`.

    Returns:
        `None` where it is not, or float32 of 3, what red, green and blue
        count: ink is by as much darker than paper as their colours are apart.
    """
    found = tell_ink(measure_difference(small, paper))
    if found is None or is_rusty(found[0]):
        return None
    away, noise = found
    weights = np.linalg.solve(noise + LOST * np.eye(3), away)
    in_grey = -measure_distance(LUMINANCE, away, noise)
    in_colour = measure_distance(weights, away, noise)
    faint = LIGHTER < in_grey < FAINT
    if not faint or in_colour < max(PLAIN, BETTER * in_grey):
        return None
    return np.float32(-np.linalg.norm(away) / (weights @ away) * weights)


def shrink_colour(colour):
    """An image at no more pixels than are looked at, uint8."""
    rows, columns = colour.shape[:2]
    factor = (LOOKED_AT / (rows * columns)) ** 0.5
    if factor < 1:
        size = [max(1, round(factor * side)) for side in (columns, rows)]
        colour = cv2.resize(colour, size, interpolation=cv2.INTER_AREA)
    return colour


def measure_paper(small):
    """The colour of paper around each pixel: uint8, `SMALLER` times as small.

    Args:
        small: uint8 `(height, width, 3)`.
    """
    size = [max(1, side // SMALLER) for side in small.shape[1::-1]]
    paper = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    return cv2.medianBlur(paper, AROUND)


def measure_difference(small, paper):
    """How colours differ from the paper around: float32 `(pixels, 3)`.

    Args:
        small: uint8 `(height, width, 3)`, of whose pixels some are measured.
        paper: see `measure_paper`.
    """
    size = small.shape[1::-1]
    paper = cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR)
    some = np.random.default_rng(0).integers(size[0] * size[1], size=MEASURED)
    small, paper = (np.float32(x.reshape(-1, 3)[some]) for x in (small, paper))
    return small - paper


def tell_ink(around):
    """Tells ink from paper by how the colours of pixels differ from it.

    Args:
        around: float32 `(pixels, 3)`, see `measure_difference`.

    Returns:
        `None` if there is no ink, or its mean difference from paper, of 3, and
        the covariance of that, `(3, 3)`.
    """
    middle = np.median(around, axis=0)
    spread = 1.5 * np.median(np.abs(around - middle), axis=0)
    plain = np.abs(around - middle) < 2.5 * np.maximum(spread, 1.0)
    paper, noise = describe_paper(around[plain.all(axis=1)])
    off = around - paper
    far = (off @ np.linalg.inv(noise) * off).sum(axis=1) > BEYOND**2
    for _ in range(ROUNDS):
        if not LEAST_INK < far.mean() < MOST_INK:
            return None
        away = around[far].mean(axis=0) - paper
        weights = np.linalg.solve(noise, away)
        weights /= np.sqrt(weights @ noise @ weights)
        distance = (around - paper) @ weights
        paper, noise = describe_paper(around[distance < WITHIN])
        beyond = distance[distance > BEYOND]
        if not len(beyond):
            return None
        far = distance > max(BEYOND, HALF * np.percentile(beyond, 75))
    return away, noise


def describe_paper(colours):
    """Mean and covariance of colours, of a scan with some noise."""
    noise = np.cov(colours, rowvar=False) + LEAST_NOISE * np.eye(3)
    return colours.mean(axis=0), noise


def is_rusty(away):
    """Whether a colour differs from paper as foxing, stains and tide marks."""
    red, green, blue = away
    return red > green > blue + RUSTY * (red - blue)


def measure_distance(weights, away, noise):
    """How far ink is from paper, in deviations of paper: float."""
    return (weights @ away) / np.sqrt(weights @ noise @ weights)
