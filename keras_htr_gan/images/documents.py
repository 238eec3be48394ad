"""Documents page by page: images, TIFF files of several pages, PDF."""

import contextlib
import dataclasses

import numpy as np
from PIL import Image, TiffImagePlugin

from keras_htr_gan.images.colour import darken_faint_ink
from keras_htr_gan.images.decoding import (
    MAX_PIXELS,
    TOO_LARGE,
    WRITTEN_SUFFIXES,
    ImageError,
    convert_to_grey,
    open_image,
    refuse_scrambled,
)
from keras_htr_gan.images.tiff import find_pages, turn_upright
from keras_htr_gan.images.transparency import lay_on_paper
from keras_htr_gan.images.xmp import append_packet, with_packet
from keras_htr_gan.storage import whole_file

# Each suffix under which a document is written, with its format.
SUFFIXES = dict(sorted({**WRITTEN_SUFFIXES, ".pdf": "PDF"}.items()))
PDF_DPI = 300
# Of so many rows and columns one is looked at before all are.
SOME = 16
OPTIONS = {
    "JPEG": {"quality": 95},
    "TIFF": {"compression": "tiff_lzw"},
    "WEBP": {"lossless": True},
}


@dataclasses.dataclass(frozen=True)
class Page:
    """One page of a document, upright.

    Args:
        grey: float32 `(height, width)`, 0 = black, 1 = white; darker than it
            looks where ink is plain in colour alone, see `darken_faint_ink`.
        colour: uint8 `(height, width, 3)`, or `None` if the page is grey.
        dpi: (float, float), pixels an inch across and down, or `None`.
        place: `Place` in the PDF whose scan it is, or `None`.
        taken: what became of its other side, see `take_out_partners`, or
            `None`.
    """

    grey: np.ndarray
    colour: np.ndarray | None
    dpi: tuple[float, float] | None
    place: object = None
    taken: object = None


def count_pages(path):
    """How many pages a document has; 1 for what cannot be opened."""
    try:
        if path.suffix.lower() == ".pdf":
            with open_pdf(path) as document:
                return len(document)
        with open_image(path) as image:
            return len(find_frames(image))
    except ImageError:
        return 1


def read_pages(path, only=None):
    """Yields the pages of a document, each decoded when it is asked for.

    Args:
        path: `Path`; a PDF is rendered with `PDF_DPI`.
        only: int, the one page that is wanted, from 0; or `None` for all.

    Yields:
        `Page`.

    Raises:
        ImageError: says in a few words what is wrong with the file.
    """
    if path.suffix.lower() == ".pdf":
        with open_pdf(path) as document:
            for i in range(len(document)):
                if only not in (None, i):
                    continue
                page = document[i]
                width, height = (
                    side * PDF_DPI / 72 for side in page.get_size()
                )
                if width * height > MAX_PIXELS:
                    raise ImageError(f"page {i + 1}: {TOO_LARGE}")
                # A hair less: sides are rounded up.
                image = page.render(scale=0.999999 * PDF_DPI / 72).to_pil()
                yield make_page(image, (PDF_DPI, PDF_DPI))
        return
    with open_image(path) as image:
        for number, frame in enumerate(find_frames(image), 1):
            if only not in (None, number - 1):
                continue
            image.seek(frame)
            if image.width * image.height > MAX_PIXELS:
                raise ImageError(f"page {number}: {TOO_LARGE}")
            refuse_scrambled(image)
            dpi = image.info.get("dpi")
            upright = turn_upright(image)
            yield make_page(upright, dpi and tuple(map(float, dpi)))


def find_frames(image):
    """The pages of an open image; of an animation only the first is one."""
    return find_pages(image) if image.format == "TIFF" else [0]


@contextlib.contextmanager
def open_pdf(path):
    """A PDF opened by PDFium, within a `with` block."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except FileNotFoundError as error:
        raise ImageError("no such file") from error
    except pypdfium2.PdfiumError as error:
        reason = f"not a PDF that can be read ({error})"
        if "password" in str(error).lower():
            reason = "needs a password; save it without one"
        raise ImageError(reason) from error
    try:
        yield document
    finally:
        document.close()


def make_page(image, dpi):
    """A `Page` of a PIL image that is upright."""
    colour, image = None, lay_on_paper(image)
    if image.mode not in ("1", "L", "LA", "I", "F", "I;16", "I;16B"):
        if image.mode != "RGB":
            image = image.convert("RGB")
        colour = np.asarray(image)
        if is_grey(colour[::SOME, ::SOME]) and is_grey(colour):
            colour = None
    grey = convert_to_grey(image)
    if colour is not None:
        grey = darken_faint_ink(grey, colour)
    return Page(grey, colour, dpi)


def is_grey(colour):
    """Whether red, green and blue are one and the same: bool.

    Args:
        colour: uint8 `(height, width, 3)`.
    """
    red, green, blue = np.moveaxis(colour, -1, 0)
    return np.array_equal(red, green) and np.array_equal(red, blue)


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
        self.pages = 0

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, kind, error, trace):
        self.close(keep=kind is None)

    def open(self):
        self.files = contextlib.ExitStack()
        self.partial = self.files.enter_context(whole_file(self.path))
        self.tiff = None
        if self.format == "TIFF":
            self.tiff = self.files.enter_context(
                TiffImagePlugin.AppendingTiffWriter(str(self.partial), True)
            )

    def write(self, image, dpi, packet=None):
        """Adds a page.

        Args:
            image: uint8 `(height, width)` or `(height, width, 3)`, or bool
                `(height, width)`, true for white.
            dpi: see `Page`.
            packet: bytes, XMP of the page, or `None`; not written to a PDF.
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
        if packet is not None:
            options |= with_packet(self.format, packet)
        image.save(self.tiff or self.partial, format=self.format, **options)
        if packet is not None and self.format == "JPEG2000":
            append_packet(self.partial, packet)
        if self.tiff:
            self.tiff.newFrame()
        self.pages += 1

    def close(self, keep=True):
        """Ends the file, or removes what there is of it."""
        if keep and self.pages:
            self.files.close()
        else:
            self.files.__exit__(OSError, OSError("not to be kept"), None)
