"""Restored ink that the scan does not support.

Ink is darker than the paper that it lies on. Where the scan is no darker under
restored ink than the paper round about, it gives no reason for it: a network
has made it up, or a stain was cut as if it were a stroke. A scan that is darker
there is a reason, and no proof: the other side of the sheet is dark, too.
"""

import cv2
import numpy as np

INK, PAPER = 0.5, 0.8
# In widths of a stroke: the paper round about, the wider one for where there is
# none, the stretch of ink that is looked at as one, and the least to be told.
NEAR, FAR, STRETCH, LEAST = 10, 40, 2, 3
# How much the wider paper counts.
FAR_WEIGHT = 0.01
# Of the paper's light: what is no deeper than this many deviations of the paper
# and of as much of its light is not supported.
DEPTH, EVEN = 1.0, 0.05
# Strokes are looked at when they are so many pixels wide, and no wider.
STROKE = 4.0


def find_unsupported_ink(scan, restored):
    """Where there is restored ink and the scan is no darker than its paper.

    Lengths are measured in widths of the restored strokes, so that it is the
    same at any resolution and however the page lies.

    Example:

        restored = restorer.restore(scan)
        mask = find_unsupported_ink(scan, restored)

    Args:
        scan: float32 `(height, width)`, 0 = black, 1 = white; dark ink, so of
            a negative the positive.
        restored: float32 of the same shape, 0 = ink, 1 = paper.

    Returns:
        bool of the same shape, never true where there is no restored ink.

    Raises:
        ValueError: if the shapes differ.
    """
    if scan.shape != restored.shape:
        raise ValueError(f"a scan of {scan.shape}, restored {restored.shape}")
    ink = restored < INK
    if not ink.any():
        return ink
    small, stroke = shrink_both(scan, restored)
    weak = measure_depth(*small, stroke) < DEPTH
    found = drop_specks(weak & (small[1] < INK), stroke)
    # The edges of strokes, which are lighter in the smaller image.
    edges = cv2.dilate(np.uint8(found), np.ones((3, 3), "uint8")) * weak
    found = cv2.resize(edges, ink.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return found.view(bool) & ink


def map_depth(scan, restored):
    """How well each pixel of restored ink is supported: what is compared with
    `DEPTH`, see `measure_depth`, at the size of the scan."""
    small, stroke = shrink_both(scan, restored)
    depth = measure_depth(*small, stroke)
    return cv2.resize(depth, scan.shape[::-1], interpolation=cv2.INTER_NEAREST)


def shrink_both(scan, restored):
    """Both images with strokes of at most `STROKE` pixels, and how wide they
    are then: list of float32, and float."""
    stroke = measure_stroke(restored < INK)
    factor = min(1.0, STROKE / stroke)
    size = [max(1, round(factor * n)) for n in scan.shape[::-1]]
    both = [
        cv2.resize(x, size, interpolation=cv2.INTER_AREA)
        for x in (scan, restored)
    ]
    return both, factor * stroke


def measure_share(unsupported, restored):
    """The share of the restored ink that is not supported: float, 0 to 1."""
    return float(unsupported.sum() / max(np.count_nonzero(restored < INK), 1))


def measure_depth(scan, restored, stroke):
    """How much darker than its paper the scan is under restored ink.

    Args:
        scan, restored: see `find_unsupported_ink`.
        stroke: float, pixels.

    Returns:
        float32 of the same shape, in deviations of the paper; it says
        something where there is ink.
    """
    ink = np.float32(restored < INK)
    edges = cv2.dilate(np.uint8(restored < PAPER), np.ones((3, 3), "uint8"))
    paper = np.float32(edges == 0)
    near, far, stretch = (n * stroke for n in (NEAR, FAR, STRETCH))
    weight = average(paper, near) + FAR_WEIGHT * average(paper, far) + 1e-6

    def average_paper(values):
        wide = FAR_WEIGHT * average(paper * values, far)
        return (average(paper * values, near) + wide + 1e-6 * values) / weight

    light = average_paper(scan)
    darker = light - scan
    deviation = np.sqrt(np.maximum(average_paper(darker**2), 0))
    depth = average(ink * darker, stretch) / (average(ink, stretch) + 1e-6)
    return depth / (deviation + EVEN * light + 1e-6)


def average(values, side):
    """Means of squares of so many pixels a side: float32."""
    side = max(3, round(side)) | 1
    return cv2.boxFilter(
        values, -1, (side, side), borderType=cv2.BORDER_REFLECT_101
    )


def measure_stroke(ink):
    """How wide most strokes are: float, pixels, 2 or more.

    Args:
        ink: bool `(height, width)`, not empty.
    """
    inner = cv2.erode(ink.view("uint8"), np.ones((3, 3), "uint8"))
    area = np.count_nonzero(ink)
    return max(2.0, 2 * area / max(area - np.count_nonzero(inner), 1))


def drop_specks(mask, stroke):
    """A mask without what is shorter than `LEAST` widths of a stroke."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        np.uint8(mask), connectivity=8
    )
    large = stats[:, cv2.CC_STAT_AREA] >= LEAST * stroke**2
    large[0] = False
    return large[labels]
