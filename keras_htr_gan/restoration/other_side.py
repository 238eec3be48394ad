"""Takes the ink of the other side out of a scan, by the scan of that side.

The other side is mirrored and placed behind this one, and how dark its ink
comes through is measured from place to place. What is no darker than that
becomes paper; what is darker is ink of this side and stays.
"""

import dataclasses

import cv2
import numpy as np

from keras_htr_gan.images.documents import Page
from keras_htr_gan.images.polarity import must_turn
from keras_htr_gan.images.scaling import enlarge_rows
from keras_htr_gan.restoration.borders import disc
from keras_htr_gan.restoration.registration import (
    CLOSE,
    Placing,
    place_other_side,
)

# Of the parts, those that have to agree, and how many at least. Of wrong pairs
# of scans no more than a quarter did, and of right ones, where the ink of the
# other side took a seventh of the light that it takes there, more than half.
LEAST_AGREEMENT, LEAST_AGREEING = 0.4, 5
# Pixels a side, of which OpenCV can look at less. Sides that differ by less
# than a share are taken to be of one resolution.
LONGEST, SAME_SIZE = 32767, 0.1
# Pixels: the widest stroke is so much of the lesser side, but no more.
STROKE, WIDEST_STROKE, LEAST_LIGHT = 1 / 20, 30, 0.05
# Of the light of the paper, what is darker may be a rule, if it is as many
# pixels long.
RULE, RULE_LENGTH = 0.1, 96
# Pixels of deviation by which ink may come through blurred.
BLURS = (0.0, 0.7, 1.4, 2.1, 2.8, 4.0)
# Of the light of the paper: ink of the other side by which is measured how
# much of it comes through.
MEASURED_BY = 0.25
# Pixels from one place where it is measured to the next, and around each; and
# how many of them have to be of ink.
APART, WIDE, LEAST_MEASURED = 48, 144, 60
# Of the ink there: the share that comes through at least as darkly as is
# believed, and the one that does not come through more darkly.
SURE, MOST = 0.35, 0.75
# Of the places where the other side has ink, those where it has to come
# through: sheets of one paper may lie on each other, too. What comes through by
# less is left, and what is as dark on both sides is no ink that comes through:
# a rule, a hole, a fold.
LEAST_SHOWN, LEAST_COMING, AS_DARK = 0.3, 0.08, 0.92
# Pixels by which places may be wrong; and of the light of the paper, by how
# much ink of this side is darker than what comes through, surely.
OFF, DARKER, SURELY = 1, 0.05, 0.11
# Pixels around ink of this side that are left, too.
EDGE = 1
ROWS = 512
ONE = (1.0, 1.0)


def take_out_other_side(grey, other, polarity="dark"):
    """Takes the ink of the other side of a sheet out of the scan of this one.

    Example:

        cleaned = take_out_other_side(recto, verso)

    Args:
        grey: float32 `(height, width)`, 0 = black, 1 = white.
        other: the same of the other side, as it was scanned and not mirrored.
            It may be of another size, shifted, turned and bent a little, lie
            on its side or stand on its head.
        polarity: see `must_turn`, of each side.

    Returns:
        float32 of the shape of `grey`; `grey` itself if that is not the other
        side of it, or nothing comes through.

    Raises:
        UserError: for another polarity.
    """
    page = take_out_of_page(Page(grey, None, None), other, polarity)
    return grey if page is None else page.grey


def take_out_of_page(page, other, polarity="dark"):
    """The same for a page in colour.

    Args:
        page: `Page`.
        other, polarity: see `take_out_other_side`.

    Returns:
        `Page`, or `None`.
    """
    grey, colour = page.grey, page.colour
    if must_turn(other, polarity):
        other = 1.0 - other
    negative = must_turn(grey, polarity)
    if negative:
        grey, colour = 1.0 - grey, None if colour is None else 255 - colour
    seen = see_other_side(grey, other)
    if seen is None:
        return None
    grey, colour = seen.take_out(grey, colour)
    if negative:
        grey, colour = 1.0 - grey, None if colour is None else 255 - colour
    return dataclasses.replace(page, grey=grey, colour=colour)


def see_other_side(grey, other):
    """Finds the other side of a sheet behind this one.

    Args:
        grey, other: see `take_out_other_side`; dark ink.

    Returns:
        `OtherSide`, or `None`.
    """
    if max(*grey.shape, *other.shape) >= LONGEST:
        return None
    this = Side.look_at(grey, min(1.0, CLOSE / max(grey.shape)))
    for mirrored in mirror(other, grey.shape):
        alike = len(grey) / len(mirrored)
        for factor in (alike, 1.0) if abs(alike - 1) > SAME_SIZE else (1.0,):
            that = Side.look_at(mirrored, this.factor * factor)
            placing = place_other_side(this.dark, that.dark)
            if placing is not None and is_sure(placing):
                seen = OtherSide.measure(this, that, placing)
                return seen if seen.shown >= LEAST_SHOWN else None
    return None


def mirror(other, shape):
    """Yields the other side mirrored, as it may lie behind this one.

    It is upright, or stands on its head; where only one of both lies on its
    side, it is turned by a quarter, to the left and to the right.

    Args:
        other: float32 `(height, width)`.
        shape: (int, int), of this side.
    """
    along = (shape[0] < shape[1]) == (other.shape[0] < other.shape[1])
    ways = (
        (other[:, ::-1], other[::-1])
        if along
        else (other.T, other[::-1, ::-1].T)
    )
    yield from map(np.ascontiguousarray, ways)


def is_sure(placing):
    """Whether what was placed is the other side of this sheet: bool."""
    return (
        placing.agreement >= LEAST_AGREEMENT and placing.parts >= LEAST_AGREEING
    )


@dataclasses.dataclass(frozen=True)
class Side:
    """A side of a sheet.

    Attributes:
        grey: float32 `(height, width)`, 0 = black, 1 = white.
        light: float32, how light its paper is, at the factor.
        dark: float32, how much darker it is than its paper, of that light, at
            the factor; 0 on rules, which many sheets have in one place.
        factor: float, by which the scan is made smaller to look at it.
    """

    grey: np.ndarray
    light: np.ndarray
    dark: np.ndarray
    factor: float

    @classmethod
    def look_at(cls, grey, factor):
        """Looks at a side, see the attributes."""
        small = shrink_side(grey, factor)
        light = measure_paper_light(small)
        dark = np.clip(1 - small / light, 0, 1)
        return cls(grey, light, dark * (1 - find_rules(dark)), factor)

    @property
    def factors(self):
        """The factor across and down, for whole pixels: (float, float)."""
        rows, columns = self.grey.shape
        return self.light.shape[1] / columns, self.light.shape[0] / rows


@dataclasses.dataclass(frozen=True)
class OtherSide:
    """The other side of a sheet, as it lies behind this one.

    Attributes:
        this, that: `Side`, that one mirrored.
        placing: `Placing`.
        comes: float32 `(rows, columns)`, the share of its darkness that comes
            through, from place to place; 0 where none does.
        blur: float, pixels of this side as it was looked at, by which it comes
            through blurred.
        plain: float, how dark plain paper is, of its light.
        shown: float, 0 to 1, at how many of the places where it has ink that
            comes through.
    """

    this: Side
    that: Side
    placing: Placing
    comes: np.ndarray
    blur: float
    plain: float
    shown: float

    @classmethod
    def measure(cls, this, that, placing):
        """Measures how its ink comes through."""
        dark = this.dark
        maps = placing.map_rows(slice(0, len(dark)), dark.shape, ONE, ONE)
        behind = cv2.remap(that.dark, *maps, cv2.INTER_LINEAR)
        plain = dark[(behind < DARKER) & (dark < DARKER)]
        plain = float(np.median(plain)) if len(plain) else 0.0
        blur = measure_blur(dark, behind)
        comes, shown = measure_coming(dark, blur_by(behind, blur), plain)
        return cls(this, that, placing, comes, blur, plain, shown)

    def take_out(self, grey, colour=None):
        """Takes it out of the scan.

        Args:
            grey: float32 `(height, width)`.
            colour: uint8 `(height, width, 3)`, or `None`.

        Returns:
            The same without it, as new arrays.
        """
        cleaned = np.empty_like(grey)
        coloured = None if colour is None else np.empty_like(colour)
        papers = None if colour is None else self.look_at_paper(colour)
        for top in range(0, len(grey), ROWS):
            part = slice(top, min(top + ROWS, len(grey)))
            light = enlarge_rows(self.this.light, part, grey.shape)
            share = self.measure_share(part, grey[part], light)
            found = grey[part]
            paper = np.maximum(light * (1 - self.plain), found)
            cleaned[part] = found + share * (paper - found)
            if colour is not None:
                for channel, light in enumerate(papers):
                    paper = enlarge_rows(light, part, grey.shape)
                    found = colour[part][..., channel].astype("float32")
                    paper = np.maximum(paper * (1 - self.plain), found)
                    coloured[part][..., channel] = np.round(
                        found + share * (paper - found)
                    )
        return cleaned, coloured

    def look_at_paper(self, colour):
        """How light paper is in each colour: list of float32, 0 to 255."""
        return [
            255
            * measure_paper_light(
                shrink_side(
                    np.float32(colour[..., channel]) / 255, self.this.factor
                )
            )
            for channel in range(3)
        ]

    def measure_share(self, part, grey, light):
        """Of what is darker than paper, the share that is the other side's.

        Args:
            part: slice of the rows of this side.
            grey, light: float32, the scan there, and the light of its paper.

        Returns:
            float32 of the same shape, 0 to 1.
        """
        shape = self.this.grey.shape
        off = max(1, round(OFF / self.this.factor))
        more = off + 3 * max(1, round(self.blur / self.this.factor))
        wider = slice(
            max(0, part.start - more), min(shape[0], part.stop + more)
        )
        behind = self.lay_behind(wider)
        behind = blur_by(behind, self.blur / self.this.factor)
        behind = cv2.dilate(behind, disc(off))
        first = part.start - wider.start
        behind = behind[first : first + len(grey)]
        through = behind * enlarge_rows(self.comes, part, shape)
        dark = np.clip(1 - grey / light, 0, 1)
        own = np.clip((dark - through - DARKER) / (SURELY - DARKER), 0, 1)
        edge = disc(max(1, round(EDGE / self.this.factor)))
        own = np.maximum(own, cv2.dilate(np.float32(own >= 1), edge))
        taken = (1 - own) * np.clip(np.minimum(dark, through), 0, None)
        return np.clip(taken / np.maximum(dark, 1e-3), 0, 1)

    def lay_behind(self, rows):
        """How dark the other side is behind some rows of this one, not
        blurred: float32."""
        shape, factors = self.this.grey.shape, self.this.factors
        maps = self.placing.map_rows(rows, shape, factors, self.that.factors)
        found = cv2.remap(
            self.that.grey, *maps, cv2.INTER_LINEAR, borderValue=1.0
        )
        maps = self.placing.map_rows(rows, shape, factors, ONE)
        light = cv2.remap(
            self.that.light, *maps, cv2.INTER_LINEAR, borderValue=1.0
        )
        return np.clip(1 - found / light, 0, 1)


def shrink_side(grey, factor):
    size = [max(8, round(factor * side)) for side in grey.shape[::-1]]
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def measure_paper_light(small):
    """How light the paper of a side is, where there is ink, too: float32.

    Args:
        small: float32 `(height, width)`, 0 = black, 1 = white.
    """
    widest = int(np.clip(min(small.shape) * STROKE, 6, WIDEST_STROKE))
    # In whole levels, which is three times as fast.
    levels = np.uint8(255 * cv2.GaussianBlur(small, (0, 0), 1.0) + 0.5)
    light = cv2.morphologyEx(levels, cv2.MORPH_CLOSE, disc(widest))
    light = cv2.GaussianBlur(np.float32(light) / 255, (0, 0), widest / 2)
    return np.maximum(light, LEAST_LIGHT)


def find_rules(dark):
    """Where rules are, the edges of frames and what else is long and straight:
    float32, 0 or 1.

    Args:
        dark: see `Side`.
    """
    ink = np.uint8(dark > RULE)
    rules = np.zeros_like(ink)
    for along in ((1, RULE_LENGTH), (RULE_LENGTH, 1)):
        # They may be a little askew.
        across = (3, 1) if along[0] == 1 else (1, 3)
        wide = cv2.dilate(ink, np.ones(across, "uint8"))
        rules |= cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones(along, "uint8"))
    return np.float32(cv2.dilate(rules, np.ones((3, 3), "uint8")))


def measure_blur(dark, behind):
    """By how many pixels the other side comes through blurred: float.

    Args:
        dark, behind: float32 of the same shape, how dark this side is and the
            other one behind it.
    """
    near = cv2.dilate(behind, disc(4)) > MEASURED_BY
    some = near & (dark < behind.max()) & (dark < AS_DARK * MEASURED_BY * 2)
    if some.sum() < LEAST_MEASURED:
        return 0.0
    alike = []
    for blur in BLURS:
        soft = blur_by(behind, blur)[some]
        alike.append(np.corrcoef(soft, dark[some])[0, 1])
    return BLURS[int(np.argmax(alike))]


def measure_coming(dark, behind, plain):
    """How much of the other side's darkness comes through: see `OtherSide`,
    `comes` and `shown`.

    Args:
        dark, behind: see `measure_blur`.
        plain: see `OtherSide`.
    """
    rows, columns = (max(1, round(side / APART)) for side in dark.shape)
    comes, known = np.zeros((2, rows, columns), "float32")
    for row, column in np.ndindex(rows, columns):
        middle = (
            (row + 0.5) * len(dark) / rows,
            (column + 0.5) * dark.shape[1] / columns,
        )
        around = tuple(
            slice(max(0, round(at - WIDE / 2)), round(at + WIDE / 2))
            for at in middle
        )
        ink = behind[around] > MEASURED_BY
        if ink.sum() < LEAST_MEASURED:
            continue
        share = (dark[around][ink] - plain) / behind[around][ink]
        share = share[share < 1 / AS_DARK]
        if len(share) < LEAST_MEASURED:
            continue
        sure, most = np.quantile(share, (SURE, MOST))
        known[row, column] = 1
        if LEAST_COMING < sure < AS_DARK:
            comes[row, column] = most
    shown = np.count_nonzero(comes) / max(1, np.count_nonzero(known))
    soft = [cv2.GaussianBlur(values, (0, 0), 1.0) for values in (comes, known)]
    comes = np.float32(soft[0] / np.maximum(soft[1], 1e-6)) * (soft[1] > 1e-3)
    return comes, shown


def blur_by(image, deviation):
    return cv2.GaussianBlur(image, (0, 0), deviation) if deviation else image
