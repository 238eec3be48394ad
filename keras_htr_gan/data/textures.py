"""What degradations are made of: noise, lines, spots, and lengths.

Images are float32 `(height, width)`, and lengths are in heights of a line. A
line is as high as the image, unless `measured_in` says otherwise: then an
image that shows more than a line has features of the same size.
"""

import contextlib
import contextvars

import cv2
import numpy as np

STAMP_BAND = 0.4
LETTERS = list("ABCDEFGHIJKLMNOPRSTUV ")

# Of the thread: lines are degraded by several.
LINE_ROWS = contextvars.ContextVar("line_rows", default=None)


@contextlib.contextmanager
def measured_in(height):
    """Within a `with` block, lengths are in heights of a line of so many rows.

    Args:
        height: int, pixels; or `None` for the height of each image.
    """
    token = LINE_ROWS.set(height)
    try:
        yield
    finally:
        LINE_ROWS.reset(token)


def line_height_of(shape):
    """How many rows a line has, on an image of a shape: int, pixels."""
    return LINE_ROWS.get() or shape[0]


def white_noise(rng, shape):
    """Noise of variance 1; uniform, for normal takes five times as long."""
    return (rng.random(shape, dtype="float32") - 0.5) * 12**0.5


def smooth_noise(rng, shape, scale):
    """Noise with features of `scale` heights, or of (down, along)."""
    scales = np.broadcast_to(scale, 2) * line_height_of(shape)
    size = [
        max(2, round(n / s) + 1) for n, s in zip(shape, scales, strict=True)
    ]
    noise = white_noise(rng, size)
    # Cubic steps are slow: once they are small, linear ones look the same.
    middle = [min(4 * s, n) for s, n in zip(size, shape, strict=True)]
    noise = cv2.resize(noise, middle[::-1], interpolation=cv2.INTER_CUBIC)
    return cv2.resize(noise, shape[::-1])


def blurred(image, sigma):
    """Gaussian blur by `sigma` heights."""
    pixels = sigma * line_height_of(image.shape)
    return cv2.GaussianBlur(image, (0, 0), max(pixels, 0.1))


def painted(image, mask, tone):
    """An image with a tone where a mask, 0 to 1, is 1."""
    return image + mask * (tone - image)


def step(values, low, high):
    """Smooth step from 0 at `low` to 1 at `high`."""
    t = np.clip((values - low) * (1.0 / (high - low)), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def ridge(distance, width):
    """1 at distance 0, bell-shaped; `width` in heights."""
    width = max(width, 0.45 / line_height_of(distance.shape))
    return np.exp(distance * distance * (-0.5 / width**2))


def axes(rng, shape, angle):
    """Coordinates along and across a line through a random point.

    Returns:
        two float32 arrays of `shape`, in heights.
    """
    height = line_height_of(shape)
    rows, columns = shape
    x = np.arange(columns, dtype="float32") / height
    y = np.arange(rows, dtype="float32")[:, None] / height
    x -= rng.uniform(0, columns / height)
    y -= rng.uniform(0, rows / height)
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    return x * cosine + y * sine, y * cosine - x * sine


def spot(rng, shape, radius):
    """Distance from a random point, 1 on a ragged oval of about `radius`."""
    along, across = axes(rng, shape, rng.uniform(0, np.pi))
    along /= rng.uniform(1.0, 2.5)
    # Not cv2.magnitude: its last digit depends on where in memory images lie.
    distance = np.sqrt(along * along + across * across) / radius
    ragged = 0.25 * smooth_noise(rng, shape, 0.6 * radius)
    ragged += 0.08 * smooth_noise(rng, shape, 0.15 * radius)
    return distance * (1.0 + ragged)


def rules(rng, shape, spacing, directions):
    """Darkness of printed lines, `spacing` (low, high) heights apart."""
    spacing = rng.uniform(*spacing)
    tilt = rng.normal(0.0, 0.01)
    darkness = np.zeros(shape, "float32")
    for angle in (tilt, tilt + np.pi / 2)[:directions]:
        across = axes(rng, shape, angle)[1]
        across += 0.008 * smooth_noise(rng, shape, 1.0)
        across -= spacing * np.rint(across / spacing)
        np.maximum(darkness, ridge(across, 0.012), out=darkness)
    printed = 0.8 + 0.15 * smooth_noise(rng, shape, (0.3, 0.3))
    return darkness * np.clip(printed, 0.4, 1.0) * rng.uniform(0.15, 0.45)


def laid_behind(other, shape, rng):
    """Ink of another line as it lies on the back: mirrored, off the line."""
    height = line_height_of(shape)
    scale = height / other.shape[0] * rng.uniform(0.85, 1.2)
    size = [max(1, round(pixels * scale)) for pixels in other.shape[::-1]]
    back = 1.0 - cv2.resize(other[:, ::-1], size)
    down = round(rng.uniform(-0.6, 0.6) * height) + np.arange(shape[0])
    along = rng.integers(size[0]) + np.arange(shape[1])
    return back[np.ix_(down % size[1], along % size[0])]


def written_behind(other, shape, rng):
    """Ink of the back, mirrored, in lines at a distance of their own.

    Every line of the back begins elsewhere, and on some backs there is blank
    paper between them.

    Returns:
        float32 of `shape`, 0 = paper, 1 = ink.
    """
    height = line_height_of(shape)
    scale = height / other.shape[0] * rng.uniform(0.7, 1.3)
    size = [max(1, round(pixels * scale)) for pixels in other.shape[::-1]]
    back = 1.0 - cv2.resize(other[:, ::-1], size)
    if rng.random() < 0.5:
        gap = round(rng.uniform(0.1, 0.8) * height)
        back = np.pad(back, ((0, gap), (0, 0)))
    rows = rng.integers(len(back)) + np.arange(shape[0])
    line, down = np.divmod(rows[:, None], len(back))
    along = rng.integers(size[0], size=line[-1, 0] + 1)[line]
    return back[down, (along + np.arange(shape[1])) % size[0]]


def ink_darkness(image):
    """How dark the ink of an image is, 0 to 1; 0 where there is none.

    The 95th percentile of its strokes, however few they are.
    """
    darkness = 1.0 - image
    darkest = np.percentile(darkness, 99.5)
    if darkest < 0.1:
        return 0.0
    return float(np.percentile(darkness[darkness > darkest / 2], 95))


def leader_marks(rng, shape):
    """Darkness of printed dots, dashes or thin lines, one below the other."""
    pitch = rng.uniform(0.7, 1.6)
    along, across = axes(rng, shape, rng.normal(0.0, 0.006))
    across -= pitch * np.rint(across / pitch)
    width = rng.uniform(0.006, 0.016)
    period = rng.uniform(0.07, 0.25)
    kind = rng.choice(("dots", "dashes", "line"))
    if kind == "dots":
        width *= 1.4
        apart = along - period * np.rint(along / period)
        darkness = ridge(np.sqrt(apart * apart + across * across), width)
    else:
        darkness = ridge(across, width)
    if kind == "dashes":
        apart = np.abs(along / period - np.rint(along / period))
        half = rng.uniform(0.2, 0.35)
        darkness *= 1.0 - step(apart, half - 0.08, half + 0.08)
    # Some leave off where others have written, or where a column ends.
    if rng.random() < 0.6:
        length = rng.uniform(0.5, 3.0)
        darkness *= 1.0 - step(np.abs(along), length, length + 0.01)
    return darkness


def depth_from(side, shape, tilt):
    """How far each pixel lies from a side of the image.

    Args:
        side: `"left"`, `"right"`, `"top"` or `"bottom"`.
        shape: (int, int), pixels.
        tilt: float, radians, of the line from which it is measured.

    Returns:
        float32 of `shape`, in heights.
    """
    rows, columns = (
        np.arange(pixels, dtype="float32") / line_height_of(shape)
        for pixels in shape
    )
    if side in ("right", "bottom"):
        rows, columns = rows[::-1], columns[::-1]
    rows = rows[:, None]
    if side in ("left", "right"):
        return columns + np.float32(tilt) * (rows - rows.mean())
    return rows + np.float32(tilt) * (columns - columns.mean())


def blank_depth(image, side):
    """How far from a side of the image its ink begins: float, in heights."""
    # Blurred, for the grain of the paper is no ink.
    written = blurred(image, 0.02) < 0.82 * np.median(image)
    written = written.any(axis=1 if side in ("top", "bottom") else 0)
    if side in ("right", "bottom"):
        written = written[::-1]
    pixels = written.argmax() if written.any() else len(written)
    return float(pixels / line_height_of(image.shape))


def stamp_label(rng, length):
    """A framed strip of capitals, `length` by `STAMP_BAND` heights, inked 1."""
    rows = 48
    columns = max(rows, round(length / STAMP_BAND * rows))
    label = np.zeros((rows, columns), "uint8")
    text = "".join(rng.choice(LETTERS, columns // 20))
    cv2.putText(label, text, (8, 33), 2, 0.8, 255, 2, cv2.LINE_AA)
    cv2.rectangle(label, (1, 2), (columns - 2, rows - 3), 255, 2, cv2.LINE_AA)
    return label.astype("float32") / 255.0
