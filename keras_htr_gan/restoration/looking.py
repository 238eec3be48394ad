"""How a page lies before us, as far as it must be known to restore it."""

import dataclasses

import numpy as np

from keras_htr_gan.images.polarity import must_turn
from keras_htr_gan.restoration.borders import cover_borders, find_borders
from keras_htr_gan.restoration.turning import must_turn_sideways


@dataclasses.dataclass(frozen=True)
class Look:
    """What was seen of a page.

    Attributes:
        negative: bool, whether its writing is light on dark.
        borders: bool `(rows, columns)`, where it shows no paper, or `None`;
            see `find_borders`.
        sideways: bool, whether its lines run up or down.
        whole: bool, whether all of it is taken for paper.
    """

    negative: bool
    borders: np.ndarray | None
    sideways: bool
    whole: bool


def look_at(image, polarity="auto", turn="auto", keep_borders=False):
    """Looks at a line or a page.

    Args:
        image: float32 `(height, width)`, 0 = black, 1 = white.
        polarity: see `must_turn`.
        turn: see `must_turn_sideways`.
        keep_borders: bool, whether all of it is taken for paper.

    Returns:
        `Look`.

    Raises:
        UserError: for a polarity or a turn that is none.
    """
    negative = must_turn(image, polarity)
    if negative:
        image = 1.0 - image
    borders = None if keep_borders else find_borders(image)
    covered = cover_borders(image, borders)
    sideways = must_turn_sideways(covered, turn)
    return Look(negative, borders, sideways, keep_borders)
