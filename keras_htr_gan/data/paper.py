"""Blank paper, cut from scans, for lines and pages to be written on."""

import cv2
import numpy as np

from keras_htr_gan.data.textures import line_height_of
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import ImageError
from keras_htr_gan.images.documents import read_pages
from keras_htr_gan.images.finding import find_documents
from keras_htr_gan.images.scaling import scale_line

PAGE_COLUMNS, PAPER_SIDE, MOST_OF_A_PAGE = 1200, 320, 2
# Of the paper's own light: marks of blank paper are fainter, and shadows too.
PLAIN, EVEN, LEAST_LIGHT = 0.1, 0.8, 0.35
# How large paper is laid under lines of so many rows, and in what light.
ROWS, FACTOR, LIGHT = 64, (1.0, 2.0), (0.6, 1.0)


def find_blank_paper(path, most=MOST_OF_A_PAGE):
    """The blank parts of scans.

    Args:
        path: `Path` of a scan, or of a folder of scans.
        most: int, parts of a page at most.

    Returns:
        list of float32 images, see `cut_blank_paper`, and how many pages were
        looked at.

    Raises:
        UserError: if a scan cannot be read, or none has blank paper.
    """
    papers, pages = [], 0
    for file, _ in find_documents(path).documents:
        try:
            for page in read_pages(file):
                papers += cut_blank_paper(page.grey, most)
                pages += 1
        except ImageError as error:
            raise UserError(f"`paper`: {file}: {error}") from error
    if not papers:
        raise UserError(
            f"`paper`: {path}: no scan has blank paper of {PAPER_SIDE} x "
            f"{PAPER_SIDE} pixels, where it is {PAGE_COLUMNS} pixels wide; "
            "name scans with wide margins, or with empty pages"
        )
    return papers, pages


def cut_blank_paper(page, most=MOST_OF_A_PAGE):
    """Parts of a page on which nothing is written.

    Args:
        page: float32 `(height, width)`, 0 = black, 1 = white.
        most: int, how many are cut at most.

    Returns:
        list of float32 `(PAPER_SIDE, PAPER_SIDE)`, the plainest first, none
        overlapping; as they would be on a page that is `PAGE_COLUMNS` wide.
    """
    page = scale_line(
        page, round(len(page) * PAGE_COLUMNS / page.shape[1]), PAGE_COLUMNS
    )
    side = PAPER_SIDE
    slow = cv2.GaussianBlur(page, (0, 0), side / 16)
    quick = np.abs(page - slow)
    found = []
    for top in range(0, page.shape[0] - side + 1, side // 4):
        for left in range(0, page.shape[1] - side + 1, side // 4):
            window = np.s_[top : top + side, left : left + side]
            light = float(np.median(page[window]))
            # The strongest marks tell that it is written on.
            marks = float(np.percentile(quick[window], 99.9)) / light
            even = slow[window].min() > EVEN * light
            if light > LEAST_LIGHT and even and marks < PLAIN:
                found.append((marks, top, left))
    chosen = []
    for _, top, left in sorted(found):
        if all(max(abs(top - y), abs(left - x)) >= side for y, x in chosen):
            chosen.append((top, left))
    return [page[y : y + side, x : x + side] for y, x in chosen[:most]]


def take_sheet(papers, shape, rng):
    """A sheet for a line, of one of several papers.

    Args:
        papers: sequence of float32 images, see `cut_blank_paper`.
        shape: (int, int), pixels of the sheet.
        rng: `numpy.random.Generator` for which paper, what of it, turned how,
            how large and in what light.

    Returns:
        float32 of `shape`, 0 = black, 1 = white.
    """
    paper = papers[rng.integers(len(papers))]
    paper = np.rot90(paper, rng.integers(4))[:, :: rng.choice((-1, 1))]
    top, left = rng.integers(len(paper) // 2, size=2)
    light = rng.uniform(*LIGHT) / np.median(paper[::4, ::4])
    factor = rng.uniform(*FACTOR) * line_height_of(shape) / ROWS
    # No more than is needed, for it takes time to scale it.
    bottom, right = (
        first + int(side / factor) + 2
        for first, side in zip((top, left), shape, strict=True)
    )
    part = np.ascontiguousarray(paper[top:bottom, left:right])
    sheet = spread_paper(part, shape, factor)
    return np.minimum(sheet * np.float32(light), 1.0)


def spread_paper(paper, shape, factor):
    """Paper of a shape, scaled, and laid mirrored where it is too small.

    Args:
        paper: float32 `(rows, columns)`.
        shape: (int, int), pixels.
        factor: float, by which the paper is scaled.

    Returns:
        float32 of `shape`.
    """
    size = [max(8, round(side * factor)) for side in paper.shape[::-1]]
    paper = cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR)
    paper = paper[: shape[0], : shape[1]]
    missing = [
        max(0, n - have) for n, have in zip(shape, paper.shape, strict=True)
    ]
    return np.pad(paper, [(0, n) for n in missing], mode="symmetric")
