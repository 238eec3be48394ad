"""Parses XML of unknown origin: no DTD, no network, nothing oversized."""

import codecs
import os
import re

from lxml import etree

from keras_htr_gan.data.wording import shorten, to_one_line
from keras_htr_gan.storage import is_within

LARGEST = 64 * 2**20
MOST_NODES = 2_000_000
ROOTS = ("PcGts", "alto")
ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
ENCODINGS = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d|mac-roman")


class PageError(ValueError):
    """Nothing of a page can be used; the message is one line.

    Args:
        path: path of the page's XML.
        problem: str.
    """

    def __init__(self, path, problem):
        super().__init__(to_one_line(f"{path}: {problem}"))
        self.problem = to_one_line(problem)


def parse_xml(path, folder):
    """Parses a PAGE or ALTO file; no DTD is ever expanded.

    Args:
        path: `Path` of the file.
        folder: path; a file outside is not opened.

    Returns:
        `lxml` element, the root.

    Raises:
        PageError: see `read_transcription`.
    """
    return parse_xml_text(path, read_xml(path, folder)[0])


def parse_xml_text(path, text):
    """The same of a file's text, see `read_xml`."""
    root = parse_any_xml(path, text)
    name = get_local_name(root)
    if name not in ROOTS:
        raise PageError(
            path, f"neither PAGE nor ALTO: its root is {shorten(name)}"
        )
    return root


def parse_any_xml(path, text):
    """The same, whatever the XML is for."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise PageError(
            path, "has a DTD, which is not read; remove its DOCTYPE"
        )
    if text.count("<") + text.count("=") > MOST_NODES:
        raise PageError(path, f"has more than {MOST_NODES} tags and attributes")
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
        raise PageError(
            path, f"not XML, or cut short: {shorten(cause.msg)}"
        ) from cause
    if root.getroottree().docinfo.doctype:
        raise PageError(path, "has a DTD, which is not read")
    return root


def read_xml(path, folder):
    """The text of an XML file, for arguments and errors see `parse_xml`.

    What is searched for a DTD is, character by character, what is parsed: no
    encoding can hide one.

    Returns:
        `(text, encoding)`, both str: the name of its codec.
    """
    if not is_within(path, folder):
        raise PageError(path, f"is outside {folder}")
    if not is_file(path):
        raise PageError(path, "no such file")
    try:
        with open(path, "rb") as file:
            # `read` sets aside all that it may read.
            size = os.fstat(file.fileno()).st_size
            data = file.read(min(size, LARGEST) + 1)
    except OSError as cause:
        raise PageError(path, f"cannot be read: {cause.strerror}") from cause
    if len(data) > LARGEST:
        raise PageError(path, f"is larger than {LARGEST >> 20} MiB")
    try:
        encoding = find_encoding(data)
        return data.decode(encoding), encoding
    except (UnicodeError, LookupError) as cause:
        raise PageError(
            path, f"not in the encoding it declares: {cause}"
        ) from cause


def find_encoding(data):
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


def get_local_name(element):
    """The name of an `lxml` element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def is_file(path):
    """Whether a path, which may be none at all, is a file's: bool."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
