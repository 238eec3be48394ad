"""Writes what was read into the lines of a PAGE or ALTO file."""

import re
from dataclasses import dataclass

import numpy as np

from keras_htr_gan.data.readers.page_formats import Alto, sort_equivalents
from keras_htr_gan.data.readers.safe_xml import get_local_name
from keras_htr_gan.transcripts.splicing import (
    Splicer,
    make_element,
    make_text_element,
)

# From the first of these versions of PAGE on a line may have several texts,
# and from the second on one says where it is from.
SEVERAL_TEXTS, WITH_COMMENTS = 2016, 2019
OURS = "keras_htr_gan"
# What stands behind the texts of a line or a region of PAGE.
BEHIND_TEXT = ("TextStyle", "UserDefined", "Labels")
OF_THE_TEXT = ("String", "SP", "HYP")


@dataclass(frozen=True)
class ReadText:
    """What was read in a line.

    Args:
        text: str.
        confidence: float, 0 to 1.
        words: tuple of `ReadWord`.
    """

    text: str
    confidence: float
    words: tuple = ()


@dataclass(frozen=True)
class ReadWord:
    """A word of a line.

    Args:
        text: str.
        confidence: float, 0 to 1.
        left, right: float, image pixels of the page.
    """

    text: str
    confidence: float
    left: float
    right: float


def write_texts(document, lines, readings):
    """A page's XML with what was read; all else stays byte for byte.

    In PAGE it is the main text of the line, a `TextEquiv` with `conf`. Those
    that were there are kept behind it by `index`, but for one that we wrote;
    before 2016 a line has one alone, which is replaced. A region that has a
    text gets that of its lines. Words keep theirs. In ALTO the words take the
    place of what stood in the line, with `WC` and boxes.

    Args:
        document: `PageDocument`.
        lines: list of `PageLine`, all of the page.
        readings: list of `ReadText`, or `None` for a line that was not read
            and stays as it is.

    Returns:
        bytes of the file.

    Raises:
        PageError: if it cannot be written again.
    """
    splicer = Splicer(document)
    write = write_alto_line if document.form is Alto else write_page_line
    regions = {}
    for line, reading in zip(lines, readings, strict=True):
        region = regions.setdefault(line.element.getparent(), [[], False])
        if reading is None:
            region[0].append(line.text)
            continue
        write(splicer, document, line, reading)
        region[0].append(reading.text)
        region[1] = True
    if document.form is not Alto:
        for region, (texts, is_read) in regions.items():
            if is_read and region.find("{*}TextEquiv") is not None:
                text = "\n".join(texts)
                write_page_text(splicer, region, text, {})
    return splicer.make()


def write_page_line(splicer, document, line, reading):
    """Writes a line of PAGE, see `write_texts`."""
    confidence = {"conf": format_confidence(reading.confidence)}
    write_page_text(splicer, line.element, reading.text, confidence)


def write_page_text(splicer, element, text, attributes):
    """Writes the main text of a line or a region of PAGE.

    Args:
        splicer: `Splicer`.
        element: `lxml` element.
        text: str.
        attributes: dict, of the `TextEquiv`.
    """
    version = find_page_version(element)
    if version >= WITH_COMMENTS:
        attributes = attributes | {"comments": OURS}
    earlier = sort_equivalents(element)
    unicode = make_text_element(splicer.name(element, "Unicode"), text)
    name = splicer.name(element, "TextEquiv")
    kept = [e for e in earlier if e.get("comments") != OURS]
    if version < SEVERAL_TEXTS:
        kept = []
    if kept:
        attributes = {"index": 0} | attributes
    equivalent = make_element(name, attributes, unicode)
    if not earlier:
        before = [e for e in element if get_local_name(e) not in BEHIND_TEXT]
        splicer.insert_after(before[-1], equivalent)
        return
    dropped = [e for e in earlier if e not in kept]
    if dropped:
        splicer.replace(dropped[0], dropped[0], equivalent)
    else:
        splicer.insert_before(element.find("{*}TextEquiv"), equivalent)
    for other in dropped[1:]:
        splicer.replace(other, other, "")
    for index, other in enumerate(kept, 1):
        splicer.set_attribute(other, "index", str(index))


def find_page_version(element):
    """The year in the namespace of a PAGE element: int, or 2019 without."""
    year = re.search(r"/(20\d\d)-\d\d-\d\d", element.tag)
    return int(year[1]) if year else WITH_COMMENTS


def write_alto_line(splicer, document, line, reading):
    """Writes a line of ALTO, see `write_texts`."""
    element = line.element
    box = np.asarray(line.polygon)
    (_, top), (_, bottom) = box.min(axis=0), box.max(axis=0)
    x_scale, y_scale = document.scale
    rows = {
        "VPOS": round(top / y_scale),
        "HEIGHT": max(1, round((bottom - top + 1) / y_scale)),
    }
    words = reading.words or (
        ReadWord("", reading.confidence, *box[:, 0][[box[:, 0].argmin()] * 2]),
    )
    spans = [
        (round(word.left / x_scale), round(word.right / x_scale))
        for word in words
    ]
    parts = []
    for number, (word, (left, right)) in enumerate(
        zip(words, spans, strict=True)
    ):
        if number:
            end = spans[number - 1][1]
            space = {"HPOS": end, "VPOS": rows["VPOS"]}
            space |= {"WIDTH": max(0, left - end)}
            parts.append(make_element(splicer.name(element, "SP"), space))
        columns = {"HPOS": left, "WIDTH": max(1, right - left)}
        content = {"CONTENT": word.text}
        content |= {"WC": format_confidence(word.confidence)}
        string = splicer.name(element, "String")
        parts.append(make_element(string, content | columns | rows))
    earlier = [e for e in element if get_local_name(e) in OF_THE_TEXT]
    if earlier:
        gap = splicer.gap_before(earlier[0])
        splicer.replace(earlier[0], earlier[-1], gap.join(parts))
    elif len(element):
        gap = splicer.gap_before(element[-1])
        splicer.insert_after(element[-1], gap.join(parts))
    else:
        splicer.fill(element, "".join(parts))


def format_confidence(confidence):
    return f"{confidence:.4f}"
