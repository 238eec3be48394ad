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


def stamp_label(rng, length):
    """A framed strip of capitals, `length` by `STAMP_BAND` heights, inked 1."""
    rows = 48
    columns = max(rows, round(length / STAMP_BAND * rows))
    label = np.zeros((rows, columns), "uint8")
    text = "".join(rng.choice(LETTERS, columns // 20))
    cv2.putText(label, text, (8, 33), 2, 0.8, 255, 2, cv2.LINE_AA)
    cv2.rectangle(label, (1, 2), (columns - 2, rows - 3), 255, 2, cv2.LINE_AA)
    return label.astype("float32") / 255.0
