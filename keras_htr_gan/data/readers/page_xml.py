"""Transcribed pages: PAGE-XML or ALTO beside the page images.

References:
    PAGE, PRImA Research Lab (Pletschacher and Antonacopoulos, ICPR 2010),
    https://github.com/PRImA-Research-Lab/PAGE-XML, 2010 to 2019.
    ALTO, Library of Congress, https://www.loc.gov/standards/alto/, v1 to v4.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_htr_gan.charset import strip_invisible
from keras_htr_gan.data.readers.file_names import FileNames
from keras_htr_gan.data.readers.outlines import clip_polygon
from keras_htr_gan.data.readers.page_files import find_image, measure_page
from keras_htr_gan.data.readers.page_formats import Alto, PageXml
from keras_htr_gan.data.readers.safe_xml import (
    PageError,
    get_local_name,
    parse_xml_text,
    read_xml,
)
from keras_htr_gan.data.wording import shorten, to_one_line


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
class TranscribedPage:
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


@dataclass(frozen=True)
class PageDocument:
    """An open PAGE or ALTO file whose image is there.

    Args:
        path, image: `Path` of the XML and of the image.
        text, encoding: str, see `read_xml`.
        root, page: `lxml` elements, the page being the first.
        form: `PageXml` or `Alto`.
        size: (width, height) of the image in pixels.
        scale: image pixels in a unit of the file, as (x, y).
        problems: tuple of str, a line each.
    """

    path: Path
    image: Path
    text: str
    encoding: str
    root: object
    page: object
    form: type
    size: tuple[int, int]
    scale: tuple[float, float]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class PageLine:
    """A line of an open page, transcribed or not.

    Args:
        element: `lxml` element.
        identity: str, its id, or `#` and its number.
        name: see `TextLine`.
        text: str, as `TextLine` has it; empty without a transcription.
        polygon: see `TextLine`, or `None` if it has no usable one.
        problem: str, what is wrong with the polygon, or `None`.
    """

    element: object
    identity: str
    name: str
    text: str
    polygon: tuple[tuple[int, int], ...] | None
    problem: str | None


def read_transcription(path, folder, names=None):
    """Reads the lines of a PAGE or ALTO file and finds its image.

    Of several transcriptions of a PAGE line the one of lowest index counts,
    and one without an index only where none has any; of an ALTO word its
    `CONTENT`, and no `ALTERNATIVE`.
    ALTO text is what stands on the line: a hyphen at its end stays and
    `SUBS_CONTENT` is not used. Coordinates are scaled to the image where the
    size in the file, in any unit, is another one.

    Args:
        path: the XML file.
        folder: nothing outside this folder is read, whatever the file says.
        names: `FileNames` of all the data, or `None` for those of this file.

    Returns:
        `TranscribedPage`; lines without text or usable outline are among its
        problems.

    Raises:
        PageError: the file is not well-formed PAGE or ALTO, has a DTD, is
            outside the folder or too large, or its image is missing, outside
            the folder or unreadable.
    """
    document = open_page(path, folder, names)
    lines, missed = read_text_lines(document)
    problems = (*document.problems, *missed)
    return TranscribedPage(
        document.path, document.image, tuple(lines), problems
    )


def open_page(path, folder, names=None, image=None):
    """Opens a PAGE or ALTO file and finds its image.

    Args:
        path, folder, names: see `read_transcription`.
        image: `Path` of the image where it is known, whatever the file says.

    Returns:
        `PageDocument`.

    Raises:
        PageError: see `read_transcription`.
    """
    path, folder = Path(path), Path(folder)
    text, encoding = read_xml(path, folder)
    root = parse_xml_text(path, text)
    page = root.find(".//{*}Page")
    if page is None:
        raise PageError(path, "has no Page")
    form = Alto if get_local_name(root) == "alto" else PageXml
    if image is None:
        named = form.image_name(root, page)
        image = find_image(path, folder, named, names or FileNames())
    size = measure_page(path, image)
    scale = form.scale(root, page, size)
    if scale is None:
        raise PageError(
            path, "is not measured in pixels and has no Page WIDTH and HEIGHT"
        )
    problems = check_shape(path, image, size, scale)
    pages = sum(1 for _ in root.iter("{*}Page"))
    if pages > 1:
        problems.append(
            f"{to_one_line(path.name)}: only the first of {pages} pages is read"
        )
    return PageDocument(
        path,
        image,
        text,
        encoding,
        root,
        page,
        form,
        size,
        scale,
        tuple(problems),
    )


def check_shape(path, image, size, scale):
    """What is wrong with the shape of a page's image: list of str.

    Args:
        path, image: `Path` of the XML and of the image.
        size: (width, height) of the image in pixels.
        scale: image pixels in a unit of the file, as (x, y).

    Raises:
        PageError: if the image lies on its side.
    """
    if 0.98 < scale[0] / scale[1] < 1.02:
        return []
    declared = size[0] / scale[0], size[1] / scale[1]
    if np.allclose(declared, size[::-1], rtol=0.005):
        raise PageError(
            path, f"made for an image turned from {image.name} by a quarter"
        )
    return [
        f"{to_one_line(path.name)}: made for an image of another shape than "
        f"{to_one_line(image.name)}, {size[0]}x{size[1]} pixels"
    ]


def list_page_lines(document):
    """The lines of a `PageDocument`, in the order of the file.

    Returns:
        list of `PageLine`.
    """
    name, form = to_one_line(document.path.name), document.form
    lines = []
    for number, line in enumerate(document.page.iter("{*}TextLine"), 1):
        identity = line.get(form.identity) or f"#{number}"
        label = to_one_line(f"{name}: line {shorten(identity)}")
        text = " ".join(strip_invisible(form.text(line)).split())
        polygon = problem = None
        try:
            outline = form.outline(line, document.scale)
            polygon = clip_polygon(outline, document.size)
        except ValueError as cause:
            problem = str(cause)
        lines.append(PageLine(line, identity, label, text, polygon, problem))
    return lines


def read_text_lines(document):
    """The transcribed lines of a page and what is wrong with the others.

    Args:
        document: `PageDocument`.

    Returns:
        Lists of `TextLine` and of str.
    """
    name = to_one_line(document.path.name)
    lines, problems, empty = [], [], 0
    found = list_page_lines(document)
    for line in found:
        if not line.text:
            empty += 1
        elif line.problem:
            problems.append(f"{line.name} {line.problem}")
        else:
            lines.append(TextLine(line.name, line.text, line.polygon))
    if empty:
        problems.append(f"{name}: {empty} line{'s' * (empty > 1)} without text")
    if not found:
        problems.append(f"{name}: no text lines")
    return lines, problems
