"""White writing on black, as in negatives, blueprints and copies of microfilm.

Strokes are thin and paper is wide: where there is writing, the ink is the
lesser part of what is around it. So in a small window the values lie to one
side of their mean, and their skewness says on which. What is as wide as the
window, the edge of a page, a dark bed, a shadow, a black mask around a line
that was cut out, crosses it from side to side, and cancels out.
"""

import sys

import cv2
import numpy as np

from keras_htr_gan.errors import UserError
from keras_htr_gan.pixels import POLARITIES

# Pixels: what is larger is made smaller, as strokes are still seen then.
MOST_PIXELS = 400_000
# Of a line's height, and at most so many pixels.
WINDOW, WIDEST_WINDOW = 4, 31
# No dark ink on light paper comes near it, and nearly all negatives do.
LEAST_SKEWNESS = 0.2
# What white writing stands on is darker than this, and is so much of the image.
LIGHTEST, LEAST_DARK = 0.6, 0.25
# Standard deviation of a window in which something is to be seen, and how many
# of the windows are to show something.
LEAST_CONTRAST, LEAST_WRITING = 0.01, 0.002


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


def tell_turned_images(files, unit, why="white on black"):
    """Says how many images were turned, and names one, if any were.

    Args:
        files: list of paths, one for each image.
        unit: str, what they are: `"pages"`.
        why: str, how they were found.
    """
    if files:
        print(
            f"{why}, turned: {len(files)} {unit}, as in {files[0]}",
            file=sys.stderr,
        )


def is_white_on_black(image):
    """Whether the writing in an image is lighter than what it stands on.

    Args:
        image: float32 `(height, width)`, 0 = black, 1 = white: a line or a
            page, of any size.

    Returns:
        bool; `False` in doubt, as where there is no writing.
    """
    # A few rows and columns tell that most images are too light.
    if np.mean(image[::4, ::4] < LIGHTEST) < LEAST_DARK:
        return False
    skewness, grey = measure_writing(image)
    return skewness > LEAST_SKEWNESS and grey < LIGHTEST


def measure_writing(image):
    """To which side of what is around them the values of an image lie.

    Args:
        image: see `is_white_on_black`.

    Returns:
        Two floats. About -3 to 3, the mean skewness of small windows, below 0
        for dark writing on light paper and above 0 for light on dark; that of
        the negative is the same with the other sign. And 0 to 1, what is
        between the writing. Both are 0 where nothing is to be seen.
    """
    factor = (MOST_PIXELS / image.size) ** 0.5
    if factor < 1:
        size = [max(1, round(factor * side)) for side in image.shape[::-1]]
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    # Centred, so that third powers keep their digits.
    middle = np.float32(np.median(image))
    image = image.astype("float32") - middle
    side = max(5, min(min(image.shape) // WINDOW, WIDEST_WINDOW)) | 1
    window = tuple(min(side, length) for length in image.shape[::-1])

    def average(values):
        return cv2.boxFilter(values, -1, window, borderType=cv2.BORDER_REFLECT)

    square = image * image
    mean, square, cube = map(average, (image, square, square * image))
    variance = square - mean * mean
    seen = variance > LEAST_CONTRAST**2
    if seen.mean() < LEAST_WRITING:
        return 0.0, 0.0
    mean, variance = mean[seen], variance[seen]
    third = cube[seen] - 3 * mean * square[seen] + 2 * mean**3
    skewness = np.clip(third / variance**1.5, -3, 3)
    # The strong edge of a mask weighs no more than a stroke.
    weight = np.minimum(variance, np.median(variance))
    return (
        float((weight * skewness).sum() / weight.sum()),
        float(np.median(mean) + middle),
    )
