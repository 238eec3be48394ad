"""Where the images of a page of a PDF are drawn, and how large they are."""

import dataclasses

import numpy as np
import pikepdf

DEEPEST = 8  # forms within forms
IDENTITY = np.eye(3)


@dataclasses.dataclass(frozen=True)
class DrawnImage:
    """An image as it lies on a page that is seen upright.

    Args:
        path: tuple of str, names of resources: the forms that it is in, and
            its own; empty for one that is written into the drawing itself.
        size: `(width, height)`, pixels as they are stored.
        box: (left, top, right, bottom), points from the top left corner of
            what is seen of the page.
        turn: see `turn_as_seen`.
        level: bool, whether its sides are those of its box.
        lossy: bool, whether it was encoded with a loss.
    """

    path: tuple
    size: tuple[int, int]
    box: tuple[float, float, float, float]
    turn: tuple[bool, bool, bool]
    level: bool
    lossy: bool

    @property
    def resolution(self):
        """Pixels a point, across and down as it is seen: two floats."""
        width, height = self.size[::-1] if self.turn[0] else self.size
        left, top, right, bottom = self.box
        return width / (right - left), height / (bottom - top)


@dataclasses.dataclass(frozen=True)
class Sheet:
    """What is seen of a page.

    Args:
        size: (width, height), points, turned as it is seen.
        corner, unturned: (left, bottom) and (width, height), points, of the
            same in the page's own axes.
        rotation: int, degrees clockwise, as the page says.
        unit: float, points of 1/72 inch in a point of this page.
    """

    size: tuple[float, float]
    corner: tuple[float, float]
    unturned: tuple[float, float]
    rotation: int
    unit: float

    def seen(self):
        """From the page's axes to points right and down of the top left.

        Returns:
            float (3, 3), for rows `(x, y, 1)`.
        """
        left, bottom = self.corner
        width, height = self.unturned
        return {
            0: place_matrix(1, 0, 0, -1, -left, bottom + height),
            90: place_matrix(0, 1, 1, 0, -bottom, -left),
            180: place_matrix(-1, 0, 0, 1, left + width, -bottom),
            270: place_matrix(0, -1, -1, 0, bottom + height, left + width),
        }[self.rotation]


def measure_sheet(page):
    """What is seen of a `pikepdf.Page`: `Sheet`.

    Raises:
        ValueError: if its boxes are none.
    """
    inner, outer = (
        np.array([float(x) for x in box]).reshape(2, 2)
        for box in (page.cropbox, page.mediabox)
    )
    inner.sort(axis=0)
    outer.sort(axis=0)
    low = np.maximum(inner[0], outer[0])
    high = np.minimum(inner[1], outer[1])
    if not np.all(high > low):
        low, high = outer
    if not np.all(high > low):
        raise ValueError("a page without an area")
    rotation = int(find_inherited(page.obj, "/Rotate", 0)) // 90 * 90 % 360
    width, height = map(float, high - low)
    return Sheet(
        size=(height, width) if rotation % 180 else (width, height),
        corner=tuple(map(float, low)),
        unturned=(width, height),
        rotation=rotation,
        unit=float(page.obj.get("/UserUnit", 1)),
    )


def find_inherited(node, name, default):
    """What a page says, or what it belongs to."""
    for _ in range(64):
        if name in node:
            return node[name]
        if "/Parent" not in node:
            break
        node = node["/Parent"]
    return default


def place_matrix(a, b, c, d, e, f):
    """The matrix of the six numbers of a PDF: float (3, 3)."""
    return np.array([[a, b, 0], [c, d, 0], [e, f, 1]], float)


def find_drawn_images(page, sheet):
    """The images that are drawn on a page, in their order.

    Args:
        page: `pikepdf.Page`.
        sheet: `Sheet`.

    Returns:
        list of `DrawnImage`; what lies beside the sheet is among them.

    Raises:
        pikepdf.PdfError: if the drawing cannot be understood.
    """
    found = []
    follow_drawing(page, page.resources, sheet.seen(), (), found)
    return found


def follow_drawing(stream, resources, matrix, path, found):
    """Adds the images of a page or a form to those that were found."""
    outer = []
    drawn = resources.get("/XObject", {})
    for operands, operator in pikepdf.parse_content_stream(stream):
        match str(operator):
            case "q":
                outer.append(matrix)
            case "Q" if outer:
                matrix = outer.pop()
            case "cm":
                matrix = place_matrix(*map(float, operands)) @ matrix
            case "INLINE IMAGE":
                inline = operands[0]
                size = int(inline.width), int(inline.height)
                add_image(found, (), size, matrix, False)
            case "Do" if str(operands[0]) in drawn:
                name = str(operands[0])
                inner, here = drawn[name], (*path, name)
                if inner.get("/Subtype") == "/Image":
                    size = measure_native(inner)
                    add_image(found, here, size, matrix, is_lossy(inner))
                elif inner.get("/Subtype") == "/Form" and len(path) < DEEPEST:
                    own = place_matrix(
                        *map(float, inner.get("/Matrix", [1, 0, 0, 1, 0, 0]))
                    )
                    follow_drawing(
                        inner,
                        inner.get("/Resources", resources),
                        own @ matrix,
                        here,
                        found,
                    )


def measure_native(image):
    """Pixels of an image, or of its mask, if that has more: (int, int)."""
    layers = [image]
    for name in ("/SMask", "/Mask"):
        if isinstance(image.get(name), pikepdf.Stream):
            layers.append(image[name])
    return tuple(
        max(int(layer.get(side, 1)) for layer in layers)
        for side in ("/Width", "/Height")
    )


def is_lossy(image):
    filters = image.get("/Filter", [])
    if isinstance(filters, pikepdf.Name):
        filters = [filters]
    return any(f in ("/DCTDecode", "/JPXDecode") for f in filters)


def add_image(found, path, size, matrix, lossy):
    """Adds the unit square, as a matrix places it, unless it is a line."""
    corners = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]]) @ matrix
    (left, top), (right, bottom) = (
        corners[:, :2].min(axis=0),
        corners[:, :2].max(axis=0),
    )
    if right - left < 1e-3 or bottom - top < 1e-3 or min(size) < 1:
        return
    along, down = matrix[0, :2], -matrix[1, :2]
    upended = abs(along[1]) > abs(along[0])
    across, upright = (down, along) if upended else (along, down)
    found.append(
        DrawnImage(
            path=path,
            size=size,
            box=tuple(map(float, (left, top, right, bottom))),
            turn=(bool(upended), bool(upright[1] < 0), bool(across[0] < 0)),
            level=bool(
                abs(across[1]) < 1e-3 * abs(across[0])
                and abs(upright[0]) < 1e-3 * abs(upright[1])
            ),
            lossy=lossy,
        )
    )


def turn_as_seen(image, turn):
    """The pixels of an image as they are seen on the page.

    Args:
        image: `(height, width, ...)`.
        turn: three bools: whether rows are columns there, and whether the
            rows and then the columns are in the opposite order.
    """
    transposed, rows, columns = turn
    image = image.swapaxes(0, 1) if transposed else image
    return image[:: -1 if rows else 1, :: -1 if columns else 1]


def turn_as_stored(image, turn):
    """The opposite of `turn_as_seen`."""
    transposed, rows, columns = turn
    image = image[:: -1 if rows else 1, :: -1 if columns else 1]
    return image.swapaxes(0, 1) if transposed else image
