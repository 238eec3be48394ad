"""Changes parts of an XML file and leaves every other byte as it was."""

import re
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from keras_htr_gan.data.readers.safe_xml import PageError

TAG = re.compile(rb"""<([^\s/>]+)(?:[^"'>]|"[^"]*"|'[^']*')*>""")

LONGEST_GAP = 1000


@dataclass(frozen=True)
class Span:
    """Where an element stands in the bytes of a file.

    Args:
        start, end: int, from its `<` to after its last `>`.
        inside, close: int, from the end of its start tag to the beginning of
            its end tag; both are `end` of one that is empty, `<a/>`.
    """

    start: int
    inside: int
    close: int
    end: int


class Splicer:
    """Collects changes of an open page and makes its new bytes.

    What is not changed stays byte for byte: quotes, line ends, indentation,
    comments, and the encoding.

    Args:
        document: `PageDocument`.

    Raises:
        PageError: if its elements cannot be found in its text.
    """

    def __init__(self, document):
        self.encoding = document.encoding
        self.data = document.text.encode()
        elements = list(document.root.iter("*"))
        spans = locate_elements(self.data, document.path)
        if len(spans) != len(elements):
            raise PageError(document.path, "cannot be written again")
        self.spans = dict(zip(elements, spans, strict=True))
        self.edits = []

    def name(self, element, local):
        """A name with the prefix that an element has in the file: str."""
        return f"{element.prefix}:{local}" if element.prefix else local

    def is_empty(self, element):
        """Whether an element is one tag, `<a/>`: bool."""
        span = self.spans[element]
        return span.inside == span.end

    def gap_before(self, element):
        """The white space before an element: str."""
        start = self.spans[element].start
        before = self.data[max(0, start - LONGEST_GAP) : start]
        return before[len(before.rstrip()) :].decode()

    def replace(self, first, last, xml):
        """Puts XML, a str, in the place of neighbours, first to last."""
        start, end = self.spans[first].start, self.spans[last].end
        self.edits.append((start, end, xml))

    def insert_after(self, element, xml):
        """Puts XML after an element, indented as that is."""
        end = self.spans[element].end
        self.edits.append((end, end, self.gap_before(element) + xml))

    def insert_before(self, element, xml):
        """Puts XML before an element, indented as that is."""
        start = self.spans[element].start
        self.edits.append((start, start, xml + self.gap_before(element)))

    def fill(self, element, xml):
        """Puts XML, a str, in the place of all that is within an element."""
        span = self.spans[element]
        if not self.is_empty(element):
            self.edits.append((span.inside, span.close, xml))
            return
        name = self.tag_name(element)
        slash = self.data.rindex(b"/", span.start, span.end)
        self.edits.append((slash, span.end, f">{xml}</{name}>"))

    def set_attribute(self, element, name, value):
        """Sets an attribute without a prefix; may be done once an element."""
        span = self.spans[element]
        tag = self.data[span.start : span.inside]
        quoted = f"{name}={quoteattr(value)}"
        for match in re.finditer(
            rb"""\s([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')""", tag
        ):
            if match[1].decode() == name:
                start = span.start + match.start(1)
                self.edits.append((start, span.start + match.end(), quoted))
                return
        start = span.start + 1 + len(self.tag_name(element).encode())
        self.edits.append((start, start, f" {quoted}"))

    def tag_name(self, element):
        """The name of an element as the file has it: str."""
        span = self.spans[element]
        return TAG.match(self.data, span.start)[1].decode()

    def make(self):
        """The new file: bytes, in the encoding of the old one.

        What the encoding lacks is written as a character reference.
        """
        parts, at = [], 0
        for start, end, xml in sorted(self.edits, key=lambda edit: edit[:2]):
            parts += [self.data[at:start], xml.encode()]
            at = end
        text = b"".join([*parts, self.data[at:]]).decode()
        return text.encode(self.encoding, "xmlcharrefreplace")


def locate_elements(data, path):
    """Where the elements of an XML file stand.

    Args:
        data: bytes, UTF-8 whatever the file declares, without a DTD.
        path: of the file, for the error.

    Returns:
        list of `Span`, in the order of their start tags.

    Raises:
        PageError: if it is not well-formed.
    """
    parser = expat.ParserCreate("utf-8")
    spans, opened = [], []

    def start(name, attributes):
        begin = parser.CurrentByteIndex
        opened.append((len(spans), begin, TAG.match(data, begin).end()))
        spans.append(None)

    def end(name):
        number, begin, inside = opened.pop()
        if data[inside - 2 : inside] == b"/>":
            spans[number] = Span(begin, inside, inside, inside)
            return
        close = parser.CurrentByteIndex
        last = data.index(b">", close) + 1
        spans[number] = Span(begin, inside, close, last)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as cause:
        raise PageError(path, f"not XML, or cut short: {cause}") from cause
    return spans


def make_element(name, attributes, inside=None):
    """An element as XML: str.

    Args:
        name: str.
        attributes: dict of str to what is written as str.
        inside: str, XML, or `None` for an empty element.
    """
    told = "".join(
        f" {key}={quoteattr(str(value))}" for key, value in attributes.items()
    )
    if inside is None:
        return f"<{name}{told}/>"
    return f"<{name}{told}>{inside}</{name}>"


def make_text_element(name, text):
    """An element with a text within: str."""
    return make_element(name, {}, escape(text))
