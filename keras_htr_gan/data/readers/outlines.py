"""Outlines of lines on a page, and cutting along them."""

import cv2
import numpy as np

from keras_htr_gan.images.polarity import must_turn


def cut_line(page, polygon, margin=2, polarity="dark"):
    """Cuts a line out of its page, without the ink of its neighbours.

    Rotated and vertical writing is not turned.

    Args:
        page: uint8 `(H, W)`, grey.
        polygon: (x, y) int pairs, pixels of the page.
        margin: int, pixels over which the page fades into the paper outside
            the polygon; 0 cuts at its edge.
        polarity: str, of the ink, see `must_turn`.

    Returns:
        uint8 `(h, w)`, the polygon's box and the margin as far as the page
        goes. Outside, all is the grey of the paper: the 90th percentile
        within the polygon, or the 10th where the ink is light.

    Raises:
        ValueError: if the page is not uint8 `(H, W)` or the polygon is not
            on it.
    """
    if page.ndim != 2 or page.dtype != np.uint8:
        raise ValueError(
            f"a page is uint8 (H, W), not {page.dtype} {page.shape}"
        )
    points = np.asarray(polygon, "int32").reshape(-1, 2)
    left, top = np.maximum(points.min(axis=0) - margin, 0)
    right, bottom = points.max(axis=0) + margin + 1
    crop = page[top : max(bottom, 0), left : max(right, 0)]
    inside = np.zeros(crop.shape, "uint8")
    if crop.size:
        cv2.fillPoly(inside, [points - np.array((left, top), "int32")], 1)
    if not inside.any():
        height, width = page.shape
        raise ValueError(f"the polygon is not on the {width}x{height} page")
    light_ink = must_turn(np.float32(crop / 255), polarity)
    paper = np.percentile(crop[inside > 0], 10 if light_ink else 90)
    distance = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    weight = np.clip(1 - distance / (margin + 1), 0, 1)
    return np.rint(paper + weight * (crop - paper)).astype("uint8")


def clip_polygon(points, size):
    """Clips a polygon to int pairs within an image of a size (width, height).

    Raises:
        ValueError: what is wrong with the polygon.
    """
    if len(np.unique(points, axis=0)) < 3:
        raise ValueError("has an outline of fewer than 3 points")
    if measure_area(points) < 1:
        raise ValueError("has an outline without area")
    # Sutherland and Hodgman: what one edge of the image after another leaves.
    for axis in (0, 1):
        for sign, limit in ((1, 0), (-1, 1 - size[axis])):
            points = clip_by_edge(points, sign * points[:, axis] - limit)
    corners = [tuple(map(int, point)) for point in np.rint(points)]
    corners = [c for i, c in enumerate(corners) if c != corners[i - 1]]
    if len(corners) < 3 or measure_area(np.array(corners, "float64")) < 1:
        raise ValueError(f"is outside the {size[0]}x{size[1]} image")
    return tuple(corners)


def clip_by_edge(points, depth):
    """The part of a polygon where `depth`, float (n,), is not negative."""
    kept = []
    for i in range(len(points)):
        before, here = depth[i - 1], depth[i]
        if (before < 0) != (here < 0):
            share = before / (before - here)
            kept.append(points[i - 1] + share * (points[i] - points[i - 1]))
        if here >= 0:
            kept.append(points[i])
    return np.reshape(kept, (-1, 2))


def measure_area(points):
    x, y = (points - points[0]).T
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
