"""A line as pages have it: between its neighbours, cut anywhere, or none.

For training generators that are to restore whole pages, which go through them
in bands: a band may hold a line and the tails of those above and below, the
halves of two lines, or paper alone.
"""

import numpy as np

from keras_htr_gan.data.augmentation import broaden_strokes
from keras_htr_gan.images.scaling import scale_line
from keras_htr_gan.pixels import PAPER

BLANK, CUT = 0.15, 0.35
LINE_SPACING = (0.75, 1.15)
SLIGHTLY = 0.08
# Where rows above and below are seen, too.
CLOSE, FAR, FAR_SHARE = (0.6, 1.15), (1.5, 3.0), 0.2
SIZE, SIZED_SHARE = (0.5, 1.6), 0.3
# Hands that are smaller or larger than the height by which a page is scaled.
HAND, OTHER_HAND_SHARE, LEGIBLE = (0.6, 1.6), 0.35, (0.85, 1.1)
# By how much strokes of broad pens, brushes and type grow, in line heights.
BROADER, BROADER_SHARE, LEGIBLY_BROADER = (0.02, 0.1), 0.25, 0.04
OUTERMOST, ALL_BLANK = 0.12, 0.5
MARGIN, MARGIN_SHARE = (0.1, 0.8), 0.3


def on_a_page(line, rng, other, context=0, room=0):
    """What stands on a page where a line is.

    Args:
        line: dict with `clean`, float32 `(height, width)`, 0 = ink, 1 =
            paper, and `text`.
        rng: `numpy.random.Generator`; the same state gives the same.
        other: clean image of the neighbours, float32 of the same height.
        context: int, rows that are seen above the line, and below it.
        room: int, columns by which a page of more rows than the line may be
            wider than it, for a margin.

    Returns:
        dict of the same keys, with `height + 2 * context` rows of the page as
        `clean`, of which some are then written in a smaller or larger hand.
        The text is empty where the line is not there as a whole, and in the
        middle rows, or by so broad a pen that it is hard to read.
    """
    clean = line["clean"]
    kind = rng.random()
    there, whole = kind >= BLANK, kind >= BLANK + CUT
    text = line["text"] if whole else ""
    if rng.random() < BROADER_SHARE:
        clean, other, text = broaden(clean, other, text, rng)
    if context:
        if rng.random() < OTHER_HAND_SHARE:
            clean, other, text = resize_hand(clean, other, text, rng, room)
        page = write_around(
            clean, rng, other, len(line["clean"]) + 2 * context, there, whole
        )
        room += line["clean"].shape[1] - page.shape[1]
        return {**line, "clean": leave_margin(page, rng, room), "text": text}
    page = np.full_like(clean, PAPER)
    if there:
        height = len(clean)
        spacing = rng.uniform(*LINE_SPACING) * height
        reach = SLIGHTLY * height if whole else spacing / 2
        down = rng.uniform(-1, 1) * reach
        for image, top in ((clean, 0), (other, -spacing), (other, spacing)):
            along = 0 if image is clean else rng.integers(image.shape[1])
            lay(page, image, round(top + down), along)
    return {**line, "clean": page, "text": text}


def resize_hand(clean, other, text, rng, room):
    """A line and its neighbours in a hand that is smaller or larger.

    Restored pages are scaled by an estimate, and pages mix hands.

    Args:
        clean, other, text, rng, room: see `on_a_page`.

    Returns:
        both images scaled, the line's `room` columns wider than before at
        most, and the text, or an empty one where the line is cut or no
        longer of a size that is easily read.
    """
    size = np.exp(rng.uniform(*np.log(HAND)))
    widest = clean.shape[1] + room
    sized, other = (
        scale_line(image, round(size * len(image))) for image in (clean, other)
    )
    legible = LEGIBLE[0] <= size <= LEGIBLE[1] and sized.shape[1] <= widest
    return sized[:, :widest], other, text if legible else ""


def broaden(clean, other, text, rng):
    """A line and its neighbours by a broader pen.

    Hands alone have fine strokes, and who has seen no others restores the
    outlines of broad and faint ones.

    Args:
        clean, other, text, rng: see `on_a_page`.

    Returns:
        both images, and the text, or an empty one where letters run together.
    """
    by = np.exp(rng.uniform(*np.log(BROADER)))
    broad = (broaden_strokes(image, by) for image in (clean, other))
    return *broad, text if by <= LEGIBLY_BROADER else ""


def write_around(clean, rng, other, rows, there, whole):
    """The rows of a page around the place of a line.

    Args:
        clean, rng, other: see `on_a_page`.
        rows: int, how many are seen.
        there: bool, whether the line is.
        whole: bool, whether all of it stands in the middle rows.

    Returns:
        float32 `(rows, width)`, 0 = ink, 1 = paper.
    """
    height, width = clean.shape
    page = np.full((rows, width), PAPER, "float32")
    spacing = rng.uniform(*(FAR if rng.random() < FAR_SHARE else CLOSE))
    reach = SLIGHTLY if whole else spacing / 2
    middle = len(page) / 2 + rng.uniform(-1, 1) * reach * height
    if there:
        lay(page, clean, round(middle - height / 2), 0)
    elif rng.random() < ALL_BLANK:
        return page
    for way in (-1, 1):
        if rng.random() < OUTERMOST:
            continue
        image = other
        if rng.random() < SIZED_SHARE:
            image = scale_line(other, round(rng.uniform(*SIZE) * height))
        centre = middle + way * spacing * (height + len(image)) / 2
        while -len(image) < 2 * centre < 2 * len(page) + len(image):
            top = round(centre - len(image) / 2)
            lay(page, image, top, rng.integers(image.shape[1]))
            centre += way * spacing * len(image)
    return page


def leave_margin(page, rng, room):
    """Widens some pages by blank paper on one side, `room` columns at most."""
    if rng.random() >= MARGIN_SHARE:
        return page
    columns = min(room, round(rng.uniform(*MARGIN) * len(page)))
    sides = (columns, 0) if rng.random() < 0.5 else (0, columns)
    return np.pad(page, ((0, 0), sides), constant_values=PAPER)


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
