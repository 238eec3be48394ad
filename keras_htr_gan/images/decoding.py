"""The one place that opens image files.

Whatever a file holds (colour, grey, 16 bits, alpha, palette, CMYK, a rotation
in its EXIF data) arrives as the same thing: float32 `(height, width)`, 0 =
ink, 1 = paper.
"""

import contextlib
import dataclasses
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from keras_htr_gan.images.foreign import LONGEST, name_kind
from keras_htr_gan.images.tiff import is_scrambled, seek_page, turn_upright
from keras_htr_gan.images.transparency import lay_on_paper
from keras_htr_gan.storage import is_within

# Each format that is opened, with the suffixes under which it is written, the
# commonest first. Pillow has more, and hands one of them to a PostScript
# program.
FORMATS = {
    "JPEG": (".jpg", ".jpeg"),
    "PNG": (".png",),
    "TIFF": (".tif", ".tiff"),
    "JPEG2000": (".jp2",),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "GIF": (),
    "PPM": (),
}
WRITTEN_SUFFIXES = {
    suffix: name for name, suffixes in FORMATS.items() for suffix in suffixes
}
# By these, too, a file in a folder is known to be an image.
RARE_SUFFIXES = (
    *(".gif", ".jfif", ".jpe", ".jpf", ".jpx", ".j2k", ".j2c", ".jpc"),
    *(".pgm", ".ppm", ".pbm", ".pnm", ".dib", ".apng"),
)
IMAGE_SUFFIXES = (*WRITTEN_SUFFIXES, *RARE_SUFFIXES)
# Of 8, 10, 12, 14 and 16 bits.
WHITES = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)
MAX_PIXELS = 100_000_000
TOO_LARGE = f"more than {MAX_PIXELS // 10**6} million pixels"
# Orientations of EXIF in which width and height change places.
SIDEWAYS = (5, 6, 7, 8)

# MAX_PIXELS and ImageError say it in our own words, with the name of the file.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


class ImageError(ValueError):
    """An image that cannot be used; the message says why in a few words."""


@dataclasses.dataclass(frozen=True)
class ImageCell:
    """An encoded image in a row of a Hugging Face `Dataset`.

    Args:
        table: `datasets.Dataset` whose column has `Image(decode=False)`.
        row: int.
        column: str.
        folders: tuple of paths; an image that the table does not
            hold, only name, is read if it lies in one of them.
        names: what finds a file by a name that is spelt a little otherwise,
            as `data.readers.file_names.FileNames`, or `None`.
    """

    table: Any = dataclasses.field(repr=False, compare=False)
    row: int
    column: str
    folders: tuple = ()
    names: Any = dataclasses.field(default=None, repr=False, compare=False)

    def read(self):
        """The encoded image, bytes.

        Raises:
            ImageError: if there is none.
        """
        cell = self.table[self.row][self.column] or {}
        if cell.get("bytes"):
            return cell["bytes"]
        if not cell.get("path"):
            raise ImageError("the row holds no image")
        for folder in self.folders:
            path = folder / cell["path"]
            if is_within(path, folder):
                return self.find(path, folder).read_bytes()
        raise ImageError(
            "the row holds no image, only the name of one outside the data: "
            f"{cell['path']!r}"
        )

    def find(self, path, folder):
        """The path, or that of a file in the folder that is nearly called so.

        Raises:
            ImageError: if several are.
        """
        if self.names is None:
            return path
        try:
            found = self.names.find(path, folder)
        except ValueError as error:
            raise ImageError(str(error)) from error
        return found if found and is_within(found, folder) else path


def load_grey(image):
    """Decodes an image.

    Args:
        image: path of a file, or `ImageCell`.

    Returns:
        float32 `(height, width)`, 0 = black, 1 = white.

    Raises:
        ImageError: if it is empty, damaged, no image, or larger than
            `MAX_PIXELS` (which is found before it is decoded).
    """
    with open_image(image) as opened:
        refuse_scrambled(opened)
        return convert_to_grey(turn_upright(opened))


def measure_image(image):
    """The size of an image, upright, without decoding its pixels.

    Args:
        image: path of a file, or `ImageCell`.

    Returns:
        `(width, height)`, pixels.

    Raises:
        ImageError: see `load_grey`; damaged pixels are not seen.
    """
    with open_image(image) as opened:
        turned = None
        # Asked of a PNG without any, this would decode all of it; the size of
        # a TIFF is upright already.
        if "exif" in opened.info and opened.format != "TIFF":
            turned = opened.getexif().get(ExifTags.Base.Orientation)
        return opened.size[::-1] if turned in SIDEWAYS else opened.size


@contextlib.contextmanager
def open_image(image):
    """An image opened by Pillow, within a `with` block.

    Args:
        image: path of a file, or `ImageCell`.

    Raises:
        ImageError: see `load_grey`; also for what goes wrong in the block.
    """
    try:
        with (
            open_encoded(image) as file,
            Image.open(file, formats=tuple(FORMATS)) as opened,
        ):
            if opened.format == "TIFF":
                seek_page(opened)
            columns, rows = opened.size
            if columns * rows > MAX_PIXELS:
                raise ImageError(TOO_LARGE)
            yield opened
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise ImageError(TOO_LARGE) from error
    except Image.UnidentifiedImageError as error:
        raise ImageError(describe_stranger(image)) from error
    except FileNotFoundError as error:
        raise ImageError("no such file") from error
    except Exception as error:
        # Pillow meets damage with many kinds of error, ValueError among them.
        raise ImageError(f"damaged ({error})") from error


def refuse_scrambled(opened):
    """Raises an `ImageError` if Pillow would decode another image."""
    if opened.format == "TIFF" and is_scrambled(opened):
        raise ImageError(
            "a TIFF whose colours of 16 bits lie in separate planes; save it "
            "with its samples together, or compressed"
        )


def describe_stranger(image):
    """Says in a few words what is no image known here: str."""
    with open_encoded(image) as file:
        kind = name_kind(file.read(LONGEST))
    if kind:
        return f"not an image of a known kind: {kind}"
    known = ", ".join(sorted(FORMATS))
    return f"not an image of a known kind ({known})"


def open_encoded(image):
    """An encoded image as an open file.

    Pillow is never given a path: of an uncompressed TIFF with a rotation it
    would map the pixels into memory with the sides exchanged.
    """
    if isinstance(image, ImageCell):
        return io.BytesIO(image.read())
    if Path(image).is_file() and Path(image).stat().st_size == 0:
        raise ImageError("empty file")
    return open(image, "rb")


def convert_to_grey(image):
    """A PIL image of any mode as float32 `(height, width)`, 0 to 1.

    Raises:
        ImageError: if its pixels are not numbers.
    """
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype="float32")
        if not np.isfinite(values).all():
            raise ImageError("pixels that are not numbers")
        white = find_white(values.max(), image.mode.startswith("F"))
        return np.clip(values / np.float32(white), 0.0, 1.0)
    image = lay_on_paper(image)
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    grey = np.asarray(image.convert("L"))
    return np.true_divide(grey, np.float32(255), dtype="float32")


def find_white(largest, fractions=False):
    """The value that stands for white in a grey image of many bits.

    A file with room for 16 bits may hold the 10, 12 or 14 of a camera or a
    scanner, and no field says so; the paper, which is the brightest, does. A
    scan of 16 bits has it above a quarter of the range.

    Args:
        largest: number, the largest value of the image.
        fractions: bool, whether the values are floating-point numbers, which
            may go from 0 to 1.

    Returns:
        float, the least of `WHITES`, and of 1.0 for fractions, that is not
        below the largest value, or else the last of them.
    """
    whites = (1.0, *WHITES) if fractions else WHITES
    return next((white for white in whites if largest <= white), WHITES[-1])
