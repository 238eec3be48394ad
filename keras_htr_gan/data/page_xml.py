"""Transcribed pages: PAGE-XML or ALTO beside the page images.

References:
    PAGE, PRImA Research Lab (Pletschacher and Antonacopoulos, ICPR 2010),
    https://github.com/PRImA-Research-Lab/PAGE-XML, 2010 to 2019.
    ALTO, Library of Congress, https://www.loc.gov/standards/alto/, v1 to v4.
"""

import codecs
import math
import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import cv2
import numpy as np
from lxml import etree
from PIL import ExifTags, Image

from keras_htr_gan.charset import normalize

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".jp2", ".webp")
IMAGE_FORMATS = ("JPEG", "PNG", "TIFF", "JPEG2000", "WEBP", "BMP", "GIF")
TURNED = (5, 6, 7, 8)
LARGEST = 64 * 2**20
MOST_NODES = 2_000_000
LONGEST_OUTLINE = 100_000
SNIFFED = 64 * 2**10
NAME = re.compile(r"(?:[^\W\d][\w.-]*:)?([^\W\d][\w.-]*)")
DECLARED_ROOT = re.compile(r"<(?:!DOCTYPE\s+)?(?:[\w.-]+:)?(PcGts|alto)\b")
ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
ENCODINGS = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d|mac-roman")


class PageError(ValueError):
    """Nothing of a page can be used; the message is one line."""


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


def page_files(folder):
    """The PAGE and ALTO files in a folder and all below it, sorted.

    Other XML, as METS, is left out; only the start of each file is read. A
    link to a file outside the folder is listed without being opened.
    """
    found = []
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            if path.suffix.lower() == ".xml" and is_page(path, folder):
                found.append(path)
    return sorted(found)


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


def cut_line(page, polygon, margin=2):
    """Cuts a line out of its page, without the ink of its neighbours.

    Rotated and vertical writing is not turned.

    Args:
        page: uint8 `(H, W)`, grey.
        polygon: (x, y) int pairs, pixels of the page.
        margin: int, pixels over which the page fades into the paper outside
            the polygon; 0 cuts at its edge.

    Returns:
        uint8 `(h, w)`, the polygon's box and the margin as far as the page
        goes. Outside, all is the grey of the paper: the 90th percentile
        within the polygon.

    Raises:
        ValueError: if the page is not uint8 `(H, W)` or the polygon is not
            on it.
    """
    if page.ndim != 2 or page.dtype != np.uint8:
        raise ValueError(
            f"a page is uint8 (H, W), not {page.dtype} {page.shape}"
        )
    points = np.asarray(polygon, "int32").reshape(-1, 2)
    left, top = np.maximum(points.min(axis=0) - margin, 0)
    right, bottom = points.max(axis=0) + margin + 1
    crop = page[top : max(bottom, 0), left : max(right, 0)]
    inside = np.zeros(crop.shape, "uint8")
    if crop.size:
        cv2.fillPoly(inside, [points - np.array((left, top), "int32")], 1)
    if not inside.any():
        height, width = page.shape
        raise ValueError(f"the polygon is not on the {width}x{height} page")
    paper = np.percentile(crop[inside > 0], 90)
    distance = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    weight = np.clip(1 - distance / (margin + 1), 0, 1)
    return np.rint(paper + weight * (crop - paper)).astype("uint8")


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


def on_image(points, size):
    """A polygon as int pairs within an image of a size (width, height).

    Raises:
        ValueError: what is wrong with the polygon.
    """
    if len(np.unique(points, axis=0)) < 3:
        raise ValueError("has an outline of fewer than 3 points")
    if area(points) < 1:
        raise ValueError("has an outline without area")
    # Sutherland and Hodgman: what one edge of the image after another leaves.
    for axis in (0, 1):
        for sign, limit in ((1, 0), (-1, 1 - size[axis])):
            points = half_plane(points, sign * points[:, axis] - limit)
    corners = [tuple(map(int, point)) for point in np.rint(points)]
    corners = [c for i, c in enumerate(corners) if c != corners[i - 1]]
    if len(corners) < 3 or area(np.array(corners, "float64")) < 1:
        raise ValueError(f"is outside the {size[0]}x{size[1]} image")
    return tuple(corners)


def half_plane(points, depth):
    """The part of a polygon where `depth`, float (n,), is not negative."""
    kept = []
    for i in range(len(points)):
        before, here = depth[i - 1], depth[i]
        if (before < 0) != (here < 0):
            share = before / (before - here)
            kept.append(points[i - 1] + share * (points[i] - points[i - 1]))
        if here >= 0:
            kept.append(points[i])
    return np.reshape(kept, (-1, 2))


def area(points):
    x, y = (points - points[0]).T
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def find_image(path, folder, named):
    """The image that a file names, or one called like the file.

    Looked for as named, by its last part beside the file, above it and in
    `images/` above it, and then by the file's own name with another suffix.
    A URL or an absolute path counts by its last part only.
    """
    named = (named or "").strip()
    here = path.parent
    above = here.parent
    places = (here, above, above / "images")
    candidates = []
    if named:
        absolute = re.match(r"[A-Za-z][\w+.-]*:|[\\/]", named)
        relative = named.replace("\\", "/")
        bases = [relative.rsplit("/", 1)[-1]]
        if absolute and "://" in named:
            try:
                bases.append(unquote(urlsplit(named).path).rsplit("/", 1)[-1])
            except ValueError:
                pass
        if not absolute:
            candidates.append(here / relative)
        candidates += [place / base for place in places for base in bases]
        if not absolute:
            # OCR-D names images from the folder above.
            candidates.append(above / relative)
    candidates += [
        place / (path.stem + suffix)
        for place in places
        for small in IMAGE_SUFFIXES
        for suffix in (small, small.upper())
    ]
    for candidate in candidates:
        if is_within(candidate, folder) and is_file(candidate):
            return candidate
    if not named:
        raise error(path, "names no image, and none is called like it")
    if not all(is_within(here / name, folder) for name in (relative, *bases)):
        raise error(path, f"names an image outside {folder}: {clip(named)}")
    raise error(path, f"names an image that is missing: {clip(named)}")


def image_size(path, image):
    """Width and height of an image from its header, upright as EXIF says."""
    try:
        with Image.open(image, formats=IMAGE_FORMATS) as header:
            turned = 1
            # Asked of a PNG without any, this would decode all of it; the
            # size of a TIFF is upright already.
            if "exif" in header.info and header.format != "TIFF":
                turned = header.getexif().get(ExifTags.Base.Orientation)
            return header.size[::-1] if turned in TURNED else header.size
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        IndexError,
        struct.error,
    ) as cause:
        problem = f"has an image that cannot be read: {image.name}"
        raise error(path, problem) from cause
    except Image.DecompressionBombError as cause:
        raise error(path, f"has too large an image: {image.name}") from cause


def parse(path, folder):
    """The root element of a PAGE or ALTO file; no DTD is ever expanded."""
    if not is_within(path, folder):
        raise error(path, f"is outside {folder}")
    if not is_file(path):
        raise error(path, "no such file")
    try:
        with open(path, "rb") as file:
            # `read` sets aside all that it may read.
            size = os.fstat(file.fileno()).st_size
            data = file.read(min(size, LARGEST) + 1)
    except OSError as cause:
        raise error(path, f"cannot be read: {cause.strerror}") from cause
    if len(data) > LARGEST:
        raise error(path, f"is larger than {LARGEST >> 20} MiB")
    try:
        # What is searched for a DTD is, character by character, what is
        # parsed: no encoding can hide one.
        text = data.decode(encoding_of(data))
    except (UnicodeError, LookupError) as cause:
        raise error(
            path, f"not in the encoding it declares: {cause}"
        ) from cause
    del data
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise error(path, "has a DTD, which is not read; remove its DOCTYPE")
    if text.count("<") + text.count("=") > MOST_NODES:
        raise error(path, f"has more than {MOST_NODES} tags and attributes")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    text = text.encode()
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as cause:
        raise error(
            path, f"not XML, or cut short: {clip(cause.msg)}"
        ) from cause
    if root.getroottree().docinfo.doctype:
        raise error(path, "has a DTD, which is not read")
    if local_name(root) not in ("PcGts", "alto"):
        raise error(
            path, f"neither PAGE nor ALTO: its root is {clip(local_name(root))}"
        )
    return root


def encoding_of(data):
    """The name of the codec of an XML file's bytes."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
        (b"<\0", "utf-16-le"),
        (b"\0<", "utf-16-be"),
    ):
        if data.startswith(mark):
            return encoding
    declared = ENCODING.match(data[:256])
    name = codecs.lookup(declared[1].decode()).name if declared else "utf-8"
    if name.startswith("utf-16"):
        # Written by .NET from a string; the bytes are not UTF-16.
        return "utf-8"
    if not ENCODINGS.fullmatch(name):
        raise LookupError(f"{name} is not read, save it as UTF-8")
    return name


def is_page(path, folder):
    if not is_within(path, folder):
        return True
    try:
        if not is_file(path):
            return False
        with open(path, "rb") as file:
            head = file.read(SNIFFED)
    except OSError:
        return True
    try:
        text = head.decode(encoding_of(head), "replace")
    except LookupError:
        text = head.decode("latin-1")
    return root_name(text) in ("PcGts", "alto")


def root_name(text):
    """The local name of the first element in the start of an XML file."""
    at = 0
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<!DOCTYPE", at):
            declared = DECLARED_ROOT.search(text, at)
            return declared[1] if declared else ""
        if text.startswith(("<!--", "<?"), at):
            at = text.find("-->" if text[at + 1] == "!" else "?>", at)
            if at < 0:
                break
        elif name := NAME.match(text, at + 1):
            return name[1]
        else:
            at += 1
    return ""


def local_name(element):
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def is_within(path, folder):
    """Whether a path stays in a folder once its links are followed."""
    try:
        return path.resolve().is_relative_to(Path(folder).resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def is_file(path):
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def error(path, problem):
    return PageError(one_line(f"{path}: {problem}"))


def one_line(text):
    text = " ".join(str(text).split())
    return "".join(c if c.isprintable() else "?" for c in text)


def clip(text, longest=80):
    return text if len(text) <= longest else text[: longest - 3] + "..."
