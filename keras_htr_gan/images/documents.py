"""Documents page by page: images, TIFF files of several pages, PDF."""

import contextlib
import dataclasses
import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin

from keras_htr_gan.images.decoding import (
    MAX_PIXELS,
    TOO_LARGE,
    ImageError,
    decoding,
    grey,
)

SUFFIXES = {
    ".bmp": "BMP",
    ".jp2": "JPEG2000",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".pdf": "PDF",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
PDF_DPI = 300
OPTIONS = {
    "JPEG": {"quality": 95},
    "TIFF": {"compression": "tiff_lzw"},
    "WEBP": {"lossless": True},
}


@dataclasses.dataclass(frozen=True)
class Page:
    """One page of a document, upright.

    Args:
        grey: float32 `(height, width)`, 0 = black, 1 = white.
        colour: uint8 `(height, width, 3)`, or `None` if the page is grey.
        dpi: (float, float), pixels an inch across and down, or `None`.
    """

    grey: np.ndarray
    colour: np.ndarray | None
    dpi: tuple[float, float] | None


def find_documents(path):
    """The documents in a folder and all below it, or a single file.

    Args:
        path: `Path`.

    Returns:
        list of `(file, name)`, the name being the path within the folder.
    """
    if not path.is_dir():
        return [(path, Path(path.name))]
    return [
        (file, file.relative_to(path))
        for file in sorted(path.rglob("*"))
        if file.suffix.lower() in SUFFIXES and file.is_file()
    ]


def count_pages(path):
    """How many pages a document has; 1 for what cannot be opened."""
    try:
        if path.suffix.lower() == ".pdf":
            with opened_pdf(path) as document:
                return len(document)
        with decoding(path) as image:
            return frames(image)
    except ImageError:
        return 1


def read_pages(path):
    """Yields the pages of a document, each decoded when it is asked for.

    Args:
        path: `Path`; a PDF is rendered with `PDF_DPI`.

    Yields:
        `Page`.

    Raises:
        ImageError: says in a few words what is wrong with the file.
    """
    if path.suffix.lower() == ".pdf":
        with opened_pdf(path) as document:
            for i in range(len(document)):
                page = document[i]
                width, height = (
                    side * PDF_DPI / 72 for side in page.get_size()
                )
                if width * height > MAX_PIXELS:
                    raise ImageError(f"page {i + 1}: {TOO_LARGE}")
                # A hair less: sides are rounded up.
                image = page.render(scale=0.999999 * PDF_DPI / 72).to_pil()
                yield page_of(image, (PDF_DPI, PDF_DPI))
        return
    with decoding(path) as image:
        for i in range(frames(image)):
            image.seek(i)
            if image.width * image.height > MAX_PIXELS:
                raise ImageError(f"page {i + 1}: {TOO_LARGE}")
            dpi = image.info.get("dpi")
            upright = ImageOps.exif_transpose(image)
            yield page_of(upright, dpi and tuple(map(float, dpi)))


def frames(image):
    """Pages of an open image; of an animation only the first is one."""
    return image.n_frames if image.format == "TIFF" else 1


@contextlib.contextmanager
def opened_pdf(path):
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except FileNotFoundError as error:
        raise ImageError("no such file") from error
    except pypdfium2.PdfiumError as error:
        raise ImageError(f"not a PDF that can be read ({error})") from error
    try:
        yield document
    finally:
        document.close()


def page_of(image, dpi):
    colour = None
    if image.mode not in ("1", "L", "LA", "I", "F", "I;16", "I;16B"):
        colour = np.asarray(image.convert("RGB"))
        if (colour[..., :1] == colour).all():
            colour = None
    return Page(grey(image), colour, dpi)


class DocumentWriter:
    """Writes the pages of a document; the file is there when all are.

    Use it in a `with` block: what was written is kept only if that ends well;
    or call `open` and `close`.

    Args:
        path: `Path` of the file; its suffix says the format.

    Raises:
        OSError: if the folder cannot be written to.
    """

    def __init__(self, path):
        self.path = path
        self.format = SUFFIXES[path.suffix.lower()]
        self.partial = path.with_name(f".{path.name}.partial")
        self.pages = 0

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, kind, error, trace):
        self.close(keep=kind is None)

    def open(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.partial.unlink(missing_ok=True)
        self.tiff = (
            TiffImagePlugin.AppendingTiffWriter(str(self.partial), True)
            if self.format == "TIFF"
            else None
        )

    def write(self, image, dpi):
        """Adds a page.

        Args:
            image: uint8 `(height, width)` or `(height, width, 3)`, or bool
                `(height, width)`, true for white.
            dpi: see `Page`.
        """
        image = Image.fromarray(image)
        options = dict(OPTIONS.get(self.format, {}))
        if image.mode == "1":
            if self.format in ("JPEG", "WEBP", "JPEG2000"):
                image = image.convert("L")
            elif self.format == "TIFF":
                options["compression"] = "group4"
        if self.format == "PDF":
            options |= {"resolution": (dpi or (PDF_DPI,))[0]}
            options |= {"append": self.pages > 0}
        elif dpi is not None:
            options["dpi"] = dpi
        image.save(self.tiff or self.partial, format=self.format, **options)
        if self.tiff:
            self.tiff.newFrame()
        self.pages += 1

    def close(self, keep=True):
        """Ends the file, or removes what there is of it."""
        if self.tiff:
            self.tiff.close()
        if keep and self.pages:
            os.replace(self.partial, self.path)
        else:
            self.partial.unlink(missing_ok=True)
