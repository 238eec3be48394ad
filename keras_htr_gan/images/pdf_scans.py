"""The scans within a PDF, each at its own resolution.

A page's scan is one image, or several of one resolution beside each other,
such as the strips of a scanner. Each is drawn by PDFium at its own pixels, so
that masks, palettes, CMYK, inverted and fax images arrive as they are seen.
What is composed in another way, as of layers, is drawn as a whole.
"""

import dataclasses
import io

import numpy as np
import pikepdf
import pypdfium2
from PIL import Image

from keras_htr_gan.images.decoding import MAX_PIXELS, TOO_LARGE, ImageError
from keras_htr_gan.images.documents import PDF_DPI, make_page, open_pdf
from keras_htr_gan.images.pdf_drawing import (
    find_drawn_images,
    measure_sheet,
    turn_as_seen,
)

# Of what is seen of a page: how much a scan covers at least, and what else is
# drawn on it at most, such as a logo, so that it is left alone.
LEAST_SCAN, MOST_BESIDE = 0.4, 0.05
# Share by which the resolutions of strips differ at most, pixels by which
# they lie off the grid, and share of the pixels that lie on each other.
SAME_RESOLUTION, OFF_GRID, MOST_SHARED = 0.02, 2.5, 0.02
# A name for an image that is drawn alone.
ALONE = "/Scan"


@dataclasses.dataclass(frozen=True)
class Piece:
    """One image of a scan.

    Args:
        path, turn, lossy: see `DrawnImage`.
        box: (left, top, right, bottom), pixels of the scan.
    """

    path: tuple
    box: tuple[int, int, int, int]
    turn: tuple[bool, bool, bool]
    lossy: bool


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a scan belongs in its PDF.

    Args:
        number: int, of the page, from 0.
        pieces: tuple of `Piece`; none for a page that is drawn as a whole.
    """

    number: int
    pieces: tuple


@dataclasses.dataclass(frozen=True)
class LeftPage:
    """A page of a PDF that has no scan.

    Args:
        number: int, from 0.
    """

    number: int


def read_scans(path, only=None):
    """Yields the scans of a PDF, each decoded when it is asked for.

    Args:
        path: `Path`.
        only: int, the one page that is wanted, from 0; or `None` for all.

    Yields:
        `Page` with its `place`, or `LeftPage` where there is no scan.

    Raises:
        ImageError: says in a few words what is wrong with the file.
    """
    with open_pdf(path) as drawing, open_pages(path) as pdf:
        for number, page in enumerate(pdf.pages):
            if only not in (None, number):
                continue
            try:
                yield read_scan(drawing, page, number)
            except ImageError as error:
                raise ImageError(f"page {number + 1}: {error}") from error
            except (pikepdf.PdfError, pypdfium2.PdfiumError) as error:
                raise ImageError(
                    f"page {number + 1}: damaged ({error})"
                ) from error


def open_pages(path):
    """A PDF opened by pikepdf, for a `with` block.

    Raises:
        ImageError: if it cannot be read.
    """
    try:
        return pikepdf.open(path)
    except pikepdf.PdfError as error:
        raise ImageError(f"not a PDF that can be read ({error})") from error


def read_scan(drawing, page, number):
    """The scan of a page, see `read_scans`."""
    try:
        sheet = measure_sheet(page)
        images = find_drawn_images(page, sheet)
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, KeyError):
        # PDFium may make more of it.
        return draw_page(drawing, number, PDF_DPI / 72)
    images = [image for image in images if cover(image, sheet) > 0]
    total = sum(cover(image, sheet) for image in images)
    if total < LEAST_SCAN:
        return LeftPage(number)
    scan = choose_scan(images, sheet)
    pieces = lay_out(scan) if scan else None
    if pieces is None:
        return draw_page(drawing, number, find_finest(images, sheet))
    dpi = tuple(72 * x / sheet.unit for x in scan[0].resolution)
    return dataclasses.replace(
        make_page(join_pieces(page, pieces), dpi), place=Place(number, pieces)
    )


def cover(image, sheet):
    """The share of a sheet that an image covers: float."""
    low = np.maximum(image.box[:2], 0)
    high = np.minimum(image.box[2:], sheet.size)
    return float(np.prod(np.maximum(high - low, 0)) / np.prod(sheet.size))


def find_finest(images, sheet):
    """The finest resolution of what is larger than a logo: float."""
    large = [i for i in images if cover(i, sheet) > MOST_BESIDE]
    return max(max(image.resolution) for image in large or images)


def choose_scan(images, sheet):
    """The images of one resolution that are the scan of a page.

    Returns:
        list of `DrawnImage`; empty if what else is drawn is too large.
    """
    largest = max(images, key=lambda image: cover(image, sheet))
    scan = [i for i in images if agree(i.resolution, largest.resolution)]
    rest = sum(cover(image, sheet) for image in images if image not in scan)
    paths = [image.path for image in scan]
    # One that is drawn twice cannot be cut from the page twice.
    unique = len(set(paths)) == len(paths) and () not in paths
    return scan if unique and rest <= MOST_BESIDE else []


def agree(one, other):
    return np.allclose(one, other, rtol=SAME_RESOLUTION)


def lay_out(scan):
    """Lays the images of a scan side by side, in pixels.

    Args:
        scan: list of `DrawnImage` of one resolution.

    Returns:
        tuple of `Piece`, or `None` if they do not lie so.
    """
    if len(scan) > 1 and not all(image.level for image in scan):
        return None
    sizes = np.array([i.size[::-1] if i.turn[0] else i.size for i in scan], int)
    boxes = np.array([image.box for image in scan])
    boxes -= np.tile(boxes[:, :2].min(axis=0), 2)
    # Of all of them together, as the box of a strip may be rounded.
    scale = sizes.sum(axis=0) / (boxes[:, 2:] - boxes[:, :2]).sum(axis=0)
    starts = put_side_by_side(boxes[:, :2] * scale, sizes)
    if np.abs(starts + sizes - boxes[:, 2:] * scale).max() > OFF_GRID:
        return None
    whole = (starts + sizes).max(axis=0)
    if np.prod(whole, dtype=float) > MAX_PIXELS:
        raise ImageError(TOO_LARGE)
    times = np.zeros(whole[::-1], "uint8")
    for (left, top), (width, height) in zip(starts, sizes, strict=True):
        times[top : top + height, left : left + width] += 1
    if np.mean(times > 1) > MOST_SHARED:
        return None
    return tuple(
        Piece(
            path=image.path,
            box=tuple(map(int, (*start, *(start + size)))),
            turn=image.turn,
            lossy=image.lossy,
        )
        for image, start, size in zip(scan, starts, sizes, strict=True)
    )


def put_side_by_side(corners, sizes):
    """Whole pixels for images, without a gap where one is as good as none.

    Args:
        corners: float `(images, 2)`, pixels.
        sizes: int `(images, 2)`, pixels.

    Returns:
        int `(images, 2)`.
    """
    starts = np.round(corners).astype(int)
    for axis in range(2):
        ends = np.zeros(1, int)
        for number in np.argsort(corners[:, axis], kind="stable"):
            nearest = ends[np.abs(ends - starts[number, axis]).argmin()]
            if abs(nearest - corners[number, axis]) <= OFF_GRID:
                starts[number, axis] = nearest
            end = starts[number, axis] + sizes[number, axis]
            ends = np.append(ends, end)
    return starts


def join_pieces(page, pieces):
    """The scan as it is seen: `PIL.Image.Image`."""
    size = tuple(max(piece.box[i] for piece in pieces) for i in (2, 3))
    whole = None
    for piece in pieces:
        left, top, right, bottom = piece.box
        sides = (bottom - top, right - left) if piece.turn[0] else None
        width, height = sides or (right - left, bottom - top)
        image = draw_alone(find_resource(page, piece.path), width, height)
        seen = turn_as_seen(np.asarray(image), piece.turn)
        if len(pieces) == 1:
            return Image.fromarray(np.ascontiguousarray(seen))
        if whole is None:
            whole = Image.new("RGB", size, "white")
        whole.paste(Image.fromarray(np.ascontiguousarray(seen)), (left, top))
    return whole


def find_resource(page, path):
    """What the names of resources lead to from a page."""
    resources = page.resources
    for name in path[:-1]:
        resources = resources.XObject[name].get("/Resources", resources)
    return resources.XObject[path[-1]]


def draw_alone(image, width, height):
    """The pixels of an image of a PDF, on white, with its mask.

    Args:
        image: `pikepdf.Stream`.
        width, height: int, its pixels.

    Returns:
        `PIL.Image.Image`.

    Raises:
        ImageError: if PDFium cannot decode it.
    """
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(width, height))
        own = pdf.copy_foreign(image)
        page.Resources = pikepdf.Dictionary({"/XObject": {ALONE: own}})
        page.Contents = pikepdf.Stream(
            pdf, f"{width} 0 0 {height} 0 0 cm {ALONE} Do".encode()
        )
        content = io.BytesIO()
        pdf.save(content)
    document = pypdfium2.PdfDocument(content.getvalue())
    try:
        drawn = document[0].render(scale=1).to_pil().convert("RGB")
        if drawn.getextrema() == ((255, 255),) * 3:
            refuse_undecoded(document[0])
        return drawn
    finally:
        document.close()


def refuse_undecoded(page):
    """Raises an `ImageError` if the only image of a page is damaged."""
    for drawn in page.get_objects():
        try:
            drawn.get_bitmap()
        except pypdfium2.PdfiumError as error:
            raise ImageError("an image that cannot be decoded") from error
        return
    raise ImageError("an image that cannot be decoded")


def draw_page(drawing, number, resolution):
    """A page that is drawn as a whole, but for what is to be clicked on.

    Args:
        drawing: `pypdfium2.PdfDocument`.
        number: int, from 0.
        resolution: float, pixels a point; less of them where the page would
            have too many.

    Returns:
        `Page`, whose place has no pieces.
    """
    page = drawing[number]
    most = (MAX_PIXELS / np.prod(page.get_size())) ** 0.5
    resolution = float(min(resolution, most))
    # A hair less: sides are rounded up.
    image = page.render(
        scale=0.999999 * resolution, draw_annots=False, may_draw_forms=False
    ).to_pil()
    dpi = (72 * resolution,) * 2
    return dataclasses.replace(make_page(image, dpi), place=Place(number, ()))
