"""Pages whose lines are restored by different amounts."""

import dataclasses
import hashlib
import json

import cv2
import numpy as np
from PIL import Image

from keras_htr_gan.data.readers.page_xml import list_page_lines
from keras_htr_gan.data.readers.safe_xml import PageError
from keras_htr_gan.images.decoding import convert_to_grey
from keras_htr_gan.images.documents import Page
from keras_htr_gan.restoration.borders import enlarge_borders
from keras_htr_gan.restoration.rendering import PURPOSES, render_page

# How much of a line is restored, of 255, each more than the one before.
VERSIONS = ("as found", "in part", "fully")
STRENGTHS = np.array(
    [0, *(round(255 * PURPOSES[p]["strength"]) for p in ("readers", "eyes"))],
    "uint8",
)
AS_FOUND, FULLY = 0, 2
# Beside its outline a line's version fades away, over so much of the height of
# lines; pixels of a map that are looked at for it.
REACH, LOOKED_AT = 0.5, 1_000_000


@dataclasses.dataclass(frozen=True)
class PageVersions:
    """A page with what was restored of it, in the colours of the scan.

    Args:
        page: `Page`.
        soft, sharp: float32 `(height, width)`, see `Restorer.restore`: what
            is blended with the page where it is restored in part, and what
            is taken where it is fully.
        borders: bool `(height, width)`, what is no paper, or `None`.
    """

    page: Page
    soft: np.ndarray
    sharp: np.ndarray
    borders: np.ndarray | None

    @classmethod
    def of(cls, page, both, borders):
        """Those of what `restore_soft_and_sharp` and `find_borders` say."""
        if borders is not None:
            borders = enlarge_borders(borders, page.grey.shape)
        return cls(page, *both, borders)

    def crop(self, box):
        """A part of the page.

        Args:
            box: two slices, of rows and of columns.
        """
        colour = self.page.colour
        page = dataclasses.replace(
            self.page,
            grey=self.page.grey[box],
            colour=None if colour is None else colour[box],
        )
        borders = None if self.borders is None else self.borders[box]
        return PageVersions(page, self.soft[box], self.sharp[box], borders)

    def render(self, version):
        """One of `VERSIONS`, as it is written.

        Args:
            version: int.

        Returns:
            uint8 `(height, width)`, or `(height, width, 3)` in colour.
        """
        restored = self.sharp if version == FULLY else self.soft
        share = float(STRENGTHS[version] / 255)
        return render_page(self.page, restored, share, "colour", self.borders)

    def compose(self, outlines, chosen):
        """The page with each line in a version of its own.

        Where outlines overlap, the version that is less restored counts; what
        no line is near is as found.

        Args:
            outlines: list of (x, y) int pairs, pixels of the page.
            chosen: list of int, the version of each.

        Returns:
            float32 and uint8 `(height, width)`: what is restored, and by how
            much, of 255, see `render_page`.
        """
        versions, fading = spread_versions(
            self.page.grey.shape, outlines, chosen
        )
        restored = np.where(versions == FULLY, self.sharp, self.soft)
        strengths = cv2.multiply(STRENGTHS[versions], fading, scale=1 / 255)
        return restored, strengths


def find_outlines(transcript, size=None):
    """The outlines of a page's lines, in pixels.

    Args:
        transcript: `Transcript`, or `None`.
        size: (width, height) of the page, or `None` for that of its image.

    Returns:
        list of (x, y) int pairs; `None` if it says nothing of this page.
    """
    try:
        document = transcript and transcript.open()
    except PageError:
        return None
    if document is None or document.size != (size or document.size):
        return None
    outlines = [line.polygon for line in list_page_lines(document)]
    return [outline for outline in outlines if outline is not None] or None


def hash_outlines(transcript):
    """What tells outlines from others, whatever text is on the lines.

    Args:
        transcript: `Transcript`, or `None`.

    Returns:
        str, SHA-256, hexadecimal; `None` if there are none.
    """
    outlines = find_outlines(transcript)
    if outlines is None:
        return None
    return hashlib.sha256(json.dumps(outlines).encode()).hexdigest()


def to_grey_levels(image):
    """What was rendered, as it is read: uint8 `(height, width)`."""
    return np.uint8(np.round(255 * convert_to_grey(Image.fromarray(image))))


def spread_versions(shape, outlines, chosen):
    """Which version each pixel of a page has, and how far it is from it.

    Args:
        shape: (height, width).
        outlines, chosen: see `PageVersions.compose`.

    Returns:
        Two uint8 `(height, width)`: the version, and 255 on the lines, less
        beside them, 0 where no line is near.
    """
    if not len(outlines):
        return np.zeros(shape, "uint8"), np.zeros(shape, "uint8")
    factor = min(1.0, (LOOKED_AT / (shape[0] * shape[1])) ** 0.5)
    small = [max(1, round(factor * side)) for side in shape]
    lines = np.zeros(small, "int32")
    for number, outline in enumerate(outlines, 1):
        points = np.int32(np.floor(np.asarray(outline) * factor))
        cv2.fillPoly(lines, [points], number)
    distance, labels = cv2.distanceTransformWithLabels(
        np.uint8(lines == 0), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.zeros(labels.max() + 1, "int32")
    nearest[labels[lines > 0]] = lines[lines > 0]
    versions = np.append(0, chosen).astype("uint8")[nearest[labels]]
    heights = [np.ptp(np.asarray(outline)[:, 1]) + 1 for outline in outlines]
    reach = max(1.0, REACH * factor * float(np.median(heights)))
    fading = np.uint8(255 * np.clip(1 - distance / reach, 0, 1))
    size = shape[::-1]
    versions = cv2.resize(versions, size, interpolation=cv2.INTER_NEAREST)
    fading = cv2.resize(fading, size, interpolation=cv2.INTER_LINEAR)
    for number in sorted(range(len(outlines)), key=lambda i: -chosen[i]):
        points = np.asarray(outlines[number], "int32")
        draw_outline(versions, points, int(chosen[number]))
        draw_outline(fading, points, 255)
    return versions, fading


def draw_outline(image, points, value):
    """Fills an outline, and the pixels beside it that a cut line has, too."""
    cv2.fillPoly(image, [points], value)
    cv2.polylines(image, [points], True, value, thickness=5)
