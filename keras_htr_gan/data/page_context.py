"""A line as pages have it: between its neighbours, cut anywhere, or none.

For training generators that are to restore whole pages, which go through them
in bands: a band may hold a line and the tails of those above and below, the
halves of two lines, or paper alone.
"""

import numpy as np

from keras_htr_gan.pixels import PAPER

BLANK, CUT = 0.15, 0.35
LINE_SPACING = (0.75, 1.15)
SLIGHTLY = 0.08


def on_a_page(line, rng, other):
    """What stands on a page where a line is.

    Args:
        line: dict with `clean`, float32 `(height, width)`, 0 = ink, 1 =
            paper, and `text`.
        rng: `numpy.random.Generator`; the same state gives the same.
        other: clean image of the neighbours, float32 of the same height.

    Returns:
        dict of the same keys. The text is empty where the line is not there
        as a whole.
    """
    clean = line["clean"]
    kind = rng.random()
    if kind < BLANK:
        return {**line, "clean": np.full_like(clean, PAPER), "text": ""}
    height, width = clean.shape
    spacing = rng.uniform(*LINE_SPACING) * height
    whole = kind >= BLANK + CUT
    down = rng.uniform(-1, 1) * (SLIGHTLY * height if whole else spacing / 2)
    page = np.full_like(clean, PAPER)
    for image, top in ((clean, 0), (other, -spacing), (other, spacing)):
        along = 0 if image is clean else rng.integers(image.shape[1])
        lay(page, image, round(top + down), along)
    return {**line, "clean": page, "text": line["text"] if whole else ""}


def lay(page, image, top, along):
    """Writes what lies on the page of an image `top` pixels down its side.

    The image begins at its column `along`, and begins again where it ends.
    """
    rows = np.arange(max(top, 0), min(top + len(image), len(page)))
    if not len(rows):
        return
    columns = (along + np.arange(page.shape[1])) % image.shape[1]
    part = image[np.ix_(rows - top, columns)]
    page[rows] = np.minimum(page[rows], part)
