"""Draws a text as a line of handwriting, in a font."""

import functools

import cv2
import fontpkg
import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

SUPERSAMPLING = 2


def draw_line(text, font, height, rng):
    """Draws a text as one line of handwriting.

    Args:
        text: str.
        font: str, a font family.
        height: int, pixels.
        rng: `numpy.random.Generator` for size, slant, stroke weight,
            spacing, and the wander of the baseline.

    Returns:
        float32 `(height, width)`, 0 = ink, 1 = paper.
    """
    tall = height * SUPERSAMPLING
    size = round(measure_font(font) / 100 * tall * rng.uniform(0.72, 0.9))
    drawn = load_font(font, size)
    ascent, descent = drawn.getmetrics()
    gaps = rng.uniform(0.8, 1.5, text.count(" ") + 1) * size * 0.28
    words = text.split(" ")
    lengths = [drawn.getlength(word) for word in words]
    margin = tall // 4
    width = int(sum(lengths) + sum(gaps) + 2 * margin + tall // 2)
    canvas = Image.new("L", (width, 2 * tall), 0)
    pen = ImageDraw.Draw(canvas)
    x = margin + tall / 4
    for word, length, gap in zip(words, lengths, gaps, strict=True):
        lift = rng.normal(0, 0.015) * tall
        pen.text((x, tall - ascent + descent + lift), word, 255, drawn)
        x += length + gap
    ink = np.asarray(canvas)
    ink = cv2.remap(ink, *make_wander(ink.shape, tall, rng), cv2.INTER_LINEAR)
    ink = centre_ink(ink, tall)
    ink = weight_strokes(ink, rng.uniform(0.8, 1.5))
    stretch = rng.uniform(0.95, 1.3) / SUPERSAMPLING
    size = (max(8, round(ink.shape[1] * stretch)), height)
    ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    return 1.0 - ink


def make_wander(shape, tall, rng):
    """Where each pixel comes from under a slant and a wandering baseline."""
    rows, columns = shape
    slant = rng.normal(0.0, 0.15)
    knots = max(3, columns // (2 * tall) + 2)
    wander = rng.normal(0.0, 0.03 * tall, (1, knots)).astype("float32")
    wander = cv2.resize(wander, (columns, 1), interpolation=cv2.INTER_CUBIC)
    x = np.arange(columns, dtype="float32")[None]
    y = np.arange(rows, dtype="float32")[:, None]
    return x + np.float32(slant) * (y - rows / 2), y + wander


def centre_ink(ink, tall):
    """Cuts the line out with its writing in the middle of its height."""
    rows = np.flatnonzero(ink.max(axis=1) > 32)
    columns = np.flatnonzero(ink.max(axis=0) > 32)
    if not len(rows):
        return np.zeros((tall, tall), "uint8")
    left = max(0, columns[0] - tall // 8)
    ink = ink[rows[0] : rows[-1] + 1, left : columns[-1] + 1 + tall // 8]
    if len(ink) > tall - 4:
        scale = (tall - 4) / len(ink)
        size = (max(1, int(ink.shape[1] * scale)), tall - 4)
        ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    above = (tall - len(ink)) // 2
    return np.pad(ink, ((above, tall - len(ink) - above), (0, 0)))


def weight_strokes(ink, weight):
    """Makes strokes heavier (weight over 1) or finer; float32, 0 to 1."""
    soft = cv2.GaussianBlur(ink, (0, 0), 0.8).astype("float32") / 255.0
    return np.clip(soft * np.float32(1.6 * weight) - 0.3, 0.0, 1.0)


@functools.cache
def list_glyphs(font):
    """The characters a font has a drawing for."""
    with TTFont(fontpkg.path(font)) as file:
        return frozenset(map(chr, file.getBestCmap()))


@functools.lru_cache(maxsize=512)
def load_font(name, size):
    """A font family at a size in pixels: `PIL.ImageFont.FreeTypeFont`."""
    return ImageFont.truetype(fontpkg.path(name), size)


@functools.cache
def measure_font(name):
    """Font size at which letters with tails both ways are 100 pixels high."""
    left, top, right, bottom = load_font(name, 100).getbbox("bdfhklgjpqy")
    return 100 * 100 / (bottom - top)
