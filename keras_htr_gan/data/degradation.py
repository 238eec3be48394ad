"""What time does to a page: small seeded functions on grey lines.

Each takes a float32 image `(height, width)`, 0 = ink, 1 = paper, a
`numpy.random.Generator` and a severity from 0 (nothing) to 1, and returns a
new image of the same shape and range.
"""

import cv2
import numpy as np


def degrade(clean, rng, other=None):
    """Ages a clean line by a random choice of what is in this module.

    Args:
        clean: float32 `(height, width)`, 0 = ink, 1 = paper.
        rng: `numpy.random.Generator`; the same state gives the same image.
        other: another clean line, float32 of any shape, whose ink may come
            through from the back; `None` for no bleed-through.

    Returns:
        float32 `(height, width)`, 0 to 1.
    """
    image = clean
    severity = rng.uniform(0.4, 1.0)
    if rng.random() < 0.6:
        image = broken_strokes(image, rng, severity)
    image = faded_ink(image, rng, severity)
    if other is not None and rng.random() < 0.35:
        image = bleed_through(image, rng, severity, other)
    if rng.random() < 0.5:
        image = stains(image, rng, severity)
    image = paper_texture(image, rng, severity)
    image = uneven_light(image, rng, severity)
    if rng.random() < 0.6:
        image = blur(image, rng, severity)
    return noise(image, rng, severity)


def faded_ink(image, rng, severity):
    """Ink that has paled, more in some places than in others."""
    strength = 1.0 - severity * rng.uniform(0.55, 0.8)
    uneven = 1.0 + 0.5 * severity * smooth_noise(rng, image.shape, 24)
    ink = (1.0 - image) * strength * np.clip(uneven, 0.35, 1.5)
    return np.clip(1.0 - ink, 0.0, 1.0)


def broken_strokes(image, rng, severity):
    """Ink that skipped, so that strokes have gaps."""
    grain = smooth_noise(rng, image.shape, image.shape[0] / 10)
    kept = np.clip(2.5 * (grain + 2.2 - 1.7 * severity), 0.15, 1.0)
    return 1.0 - (1.0 - image) * kept


def bleed_through(image, rng, severity, other):
    """Ink of the page's other side, mirrored, blurred and pale."""
    back = cv2.resize(other[:, ::-1], image.shape[::-1])
    shift = rng.integers(-image.shape[0] // 3, image.shape[0] // 3 + 1)
    back = np.roll(back, shift, axis=0)
    back = cv2.GaussianBlur(back, (0, 0), image.shape[0] / 32)
    strength = severity * rng.uniform(0.1, 0.3)
    return np.clip(image - strength * (1.0 - back), 0.0, 1.0)


def stains(image, rng, severity):
    """Brown spots with soft rims."""
    rows, columns = image.shape
    spots = np.zeros_like(image)
    for _ in range(rng.integers(1, 4)):
        centre = (int(rng.integers(columns)), int(rng.integers(rows)))
        axes = rng.uniform(0.1, 0.7, 2) * rows
        cv2.ellipse(
            spots,
            centre,
            (int(axes[0]) + 1, int(axes[1]) + 1),
            float(rng.uniform(0, 180)),
            0,
            360,
            float(rng.uniform(0.1, 0.35)),
            -1,
        )
    spots = cv2.GaussianBlur(spots, (0, 0), rows / 16)
    return np.clip(image - severity * spots, 0.0, 1.0)


def paper_texture(image, rng, severity):
    """Fibres and unevenness of the paper itself."""
    fibres = smooth_noise(rng, image.shape, 2.5)
    cloud = smooth_noise(rng, image.shape, image.shape[0] / 3)
    texture = 1.0 + severity * (0.03 * fibres + 0.04 * cloud)
    return np.clip(image * texture, 0.0, 1.0)


def uneven_light(image, rng, severity):
    """A darker paper, and light that falls off towards one side."""
    rows, columns = image.shape
    tone = 1.0 - severity * rng.uniform(0.05, 0.4)
    slope = rng.uniform(-1, 1, 2) * severity * 0.15
    down = np.linspace(-1, 1, rows, dtype="float32")[:, None]
    along = np.linspace(-1, 1, columns, dtype="float32")[None]
    light = tone * (1.0 + slope[0] * down + slope[1] * along)
    return np.clip(image * light, 0.0, 1.0).astype("float32")


def blur(image, rng, severity):
    """A lens out of focus."""
    sigma = severity * rng.uniform(0.3, 1.1) * image.shape[0] / 32
    return cv2.GaussianBlur(image, (0, 0), max(sigma, 0.1))


def noise(image, rng, severity):
    """Grain of the sensor."""
    grain = rng.standard_normal(image.shape, dtype="float32")
    return np.clip(
        image + severity * rng.uniform(0.01, 0.07) * grain, 0.0, 1.0
    ).astype("float32")


def smooth_noise(rng, shape, scale):
    """Normal noise whose features are about `scale` pixels: float32."""
    rows = max(2, round(shape[0] / scale) + 1)
    columns = max(2, round(shape[1] / scale) + 1)
    coarse = rng.standard_normal((rows, columns), dtype="float32")
    return cv2.resize(
        coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC
    )
