"""White writing on black, as in negatives, blueprints and copies of microfilm.

Strokes are thin and paper is wide: where there is writing, the ink is the
lesser part of what is around it. So in a small window the values lie to one
side of their mean, and their skewness says on which. What is as wide as the
window, the edge of a page, a dark bed, a shadow, a black mask around a line
that was cut out, crosses it from side to side, and cancels out.
"""

import cv2
import numpy as np

from keras_htr_gan.errors import UserError

# Of the ink; `auto` looks at each image.
POLARITIES = ("auto", "dark", "light")
# Pixels: what is larger is made smaller, as strokes are still seen then.
MOST_PIXELS = 400_000
# Of a line's height, and at most so many pixels.
WINDOW, WIDEST_WINDOW = 4, 31
# No dark ink on light paper comes near it, and nearly all negatives do.
LEAST_SKEWNESS = 0.2
LIGHTEST = 0.6
LEAST_CONTRAST = 0.01


def must_turn(image, polarity):
    """Whether an image has to be turned into its negative, `1 - image`.

    Args:
        image: float32 `(height, width)`, 0 = black, 1 = white.
        polarity: `"dark"`, the ink is dark, and nothing is turned; `"light"`,
            it is light, and everything is; or `"auto"`, see
            `is_white_on_black`.

    Raises:
        UserError: for another polarity.
    """
    if polarity not in POLARITIES:
        known = ", ".join(POLARITIES)
        raise UserError(f"`polarity`: {polarity!r} is none of {known}")
    if polarity == "auto":
        return is_white_on_black(image)
    return polarity == "light"


def is_white_on_black(image):
    """Whether the writing in an image is lighter than what it stands on.

    Args:
        image: float32 `(height, width)`, 0 = black, 1 = white: a line or a
            page, of any size.

    Returns:
        bool; `False` in doubt, as where there is no writing.
    """
    # What white writing stands on is dark. A few rows and columns tell it.
    if np.median(image[::4, ::4]) > LIGHTEST:
        return False
    return bool(measure_skewness(image) > LEAST_SKEWNESS)


def measure_skewness(image):
    """To which side of what is around them the values of an image lie.

    Args:
        image: see `is_white_on_black`.

    Returns:
        float, about -3 to 3: the mean skewness of small windows, below 0 for
        dark writing on light paper and above 0 for light on dark. That of the
        negative is the same with the other sign. 0 where nothing is to be
        seen.
    """
    factor = (MOST_PIXELS / image.size) ** 0.5
    if factor < 1:
        size = [max(1, round(factor * side)) for side in image.shape[::-1]]
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    # Centred, so that third powers keep their digits.
    image = image.astype("float32") - np.float32(np.median(image))
    side = max(5, min(min(image.shape) // WINDOW, WIDEST_WINDOW)) | 1
    window = tuple(min(side, length) for length in image.shape[::-1])

    def average(values):
        return cv2.boxFilter(values, -1, window, borderType=cv2.BORDER_REFLECT)

    square = image * image
    mean, square, cube = map(average, (image, square, square * image))
    variance = np.maximum(square - mean * mean, 1e-7)
    third = cube - 3 * mean * square + 2 * mean * mean * mean
    if np.percentile(variance, 95) < LEAST_CONTRAST**2:
        return 0.0
    skewness = np.clip(third / variance**1.5, -3, 3)
    # The strong edge of a mask weighs no more than a stroke.
    weight = np.minimum(variance, np.median(variance))
    return float((weight * skewness).sum() / weight.sum())
