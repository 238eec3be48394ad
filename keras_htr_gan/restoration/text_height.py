"""How high the writing on a page is, estimated."""

import cv2
import numpy as np

from keras_htr_gan.images.scaling import scale_line
from keras_htr_gan.restoration.layout import find_ink

ESTIMATED_ON = 1_500_000
STRIPS, LOWEST_LINE, PEAK = 6, 10, 0.5
LINES_OF_A_PAGE = 30
# A wide blur is calculated on every so-manieth row and column.
FEWER = 4
# Connected strokes: what is smaller is a speck, in pixels; what is longer, of
# the page's height, a rule; what spans as much of the page and fills as little
# of it a frame.
MEASURED_ON, SPECK, LONG, FRAME, THIN = 1_500_000, 6, 0.3, 0.2, 0.15
SHARE = 0.7
# How many times as high a line is, and how the pitch may differ from that.
LINE_OF_WRITING, AGREEMENT = 1.7, (0.55, 1.5)


def estimate_text_height(image):
    """The height of lines of writing, were they written close.

    It is the pitch of the lines, where that agrees with the height of what is
    written; if not, as on a page of a few lines far apart, or one where
    nothing repeats, what is written counts.

    Args:
        image: float32 `(height, width)`, 0 = ink, 1 = paper.

    Returns:
        float, pixels.
    """
    pitch, written = estimate_pitch(image), measure_writing_height(image)
    if written is None:
        return pitch or image.shape[0] / LINES_OF_A_PAGE
    height = written * LINE_OF_WRITING
    agrees = pitch and AGREEMENT[0] < pitch / height < AGREEMENT[1]
    return pitch if agrees else height


def measure_writing_height(image):
    """The height of most connected strokes, of letters and words.

    Args:
        image: see `estimate_text_height`.

    Returns:
        float, pixels: `SHARE` of the ink is in such as are no higher; or
        `None` if nothing is written.
    """
    ink = find_ink(image, MEASURED_ON)
    height = measure_ink_height(ink)
    return height and height * image.shape[0] / len(ink)


def measure_ink_height(ink):
    """The same of ink that was found.

    Args:
        ink: bool `(height, width)`, `True` for ink.

    Returns:
        float, pixels, or `None`.
    """
    rows = len(ink)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype("uint8"))
    width, height, area = stats[1:, 2:5].T
    speck = area < SPECK
    upright = (height > LONG * rows) & (height > 8 * width)
    frame = (width * height > FRAME * ink.size) & (area < THIN * width * height)
    some = ~(speck | upright | frame)
    if not some.any():
        return None
    height, area = height[some], area[some]
    order = np.argsort(height)
    share = np.cumsum(area[order]) / area.sum()
    return float(height[order][np.searchsorted(share, SHARE)])


def estimate_pitch(image):
    """Pixels from one line of writing to the next.

    Where the rows with much ink repeat: the first high peak of the
    autocorrelation of their profile, over vertical strips, so that lines need
    not be level. Ruled lines are taken out first.

    Args:
        image: see `estimate_text_height`.

    Returns:
        float, or `None` where nothing repeats.
    """
    rows, columns = image.shape
    shrunk = min(1.0, (ESTIMATED_ON / (rows * columns)) ** 0.5)
    small = scale_by(image, shrunk) if shrunk < 1 else image
    paper = blur_widely(small, max(8, min(small.shape) / 25))
    ink = np.clip(paper - small - 0.02, 0, None)
    along = np.ones((1, max(40, small.shape[1] // 12)), "uint8")
    ink -= cv2.morphologyEx(ink, cv2.MORPH_OPEN, along)
    likeness = np.mean(
        [
            autocorrelate(strip.sum(axis=1))
            for strip in np.array_split(ink, min(STRIPS, ink.shape[1]), axis=1)
        ],
        axis=0,
    )[: len(ink) // 2]
    below = np.flatnonzero(likeness[LOWEST_LINE:] < 0) + LOWEST_LINE
    if len(below):
        start = below[0]
        inner = likeness[start + 1 : -1]
        peaks = (
            (inner >= PEAK * likeness[start:].max())
            & (inner >= likeness[start:-2])
            & (inner >= likeness[start + 2 :])
            & (inner > 0)
        )
        if peaks.any():
            return float(start + 1 + np.argmax(peaks)) / shrunk
    return None


def blur_widely(image, deviation):
    """A Gaussian blur of many pixels, calculated on fewer of them."""
    size = [max(1, side // FEWER) for side in image.shape[::-1]]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), deviation / FEWER)
    return cv2.resize(small, image.shape[::-1], interpolation=cv2.INTER_LINEAR)


def autocorrelate(profile):
    """Of a profile without its slow changes; 1 at lag 0, or 0 everywhere."""
    count = len(profile)
    slow = cv2.GaussianBlur(profile[:, None], (0, 0), max(3, count / 12))
    spectrum = np.fft.rfft(profile - slow.ravel(), 2 * count)
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)[:count]
    overlap = 1 - np.arange(count) / count
    return likeness / max(likeness[0], 1e-9) / np.maximum(overlap, 0.3)


def scale_by(image, factor):
    """A grey image scaled on both sides alike, to 8 pixels at least."""
    rows, columns = image.shape
    return scale_line(
        image, max(8, round(rows * factor)), max(8, round(columns * factor))
    )
