"""The network says where ink is, the scan how it looks.

A page goes through the network at the height of its lines, where a hairline
may be under a pixel wide. So what comes out is not made larger: it says, in
each neighbourhood, how light ink and paper are there, and near which pixels
there is ink. The scan is then cut between the two, at its own resolution.
Where its paper is too uneven for that, as in a stain, the network is believed.
"""

import cv2
import numpy as np

from keras_htr_gan.images.scaling import enlarge_rows

# Of a line's height: the neighbourhood, one for where it holds no ink or no
# paper, and how far from the ink of the network that of the scan may lie.
NEAR, FAR, REACH = 1.0, 3.0, 0.06
# Surely ink, and surely paper, by the network.
INK, PAPER = 0.8, 0.3
# Between the lightness of paper (0) and ink (1): half-way, and a little on, as
# ink is measured in the darkest of strokes; and how steep the cut is: as
# steep as in the scan, but that paper is white and ink black in full.
CUT, STEEPNESS = 0.532, 1.25
# Ink of the network below this counts as none, and above twice it as all.
LEAST_INK, LEAST_CONTRAST, LEAST_WEIGHT = 0.25, 0.03, 0.01
# How much the lightness of paper may deviate, of what ink and paper differ by:
# below the first the scan is believed, above the second the network.
EVEN, UNEVEN = 0.1, 0.2
# Strokes are measured at so many times the resolution of the network, where
# the scan has it.
FINER = 2.0
# Neighbourhoods are averaged so many times as small.
COARSER = 2
ROWS = 128


def refine(image, restored, line_height):
    """Gives what was restored the edges and hairlines of its scan.

    Args:
        image: float32 `(height, width)`, the scan, 0 = black, 1 = white.
        restored: float32, what came out of it at the height of the network,
            0 = ink, 1 = paper, of the same form.
        line_height: float, pixels of a line in `restored`.

    Returns:
        float32 of the shape of `image`, 0 = ink, 1 = paper.
    """
    finer = min(FINER, image.shape[0] / restored.shape[0])
    size = [round(finer * n) for n in restored.shape[::-1]]
    way = cv2.INTER_AREA if finer < 1 else cv2.INTER_CUBIC
    restored = np.clip(cv2.resize(restored, size, interpolation=way), 0, 1)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    maps = (*measure_cut(small, restored, finer * line_height), restored)
    refined = np.empty(image.shape, "float32")
    for top in range(0, len(image), ROWS):
        part = slice(top, min(top + ROWS, len(image)))
        middle, steepness, trust, near, coarse = (
            enlarge_rows(values, part, image.shape) for values in maps
        )
        ink = np.clip((middle - image[part]) * steepness + 0.5, 0, 1)
        refined[part] = coarse + trust * (1.0 - ink * near - coarse)
    return refined


def measure_cut(image, restored, line_height):
    """Where, how steeply, and near what to cut between ink and paper, and how
    far to trust it.

    Args:
        image, restored: float32 of the same shape.
        line_height: float, pixels.

    Returns:
        Four float32: the lightness to cut at, by how much ink grows with the
        darkness below it, and 0 to 1, whether the paper is even, all of an
        image that is `COARSER` times as small; and whether ink is near, of the
        shape of both.
    """
    ink = 1.0 - restored
    surely_ink = np.clip((ink - INK) / (1 - INK), 0, 1)
    surely_paper = np.clip(1 - ink / PAPER, 0, 1)
    dark = Neighbourhoods(surely_ink, line_height).average(image)
    papers = Neighbourhoods(surely_paper, line_height)
    light = papers.average(image)
    contrast = np.maximum(light - dark, LEAST_CONTRAST)
    around = cv2.resize(light, image.shape[::-1])
    uneven = papers.average((image - around) ** 2)
    deviation = np.sqrt(np.maximum(uneven, 0)) / contrast
    trust = np.clip((UNEVEN - deviation) / (UNEVEN - EVEN), 0, 1)
    radius = max(1, round(REACH * line_height))
    around = np.ones((2 * radius + 1, 2 * radius + 1), "uint8")
    near = np.clip(cv2.dilate(ink, around) / LEAST_INK - 1, 0, 1)
    return light - CUT * contrast, STEEPNESS / contrast, trust, near


class Neighbourhoods:
    """Weighted means of the neighbourhoods of pixels.

    They change slowly, and are those of every `COARSER`th row and column.
    Where a neighbourhood holds next to nothing of what is weighed, those of a
    wider one count.

    Args:
        weight: float32 `(height, width)`.
        line_height: float, pixels.
    """

    def __init__(self, weight, line_height):
        self.weight = weight
        self.size = [max(1, n // COARSER) for n in weight.shape[::-1]]
        self.near, self.far = (
            max(5, int(n * line_height / COARSER)) | 1 for n in (NEAR, FAR)
        )
        small = self.shrink(weight)
        self.weight_near = average_around(small, self.near)
        self.weight_far = average_around(small, self.far)

    def average(self, values):
        """Means of values, float32 of the shape of the weight."""
        weighed = self.shrink(self.weight * values)
        wide = average_around(weighed, self.far)
        wide /= np.maximum(self.weight_far, 1e-6)
        near = average_around(weighed, self.near) + LEAST_WEIGHT * wide
        return near / (self.weight_near + LEAST_WEIGHT)

    def shrink(self, values):
        return cv2.resize(values, self.size, interpolation=cv2.INTER_AREA)


def average_around(values, side):
    """Means of squares of so many pixels a side around each."""
    return cv2.boxFilter(
        values, -1, (side, side), borderType=cv2.BORDER_REFLECT_101
    )
