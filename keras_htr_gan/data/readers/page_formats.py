"""How PAGE and ALTO say what a page needs."""

import math
import re

import numpy as np

from keras_htr_gan.data.readers.safe_xml import get_local_name
from keras_htr_gan.data.wording import shorten

LONGEST_OUTLINE = 100_000


class PageXml:
    """How PAGE says it."""

    identity = "id"

    @staticmethod
    def image_name(root, page):
        return page.get("imageFilename")

    @staticmethod
    def scale(root, page, size):
        """Image pixels in a unit of the file, as (x, y)."""
        declared = page.get("imageWidth"), page.get("imageHeight")
        return find_scale(declared, size) or (1.0, 1.0)

    @staticmethod
    def text(line):
        """The line's own text, or else that of its words."""
        if line.find("{*}TextEquiv") is not None:
            return find_text(line)
        return " ".join(find_text(word) for word in line.iterfind("{*}Word"))

    @staticmethod
    def outline(line, scale):
        """The line's polygon, float (n, 2), in image pixels."""
        coords = line.find("{*}Coords")
        if coords is None:
            raise ValueError("has no Coords")
        return parse_points(find_points(coords)) * scale

    @staticmethod
    def baseline(line, scale):
        """Points of the line's baseline, float (n, 2), in image pixels.

        Raises:
            ValueError: if it has none, or none that can be read.
        """
        baseline = line.find("{*}Baseline")
        if baseline is None:
            raise ValueError("has no Baseline")
        return parse_points(find_points(baseline)) * scale


class Alto:
    """How ALTO says it; as `PageXml`, with its own names."""

    identity = "ID"

    @staticmethod
    def image_name(root, page):
        return root.findtext(
            "{*}Description/{*}sourceImageInformation/{*}fileName"
        )

    @staticmethod
    def scale(root, page, size):
        """As that of `PageXml`; None if the unit leaves it unknown."""
        unit = root.findtext("{*}Description/{*}MeasurementUnit") or "pixel"
        scale = find_scale((page.get("WIDTH"), page.get("HEIGHT")), size)
        if not scale and unit.strip() == "pixel":
            scale = 1.0, 1.0
        return scale

    @staticmethod
    def text(line):
        """What stands on the line, `HYP` with it.

        `ALTERNATIVE` is another spelling of a word, or another reading.
        """
        gap = " " if line.find("{*}SP") is None else ""
        text = ""
        for part in line:
            name = get_local_name(part)
            if name == "String":
                text += (gap if text else "") + part.get("CONTENT", "")
            elif name == "SP":
                text += " "
            elif name == "HYP":
                text += part.get("CONTENT", "-")
        return text

    @staticmethod
    def outline(line, scale):
        polygon = line.find("{*}Shape/{*}Polygon")
        if polygon is not None:
            return parse_points(polygon.get("POINTS", "")) * scale
        box = [line.get(k) for k in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
        if None in box:
            raise ValueError("has neither a Polygon nor a box")
        (left, top), (width, height) = parse_points(" ".join(box)) * scale
        # A box ends beside its last pixel, a polygon's points are on it.
        right, bottom = left + width - 1, top + height - 1
        return np.array(
            [(left, top), (right, top), (right, bottom), (left, bottom)]
        )

    @staticmethod
    def baseline(line, scale):
        """As that of `PageXml`; before 4.2 it is one number, and no points."""
        return parse_points(line.get("BASELINE", "")) * scale


def find_text(element):
    """Finds the text of an element that may have several `TextEquiv`.

    By the schema the lowest index is the main text. It does not say what one
    without an index is: editors write the corrected text as index 0 behind
    what was there before, so an index that is given goes first.

    Returns:
        str, of the lowest index that is given, else of the first.
    """

    equivalents = sort_equivalents(element)
    return (equivalents[0].findtext("{*}Unicode") or "") if equivalents else ""


def sort_equivalents(element):
    """The `TextEquiv` of an element, the main one first: list."""

    def index(equivalent):
        try:
            return int(equivalent.get("index", ""))
        except ValueError:
            return math.inf

    return sorted(element.iterfind("{*}TextEquiv"), key=index)


def find_points(element):
    """The points of an element of PAGE, as an attribute or, of old, within."""
    points = element.get("points")
    if points is None:
        points = " ".join(
            f"{point.get('x')},{point.get('y')}"
            for point in element.iterfind("{*}Point")
        )
    return points


def parse_points(text):
    """Parses `x,y x,y` or `x y x y`: float64 (n, 2)."""
    if len(text) > LONGEST_OUTLINE:
        raise ValueError(
            f"has an outline of more than {LONGEST_OUTLINE} characters"
        )
    try:
        numbers = [
            float(number) for number in re.split(r"[\s,]+", text.strip())
        ]
    except ValueError:
        numbers = [math.nan]
    # No page is that large, and no sum or product of these overflows.
    if len(numbers) % 2 or not all(abs(number) < 1e9 for number in numbers):
        raise ValueError(
            f"has an outline that cannot be read: {shorten(text)!r}"
        )
    return np.reshape(numbers, (-1, 2))


def find_scale(declared, size):
    """Real by declared width and height; None if these are not given."""
    try:
        scale = tuple(
            real / float(number)
            for real, number in zip(size, declared, strict=True)
        )
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return scale if all(0 < ratio < 1e6 for ratio in scale) else None
