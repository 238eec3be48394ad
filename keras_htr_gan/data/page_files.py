"""Finds and opens PAGE-XML and ALTO files and their images, and no others."""

import codecs
import os
import re
import struct
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree
from PIL import ExifTags, Image

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".jp2", ".webp")
IMAGE_FORMATS = ("JPEG", "PNG", "TIFF", "JPEG2000", "WEBP", "BMP", "GIF")
TURNED = (5, 6, 7, 8)
LARGEST = 64 * 2**20
MOST_NODES = 2_000_000
SNIFFED = 64 * 2**10
NAME = re.compile(r"(?:[^\W\d][\w.-]*:)?([^\W\d][\w.-]*)")
DECLARED_ROOT = re.compile(r"<(?:!DOCTYPE\s+)?(?:[\w.-]+:)?(PcGts|alto)\b")
ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
ENCODINGS = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d|mac-roman")


class PageError(ValueError):
    """Nothing of a page can be used; the message is one line."""


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
