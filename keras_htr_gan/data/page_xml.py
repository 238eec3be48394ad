"""Transcribed pages: PAGE-XML or ALTO beside the page images.

References:
    PAGE, PRImA Research Lab (Pletschacher and Antonacopoulos, ICPR 2010),
    https://github.com/PRImA-Research-Lab/PAGE-XML, 2010 to 2019.
    ALTO, Library of Congress, https://www.loc.gov/standards/alto/, v1 to v4.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_htr_gan.charset import normalize
from keras_htr_gan.data.outlines import on_image
from keras_htr_gan.data.page_files import (
    clip,
    error,
    find_image,
    image_size,
    local_name,
    one_line,
    parse,
)

LONGEST_OUTLINE = 100_000


@dataclass(frozen=True)
class TextLine:
    """A transcribed line.

    Args:
        name: str, the file's name and the line's id or, without one, its
            number: `"page_0001.xml: line r1l3"`.
        text: str, NFC, one space between words, not empty.
        polygon: tuple of at least 3 int pairs (x, y), pixels of the page
            image, all within it.
    """

    name: str
    text: str
    polygon: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Page:
    """A page image with its lines, in the order of the file.

    Args:
        path: the XML file.
        image: the image file.
        lines: tuple of `TextLine`.
        problems: tuple of str, a line each, on what was left out.
    """

    path: Path
    image: Path
    lines: tuple[TextLine, ...]
    problems: tuple[str, ...]


def read_page(path, folder):
    """Reads the lines of a PAGE or ALTO file and finds its image.

    Of several transcriptions of a PAGE line the one of lowest index counts.
    ALTO text is what stands on the line: a hyphen at its end stays and
    `SUBS_CONTENT` is not used. Coordinates are scaled to the image where the
    size in the file, in any unit, is another one.

    Args:
        path: the XML file.
        folder: nothing outside this folder is read, whatever the file says.

    Returns:
        `Page`; lines without text or usable outline are among its problems.

    Raises:
        PageError: the file is not well-formed PAGE or ALTO, has a DTD, is
            outside the folder or too large, or its image is missing, outside
            the folder or unreadable.
    """
    path, folder = Path(path), Path(folder)
    root = parse(path, folder)
    page = root.find(".//{*}Page")
    if page is None:
        raise error(path, "has no Page")
    form = Alto if local_name(root) == "alto" else PageXml
    image = find_image(path, folder, form.image_name(root, page))
    size = image_size(path, image)
    scale = form.scale(root, page, size)
    if scale is None:
        raise error(
            path, "is not measured in pixels and has no Page WIDTH and HEIGHT"
        )
    name = one_line(path.name)
    lines, problems, empty, number = [], [], 0, 0
    if not 0.98 < scale[0] / scale[1] < 1.02:
        declared = size[0] / scale[0], size[1] / scale[1]
        if np.allclose(declared, size[::-1], rtol=0.005):
            raise error(
                path, f"made for an image turned from {image.name} by a quarter"
            )
        problems.append(
            f"{name}: made for an image of another shape than "
            f"{one_line(image.name)}, {size[0]}x{size[1]} pixels"
        )
    for number, line in enumerate(page.iter("{*}TextLine"), 1):
        identity = line.get(form.identity) or f"#{number}"
        label = one_line(f"{name}: line {clip(identity)}")
        text = " ".join(normalize(form.text(line)).split())
        if not text:
            empty += 1
            continue
        try:
            polygon = on_image(form.outline(line, scale), size)
        except ValueError as cause:
            problems.append(f"{label} {cause}")
            continue
        lines.append(TextLine(label, text, polygon))
    if empty:
        problems.append(f"{name}: {empty} line{'s' * (empty > 1)} without text")
    if not number:
        problems.append(f"{name}: no text lines")
    pages = sum(1 for _ in root.iter("{*}Page"))
    if pages > 1:
        problems.append(f"{name}: only the first of {pages} pages is read")
    return Page(path, image, tuple(lines), tuple(problems))


class PageXml:
    """How PAGE says what a page needs."""

    identity = "id"

    @staticmethod
    def image_name(root, page):
        return page.get("imageFilename")

    @staticmethod
    def scale(root, page, size):
        """Image pixels in a unit of the file, as (x, y)."""
        declared = page.get("imageWidth"), page.get("imageHeight")
        return ratios(declared, size) or (1.0, 1.0)

    @staticmethod
    def text(line):
        """The line's own text, or else that of its words."""
        if line.find("{*}TextEquiv") is not None:
            return main_text(line)
        return " ".join(main_text(word) for word in line.iterfind("{*}Word"))

    @staticmethod
    def outline(line, scale):
        """The line's polygon, float (n, 2), in image pixels."""
        coords = line.find("{*}Coords")
        if coords is None:
            raise ValueError("has no Coords")
        points = coords.get("points")
        if points is None:
            points = " ".join(
                f"{point.get('x')},{point.get('y')}"
                for point in coords.iterfind("{*}Point")
            )
        return pairs(points) * scale


class Alto:
    """How ALTO says what a page needs; as `PageXml`, with its own names."""

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
        scale = ratios((page.get("WIDTH"), page.get("HEIGHT")), size)
        if not scale and unit.strip() == "pixel":
            scale = 1.0, 1.0
        return scale

    @staticmethod
    def text(line):
        """What stands on the line, `HYP` with it."""
        gap = " " if line.find("{*}SP") is None else ""
        text = ""
        for part in line:
            name = local_name(part)
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
            return pairs(polygon.get("POINTS", "")) * scale
        box = [line.get(k) for k in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
        if None in box:
            raise ValueError("has neither a Polygon nor a box")
        (left, top), (width, height) = pairs(" ".join(box)) * scale
        # A box ends beside its last pixel, a polygon's points are on it.
        right, bottom = left + width - 1, top + height - 1
        return np.array(
            [(left, top), (right, top), (right, bottom), (left, bottom)]
        )


def main_text(element):
    """The text of the `TextEquiv` of lowest index."""

    def index(equivalent):
        try:
            return int(equivalent.get("index", 0))
        except ValueError:
            return math.inf

    equivalents = sorted(element.iterfind("{*}TextEquiv"), key=index)
    return (equivalents[0].findtext("{*}Unicode") or "") if equivalents else ""


def pairs(text):
    """`x,y x,y` or `x y x y` as float64 (n, 2)."""
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
        raise ValueError(f"has an outline that cannot be read: {clip(text)!r}")
    return np.reshape(numbers, (-1, 2))


def ratios(declared, size):
    """Real by declared width and height; None if these are not given."""
    try:
        scale = tuple(
            real / float(number)
            for real, number in zip(size, declared, strict=True)
        )
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return scale if all(0 < ratio < 1e6 for ratio in scale) else None
