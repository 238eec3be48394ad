"""Where the other side of a sheet lies behind this one.

What is dark on one side comes through on the other. So the darkness of both
agrees where the other side, mirrored, lies right, however unlike their writing
is. The whole is found roughly by correlation, then part after part, each for
itself. Parts of a page that is not the other side of this sheet find places
that do not agree with each other.
"""

import dataclasses
import itertools
import typing

import cv2
import numpy as np

# Pixels of the longer side at which the whole is found, and at which parts
# are: first roughly, then closely.
COARSE, ROUGH, CLOSE = 384, 800, 1600
# Degrees and shares by which the other side may lie turned and scaled; and of
# the whole, what has to lie on this side.
TURNS, SCALES = np.arange(-3.0, 3.1, 0.5), np.arange(-0.04, 0.041, 0.01)
COMMON = 0.8
# Darkness above the first counts no more, as ink that comes through is faint;
# and as much of it, on such a share of a part, is writing; and of a page, on
# such a share, some.
STRONG, WRITTEN, LEAST_WRITTEN, LEAST_ON_PAGE = 0.25, 0.15, 0.02, 0.0004
# Pixels: a part; from one to the next; how far it is looked for; and how far
# it may lie from where others say that it is.
PART, STEP, SEARCH, CLOSE_SEARCH, AGREE = 96, 48, 12, 7, 2.0
LEAST_PARTS, ROUNDS = 6, 8
# Parts around one over which places are averaged, and how many there have to
# be for half of what they say.
AROUND, DOUBT = 1.2, 0.1


@dataclasses.dataclass(frozen=True)
class Placing:
    """Where this side lies on the other one.

    Attributes:
        linear: float64 `(2, 3)`, from pixels of this side to those of the
            other, across and down.
        bend: float32 `(rows, columns, 2)`, by how many pixels this side is
            bent, of parts spread evenly over it.
        corners: float64 `(2, 2)`, the middles of the first and the last of
            these parts, across and down.
        agreement: float, 0 to 1, the share of the parts that lie where others
            say that they do.
        parts: int, those that do.
    """

    linear: np.ndarray
    bend: np.ndarray
    corners: np.ndarray
    agreement: float
    parts: int

    def map_rows(self, rows, shape, this_factor, other_factor):
        """Where pixels of this side lie on the other one.

        Args:
            rows: slice of this side.
            shape: (int, int), of this side.
            this_factor, other_factor: (float, float), pixels that were
                placed for a pixel of each side, across and down.

        Returns:
            Two float32 of the shape of these rows, across and down.
        """
        y, x = np.mgrid[rows, : shape[1]].astype("float32")
        x, y = (
            (n + 0.5) * np.float32(factor) - 0.5
            for n, factor in zip((x, y), this_factor, strict=True)
        )
        placed = bend_pixels(x, y, self.linear, self.bend, self.corners)
        return tuple(
            (n + 0.5) / np.float32(factor) - 0.5
            for n, factor in zip(placed, other_factor, strict=True)
        )


def bend_pixels(x, y, linear, bend, corners):
    """Moves pixels by a bend and then linearly: two float32."""
    last = np.array(bend.shape[1::-1]) - 1
    steps = last / np.maximum(corners[1] - corners[0], 1.0)
    of_part = [
        np.clip((n - first) * step, 0, most).astype("float32")
        for n, first, step, most in zip(
            (x, y), corners[0], steps, last, strict=True
        )
    ]
    moved = cv2.remap(bend, *of_part, cv2.INTER_LINEAR)
    x, y = x - moved[..., 0], y - moved[..., 1]
    return tuple(
        np.float32(row[0]) * x + np.float32(row[1]) * y + np.float32(row[2])
        for row in linear
    )


class Parts(typing.NamedTuple):
    """Parts of this side, and where the other side was found there.

    Args:
        middles: float64 `(parts, 2)`, pixels across and down.
        moves: float64 `(parts, 2)`, by how many pixels the other side lies
            off the place where it was looked for.
        weights: float64 `(parts,)`, how like both sides are there, 0 to 1.
        cells: int `(parts, 2)`, in which row and column of parts they are.
        grid: (int, int), rows and columns of parts.
        corners: see `Placing`.
    """

    middles: np.ndarray
    moves: np.ndarray
    weights: np.ndarray
    cells: np.ndarray
    grid: tuple[int, int]
    corners: np.ndarray

    def take(self, some):
        """Some of the parts."""
        return self._replace(
            middles=self.middles[some],
            moves=self.moves[some],
            weights=self.weights[some],
            cells=self.cells[some],
        )


def place_other_side(this, other):
    """Finds where this side lies on the other one.

    Args:
        this, other: float32 `(height, width)`, how dark both sides are, 0 =
            paper; the other mirrored, at about the same resolution, and of
            `CLOSE` pixels at most.

    Returns:
        `Placing`; or `None` where too little is written.
    """
    this, other = (np.minimum(side, STRONG) for side in (this, other))
    if np.mean(other > WRITTEN) < LEAST_ON_PAGE:
        return None
    factor = min(1.0, ROUGH / max(this.shape))
    small = [shrink_by(side, factor) for side in (this, other)]
    linear = rescale(find_whole(this, other), factor)
    parts = find_parts(*small, linear, SEARCH, PART)
    if len(parts.middles) < LEAST_PARTS:
        return None
    agrees = compare_halves(parts)
    moved = np.eye(2, 3) - fit_moves(parts)
    linear = rescale(chain(linear, moved), 1 / factor)
    bend, corners = find_bend(this, other, linear)
    return Placing(
        linear, bend, corners, float(np.mean(agrees)), int(np.sum(agrees))
    )


def find_whole(this, other):
    """Where this side lies on the other, roughly: float64 `(2, 3)`.

    Args:
        this, other: see `place_other_side`.
    """
    factor = min(1.0, COARSE / max(this.shape))
    this, other = (
        small - cv2.GaussianBlur(small, (0, 0), COARSE / 48)
        for small in (shrink_by(side, factor) for side in (this, other))
    )
    room = 2 - COMMON
    size = [
        cv2.getOptimalDFTSize(int(room * max(sides)))
        for sides in zip(this.shape, other.shape, strict=True)
    ]
    wanted = transform(this, size)
    middle = [(side - 1) / 2 for side in other.shape[::-1]]
    most, found = -np.inf, None
    for turn, scale in itertools.product(TURNS, SCALES):
        turned = cv2.getRotationMatrix2D(middle, turn, 1 + scale)
        seen = cv2.warpAffine(
            other,
            turned,
            other.shape[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        product = cv2.mulSpectrums(wanted, transform(seen, size), 0, conjB=True)
        alike = cv2.dft(product, flags=cv2.DFT_INVERSE)
        _, peak, _, place = cv2.minMaxLoc(alike)
        peak /= max(cv2.norm(alike), 1e-9)
        if peak > most:
            shift = [
                n - side if n > side / 2 else n
                for n, side in zip(place, size[::-1], strict=True)
            ]
            back = np.float64([[1, 0, -shift[0]], [0, 1, -shift[1]]])
            most, found = peak, chain(turned, back)
    return rescale(found, 1 / factor)


def transform(image, size):
    """The spectrum of an image, padded to a size: float32, packed."""
    padded = np.zeros(size, "float32")
    padded[: image.shape[0], : image.shape[1]] = image - image.mean()
    return cv2.dft(padded)


def find_parts(this, other, linear, search, step):
    """Looks for parts of the other side around their places on this one.

    Args:
        this, other: see `place_other_side`.
        linear: see `Placing`.
        search: int, pixels.
        step: int, pixels from one part to the next, about.

    Returns:
        `Parts`, those where enough is written.
    """
    behind, inside = lay_linearly(other, linear, this.shape)
    sides = [min(PART, side) for side in this.shape]
    tops, lefts = (
        np.linspace(0, whole - part, round((whole - part) / step) + 1)
        .round()
        .astype(int)
        for whole, part in zip(this.shape, sides, strict=True)
    )
    wider = cv2.copyMakeBorder(this, *[search] * 4, cv2.BORDER_REPLICATE)
    found = []
    for row, column in np.ndindex(len(tops), len(lefts)):
        top, left = tops[row], lefts[column]
        part = np.s_[top : top + sides[0], left : left + sides[1]]
        written = np.mean(behind[part] > WRITTEN)
        if written < LEAST_WRITTEN or inside[part].mean() < COMMON:
            continue
        around = wider[
            top : top + sides[0] + 2 * search,
            left : left + sides[1] + 2 * search,
        ]
        alike = cv2.matchTemplate(
            around, np.ascontiguousarray(behind[part]), cv2.TM_CCOEFF_NORMED
        )
        _, most, _, (x, y) = cv2.minMaxLoc(np.nan_to_num(alike))
        move = find_peak(alike[y], x), find_peak(alike[:, x], y)
        middle = left + (sides[1] - 1) / 2, top + (sides[0] - 1) / 2
        found.append((*middle, *np.subtract(move, search), most, row, column))
    table = np.array(found, "float64").reshape(-1, 7)
    ends = [[steps[0], steps[-1]] for steps in (lefts, tops)]
    corners = np.array(ends).T + (np.array(sides[::-1]) - 1) / 2
    return Parts(
        middles=table[:, :2],
        moves=table[:, 2:4],
        weights=np.clip(table[:, 4], 0, 1) ** 2,
        cells=table[:, 5:].astype(int),
        grid=(len(tops), len(lefts)),
        corners=corners,
    )


def lay_linearly(other, linear, shape):
    """The other side behind this one: float32, and where it reaches: bool."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    behind = cv2.warpAffine(other, linear, shape[::-1], flags=flags)
    there = np.ones(other.shape, "uint8")
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    inside = cv2.warpAffine(there, linear, shape[::-1], flags=flags)
    return behind, inside > 0


def find_peak(values, place):
    """The place of a maximum between those of values: float."""
    if not 0 < place < len(values) - 1:
        return float(place)
    before, there, after = map(float, values[place - 1 : place + 2])
    curve = before - 2 * there + after
    return place + 0.5 * (before - after) / curve if curve < 0 else float(place)


def compare_halves(parts):
    """Whether parts lie where every other part says: bool `(parts,)`."""
    half = parts.cells.sum(axis=1) % 2 > 0
    agrees = np.zeros(len(half), bool)
    for known in (half, ~half):
        if known.sum() >= LEAST_PARTS // 2:
            moved = fit_moves(parts.take(known))
            said = add_one(parts.middles[~known]) @ moved.T
            off = np.hypot(*(said - parts.moves[~known]).T)
            agrees[~known] = off < AGREE
    return agrees


def fit_moves(parts):
    """What most parts say of how all are moved: float64 `(2, 3)`, linearly.

    Outliers do not count.
    """
    middle, spread = parts.middles.mean(axis=0), np.ptp(parts.middles, axis=0)
    places = (parts.middles - middle) / max(1.0, spread.max())
    places = np.column_stack([places, np.ones(len(places))])
    apart = np.linalg.norm(parts.moves[:, None] - parts.moves, axis=2)
    alike = apart < 2 * AGREE
    weights = parts.weights * alike[np.argmax(alike @ parts.weights)]
    # A turn or a scale is doubted a little, which few parts would make up.
    doubt = 0.003 * parts.weights.sum() * np.diag([1.0, 1.0, 1e-4])
    for _ in range(ROUNDS):
        weighed = weights[:, None] * places
        fit = np.linalg.solve(
            places.T @ weighed + doubt + 1e-9 * np.eye(3),
            weighed.T @ parts.moves,
        )
        off = np.hypot(*(places @ fit - parts.moves).T)
        weights = parts.weights / (1 + (off / AGREE) ** 2) ** 2
    turned = fit[:2].T / max(1.0, spread.max())
    return np.column_stack([turned, fit[2] - turned @ middle])


def find_bend(this, other, linear):
    """By how much this side is bent: see `Placing`, `bend` and `corners`."""
    parts = find_parts(this, other, linear, CLOSE_SEARCH, STEP)
    bend = np.zeros((*parts.grid, 2), "float32")
    known = np.zeros(parts.grid, "float32")
    rows, columns = parts.cells.T
    weights = parts.weights
    for _ in range(ROUNDS // 2):
        bend[:], known[:] = 0, 0
        known[rows, columns] = weights
        bend[rows, columns] = weights[:, None] * parts.moves
        bend, known = (
            cv2.GaussianBlur(
                values, (0, 0), AROUND, borderType=cv2.BORDER_CONSTANT
            )
            for values in (bend, known)
        )
        bend /= known[..., None] + DOUBT * max(float(known.max()), 1e-6)
        off = np.hypot(*(bend[rows, columns] - parts.moves).T)
        weights = parts.weights / (1 + (off / (AGREE / 2)) ** 2) ** 2
    return bend, parts.corners


def add_one(points):
    return np.column_stack([points, np.ones(len(points))])


def chain(second, first):
    """Two linear maps, one after the other: float64 `(2, 3)`."""
    return np.vstack([second, [0, 0, 1]])[:2] @ np.vstack([first, [0, 0, 1]])


def rescale(linear, factor):
    """A linear map between images that are made larger: float64 `(2, 3)`."""
    half = (factor - 1) / 2
    larger = np.float64([[factor, 0, half], [0, factor, half]])
    back = np.float64([[1, 0, -half], [0, 1, -half]]) / factor
    return chain(larger, chain(linear, back))


def shrink_by(image, factor):
    """An image, smaller by a factor: float32."""
    if factor >= 1:
        return image
    size = [max(1, round(factor * side)) for side in image.shape[::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
