"""Finds PAGE-XML and ALTO files and the images that they name."""

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from keras_htr_gan.data.readers.safe_xml import (
    ROOTS,
    PageError,
    find_encoding,
    is_file,
)
from keras_htr_gan.data.wording import shorten
from keras_htr_gan.images.decoding import (
    IMAGE_SUFFIXES,
    ImageError,
    measure_image,
)
from keras_htr_gan.storage import is_within

SNIFFED = 64 * 2**10
NAME = re.compile(r"(?:[^\W\d][\w.-]*:)?([^\W\d][\w.-]*)")
DECLARED_ROOT = re.compile(r"<(?:!DOCTYPE\s+)?(?:[\w.-]+:)?(PcGts|alto)\b")


def find_page_files(folder):
    """Finds the PAGE and ALTO files in a folder and all below it, sorted.

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


def find_image(path, folder, named, names):
    """Finds the image that a file names, or one called like the file.

    Looked for as named, by its last part beside the file, above it and in
    `images/` above it, and then by the file's own name with another suffix.
    A URL or an absolute path counts by its last part only.

    Args:
        path: `Path` of the file.
        folder: `Path`; nothing outside is looked at.
        named: str, or `None`.
        names: `FileNames`.

    Raises:
        PageError: if there is none, or several are nearly called so.
    """
    named = (named or "").strip()
    here = path.parent
    above = here.parent
    places = (here, above, above / "images")
    absolute, relative, bases = parse_name(named)
    as_named = [place / base for place in places for base in bases]
    if named and not absolute:
        # OCR-D names images from the folder above.
        as_named = [here / relative, *as_named, above / relative]
    like_the_file = [
        place / (path.stem + suffix)
        for place in places
        for small in IMAGE_SUFFIXES
        for suffix in (small, small.upper())
    ]
    for candidates in (as_named, like_the_file):
        candidates = [c for c in candidates if is_within(c, folder)]
        for candidate in candidates:
            if is_file(candidate):
                return candidate
        try:
            for candidate in candidates:
                found = names.find(candidate, folder)
                if found and is_within(found, folder):
                    return found
        except ValueError as error:
            raise PageError(path, str(error)) from error
    if not named:
        raise PageError(path, "names no image, and none is called like it")
    if unquote(named) != named:
        # Some write a name as a URL has it, with no URL around it.
        return find_image(path, folder, unquote(named), names)
    if not all(is_within(here / name, folder) for name in (relative, *bases)):
        problem = f"names an image outside {folder}: {shorten(named)}"
        raise PageError(path, problem)
    raise PageError(path, f"names an image that is missing: {shorten(named)}")


def parse_name(named):
    """Parses what a file calls its image.

    Args:
        named: str, or `""`.

    Returns:
        bool, whether it is a URL or an absolute path; str, the name with
        slashes; list of str, what the last part of it may be.
    """
    absolute = bool(re.match(r"[A-Za-z][\w+.-]*:|[\\/]", named))
    relative = named.replace("\\", "/")
    bases = [relative.rsplit("/", 1)[-1]] if named else []
    if absolute and "://" in named:
        try:
            bases.append(unquote(urlsplit(named).path).rsplit("/", 1)[-1])
        except ValueError:
            pass
    return absolute, relative, bases


def measure_page(path, image):
    """Width and height of a page's image, see `measure_image`."""
    try:
        return measure_image(image)
    except ImageError as cause:
        problem = f"has an image that cannot be read: {image.name} ({cause})"
        raise PageError(path, problem) from cause


def is_page(path, folder):
    """Whether an XML file is PAGE or ALTO, by its start."""
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
        text = head.decode(find_encoding(head), "replace")
    except LookupError:
        text = head.decode("latin-1")
    return find_root_name(text) in ROOTS


def find_root_name(text):
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
