"""Reads the lines of pages that PAGE or ALTO files outline."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_htr_gan.data.readers.outlines import cut_line
from keras_htr_gan.data.readers.page_xml import PageDocument, list_page_lines
from keras_htr_gan.data.readers.safe_xml import PageError
from keras_htr_gan.images.decoding import ImageError, load_grey
from keras_htr_gan.images.documents import read_pages
from keras_htr_gan.images.polarity import must_turn, tell_turned_images
from keras_htr_gan.reading.confidence import read_with_confidence
from keras_htr_gan.restoration.restorer import restore_lines
from keras_htr_gan.transcripts.finding import Transcript
from keras_htr_gan.transcripts.text_heights import measure_line_pitch
from keras_htr_gan.transcripts.texts import ReadText, ReadWord, write_texts

MARGIN = 2


@dataclass(frozen=True)
class PageReading:
    """What was read on a page.

    Args:
        transcript: `Transcript`.
        document: `PageDocument`, or `None` if the page could not be read.
        lines: list of `PageLine`.
        readings: list of `Reading`, or `None` for a line without an outline.
        problem: str, what could not be read, in one line, or `None`.
    """

    transcript: Transcript
    document: PageDocument | None
    lines: list
    readings: list
    problem: str | None

    def rows(self):
        """What was read, as `read_files` has it: list of dict.

        There is also `xml`, the file; `id`, the line's; `polygon`, pairs of
        pixels; and `transcription`, what the file has as the line's text.
        """
        if self.document is None:
            return []
        width, height = self.document.size
        return [
            {
                "file": str(self.document.image),
                "name": self.transcript.name.as_posix(),
                "width": width,
                "height": height,
                "text": reading.text,
                "confidence": reading.confidence,
                "xml": str(self.transcript.path),
                "id": line.identity,
                "polygon": [list(point) for point in line.polygon],
                "transcription": line.text,
            }
            for line, reading in zip(self.lines, self.readings, strict=True)
            if reading is not None
        ]

    def xml(self):
        """The page's file with what was read, see `write_texts`: bytes."""
        texts = [
            reading and place_reading(line, reading, self.document.size)
            for line, reading in zip(self.lines, self.readings, strict=True)
        ]
        return write_texts(self.document, self.lines, texts)


def read_pages_by_line(
    transcripts, recognizer, restorer=None, polarity="auto", careful=None
):
    """Reads pages line by line, each cut along its outline.

    Args:
        transcripts: iterable of `Transcript`.
        recognizer: see `read`.
        restorer: model that restores the lines first, see `restore_lines`,
            or `None`.
        polarity: see `must_turn`, of the page; how many were turned is said.
        careful: `CarefulRestorer` that restores the pages instead, or `None`.

    Yields:
        `PageReading`, one for each.
    """
    turned = []
    for transcript in transcripts:
        try:
            document = transcript.open()
            lines = list_page_lines(document)
            page, negative = load_page(document, lines, polarity, careful)
        except PageError as error:
            yield PageReading(transcript, None, [], [], error.problem)
            continue
        except ImageError as error:
            yield PageReading(transcript, None, [], [], str(error))
            continue
        if negative:
            turned.append(document.image)
        cut = [
            np.float32(cut_line(page, line.polygon, MARGIN) / 255)
            for line in lines
            if line.polygon is not None
        ]
        if restorer is not None:
            cut = restore_lines(restorer, cut)
        read = iter(read_with_confidence(recognizer, cut))
        readings = [
            None if line.polygon is None else next(read) for line in lines
        ]
        problem = tell_unread(lines)
        yield PageReading(transcript, document, lines, readings, problem)
    tell_turned_images(turned, "pages")


def load_page(document, lines, polarity, careful=None):
    """The image of a page, as its lines are to be read.

    Args:
        document: `PageDocument`.
        lines: list of `PageLine`.
        polarity, careful: see `read_pages_by_line`.

    Returns:
        uint8 `(height, width)`, and bool, whether it was turned.

    Raises:
        ImageError: if it cannot be used.
    """
    if careful is not None:
        (page,) = read_pages(document.image, only=0)
        outlines = [x.polygon for x in lines if x.polygon is not None]
        height = measure_line_pitch(document)
        return careful.show(page, polarity, outlines, height)
    page = load_grey(document.image)
    negative = must_turn(page, polarity)
    page = 1.0 - page if negative else page
    return np.rint(255 * page).astype("uint8"), negative


def tell_unread(lines):
    """What of a page is not read, in one line: str, or `None`.

    Args:
        lines: list of `PageLine`.
    """
    if not lines:
        return "no text lines"
    unread = [line for line in lines if line.polygon is None]
    if not unread:
        return None
    many = "lines are" if len(unread) > 1 else "line is"
    first = unread[0].name.partition(": ")[2]
    return f"{len(unread)} {many} not read: {first} {unread[0].problem}"


def place_reading(line, reading, size):
    """What was read in a line, with its words where they are on the page.

    Args:
        line: `PageLine`.
        reading: `Reading`.
        size: (width, height) of the page in pixels.

    Returns:
        `ReadText`.
    """
    columns = np.asarray(line.polygon)[:, 0]
    left = max(columns.min() - MARGIN, 0)
    right = min(columns.max() + MARGIN + 1, size[0])
    words = tuple(
        ReadWord(
            word.text,
            word.confidence,
            left + word.start * (right - left),
            left + word.stop * (right - left),
        )
        for word in reading.words()
    )
    return ReadText(reading.text, reading.confidence, words)


def list_read_transcripts(found):
    """The `Transcript`s of `FoundTranscripts`, in the order of their names."""
    some = [t for of_image in found.of_image.values() for t in of_image]
    return sorted(some, key=lambda t: (t.folder, t.name))


def leave_to_pages(documents, found):
    """The images that are no pages with a PAGE or ALTO file of their own.

    Args:
        documents: list of `(file, name)`.
        found: `FoundTranscripts`; an image beside a damaged one of the same
            name is none to be read as a line either.

    Returns:
        list of `(file, name)`.
    """
    damaged = {
        (folder, path.stem)
        for path, _ in found.problems
        for folder in (path.parent.resolve(), path.parent.resolve().parent)
    }
    return [
        (file, name)
        for file, name in documents
        if file.resolve() not in found.of_image
        and (file.resolve().parent, Path(file).stem) not in damaged
    ]
