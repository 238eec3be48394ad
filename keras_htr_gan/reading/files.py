"""Reads images of lines on disk."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import (
    IMAGE_SUFFIXES,
    ImageError,
    load_grey,
)
from keras_htr_gan.images.documents import read_pages
from keras_htr_gan.images.finding import Found, find_documents
from keras_htr_gan.images.polarity import must_turn, tell_turned_images
from keras_htr_gan.reading.confidence import read_with_confidence
from keras_htr_gan.restoration.layout import count_lines, is_flat, is_line
from keras_htr_gan.restoration.restorer import restore_lines

TOGETHER = 64
LARGEST_WORD = 1_000_000  # pixels


def find_line_images(inputs, transcripts=()):
    """The images among files and folders, in order.

    Args:
        inputs: sequence of paths.
        transcripts: resolved `Path`s of PAGE and ALTO files, which say
            themselves where their images are: a folder may hold these alone.

    Returns:
        `Found`.

    Raises:
        UserError: if a folder holds neither, or a file is a PDF.
    """
    found = Found()
    for path in map(Path, inputs):
        if path.suffix.lower() == ".xml" and path.is_file():
            continue
        before = len(found.documents)
        if path.is_dir() or path.suffix.lower() != ".pdf":
            find_documents(path, IMAGE_SUFFIXES, found=found)
        if len(found.documents) == before and not any(
            file.is_relative_to(path.resolve()) for file in transcripts
        ):
            known = ", ".join(sorted(IMAGE_SUFFIXES))
            message = f"{path}: no image here; known are {known}"
            raise UserError("\n".join([message, *found.tell_left_out()]))
    return found


def read_files(
    images,
    recognizer,
    restorer=None,
    kind="auto",
    polarity="auto",
    careful=None,
):
    """Reads images of lines.

    Args:
        images: the documents that `find_line_images` found.
        recognizer: see `read_with_confidence`.
        restorer: model that restores the lines first, see `restore_lines`,
            or `None`.
        kind: `"line"` for images of lines, whatever their shape; `"auto"` to
            refuse those that look like pages.
        polarity: see `must_turn`; it is said how many were turned.
        careful: `CarefulRestorer` that restores them instead, or `None`.

    Returns:
        `(lines, failed)`: list of dict with `file`, `name`, `width`, `height`,
        `text`, `confidence` and `words`, see `Reading`, and list of
        `(file, reason)`.
    """
    lines, failed, turned = [], [], []
    with tqdm(total=len(images), unit=" lines", disable=None) as bar:
        for start in range(0, len(images), TOGETHER):
            some, pixels = images[start : start + TOGETHER], []
            for file, name in some:
                try:
                    image, negative = load_line(file, kind, polarity, careful)
                except ImageError as error:
                    failed.append((file, str(error)))
                    continue
                if negative:
                    turned.append(file)
                rows, columns = image.shape
                size = {"width": columns, "height": rows}
                lines.append({"file": str(file), "name": str(name), **size})
                pixels.append(image)
            if restorer is not None:
                pixels = restore_lines(restorer, pixels)
            for line, reading in zip(
                lines[len(lines) - len(pixels) :],
                read_with_confidence(recognizer, pixels),
                strict=True,
            ):
                line["text"] = reading.text
                line["confidence"] = reading.confidence
                line["words"] = reading.words()
            bar.update(len(some))
    tell_turned_images(turned, "lines")
    return lines, failed


def load_line(file, kind, polarity, careful=None):
    """The image of a line, as it is to be read.

    Args:
        file: path.
        kind, polarity, careful: see `read_files`.

    Returns:
        float32 `(height, width)`, and bool, whether it was turned.

    Raises:
        ImageError: if it cannot be used, or looks like a page.
    """
    image = load_grey(file)
    negative = must_turn(image, polarity)
    if negative:
        image = 1.0 - image
    if kind == "auto":
        refuse_page(image)
    if careful is not None:
        image, negative = careful.show(next(read_pages(Path(file))), polarity)
        image = np.float32(image / 255)
    return image, negative


def refuse_page(image):
    """Raises an `ImageError` if an image is none of a line, but of a page."""
    if is_line(image):
        return
    lines = count_lines(image) if is_flat(image) else None
    # A word alone is not flat, but small.
    if lines is None and image.size <= LARGEST_WORD:
        return
    looks = f"holds {lines} lines" if lines else "looks like a page"
    raise ImageError(
        f"{looks}; cut it into lines first, as with kraken or eScriptorium, "
        "or give `kind` line if it is one"
    )
