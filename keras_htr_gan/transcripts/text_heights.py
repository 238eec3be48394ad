"""How high the writing on a page is, by the lines that its XML has."""

import cv2
import numpy as np

from keras_htr_gan.data.readers.page_xml import list_page_lines

# How the distance of neighbours may differ from the height of their outlines
# to be that of lines written close, as in an estimate from the image.
CLOSE = 0.55, 1.5
# Of the shorter of two lines, that they are neighbours.
OVERLAP = 0.5


def measure_line_pitch(document):
    """The height of lines of writing, as `Restorer.restore` takes it.

    The median distance of neighbouring baselines within a region, where they
    are written close, that is where it agrees with the height of the lines'
    outlines; else the median of these.

    Args:
        document: `PageDocument`.

    Returns:
        float, pixels of the image; or `None` where the lines do not say it.
    """
    outlines, regions = [], {}
    for line in list_page_lines(document):
        if line.polygon is not None:
            outlines.append(measure_outline_height(line.polygon))
        try:
            points = document.form.baseline(line.element, document.scale)
        except ValueError:
            continue
        if len(points) > 1:
            regions.setdefault(line.element.getparent(), []).append(points)
    distances = [
        distance
        for lines in regions.values()
        for distance in measure_baseline_distances(lines)
    ]
    height = float(np.median(outlines)) if outlines else None
    if not distances:
        return height
    pitch = float(np.median(distances))
    if height is None or CLOSE[0] < pitch / height < CLOSE[1]:
        return pitch
    return height


def measure_outline_height(polygon):
    """The shorter side of the least box around a polygon, turned: float."""
    return min(cv2.minAreaRect(np.asarray(polygon, "float32"))[1]) + 1.0


def measure_baseline_distances(lines):
    """How far each line is above the next one below it.

    Args:
        lines: list of baselines, float (n, 2), of a region. They may be
            slanted, or run up or down the page.

    Returns:
        list of float, pixels; none for lines with nothing below.
    """
    ahead = np.sum([line[-1] - line[0] for line in lines], axis=0)
    length = np.hypot(*ahead)
    if not length:
        return []
    x, y = ahead / length
    turn = np.array([[x, -y], [y, x]])
    level = []
    for line in lines:
        line = line @ turn
        level.append(line[np.argsort(line[:, 0], kind="stable")])
    distances = []
    for line in level:
        below = [
            distance
            for other in level
            if other is not line and (distance := measure_drop(line, other)) > 0
        ]
        if below:
            distances.append(min(below))
    return distances


def measure_drop(line, other):
    """How far a level baseline is above another: float, 0 beside it."""
    first = max(line[0, 0], other[0, 0])
    last = min(line[-1, 0], other[-1, 0])
    shorter = min(np.ptp(line[:, 0]), np.ptp(other[:, 0]))
    if last - first <= OVERLAP * shorter:
        return 0.0
    at = np.linspace(first, last, 9)
    return float(
        np.mean(np.interp(at, *other.T)) - np.mean(np.interp(at, *line.T))
    )
