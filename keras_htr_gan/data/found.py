"""Lines as they were found: with a text, and without a clean twin."""

import re

import cv2
import numpy as np

from keras_htr_gan.data.sources import LineSource, mix_sources, open_entry
from keras_htr_gan.errors import UserError

# Of a line's height: what is averaged over against noise, and how far from
# any point there is paper.
GRAIN, PAPER_NEAR = 1 / 80, 1 / 2
# Of the ink's darkness: what is surely paper, and what may be ink.
SURELY_PAPER, MAY_BE_INK = 0.15, 0.35
INK_SHARE, FAINTEST = 0.03, 0.08


def find_sure_paper(image):
    """Where a line surely shows paper, however uneven that is.

    Args:
        image: float32 `(height, width)`, 0 = ink, 1 = paper.

    Returns:
        float32 `(height, width)`: 1 where there is surely no ink, 0 where
        there may be, as what is from 0.35 times as dark as the darkest ink.
    """
    height = len(image)
    seen = cv2.GaussianBlur(image, (0, 0), max(GRAIN * height, 0.3))
    near = round(PAPER_NEAR * height) // 2 * 2 + 1
    paper = cv2.dilate(seen, np.ones((near, near), "uint8"))
    paper = cv2.blur(paper, (near, near), borderType=cv2.BORDER_REPLICATE)
    darkness = 1.0 - seen / np.maximum(paper, 0.05)
    ink = max(float(np.quantile(darkness, 1.0 - INK_SHARE)), FAINTEST)
    sure = (MAY_BE_INK - darkness / ink) / (MAY_BE_INK - SURELY_PAPER)
    return np.clip(sure, 0.0, 1.0).astype("float32")


class FoundSource(LineSource):
    """Lines that are marked as `found`; their scan is in `degraded`."""

    def __getitem__(self, index):
        return {**super().__getitem__(index), "found": True}


def open_found(entries, options):
    """Opens lines that are learnt from as they were found.

    Args:
        entries: sequence of str, as `DATA:0.25`: what `read_lines` takes, and
            the share of the lines of a training.
        options: `SourceOptions`, with `as_found`.

    Returns:
        list of (dict of split to source, share).

    Raises:
        UserError: names what cannot be used.
    """
    found, shares = [], 0.0
    for entry in entries:
        match = re.fullmatch(r"(.+):(0?\.[0-9]+)", entry)
        if not match:
            raise UserError(
                f"`as_found`: {entry} has no share of the lines; give one "
                f"between 0 and 1, as {entry.partition(':')[0]}:0.25"
            )
        share = float(match[2])
        shares += share
        if not 0 < share or shares >= 1:
            raise UserError(
                f"`as_found`: the shares come to {shares:g}; some lines must "
                "be pairs, so let them come to less than 1, and each be above "
                "0"
            )
        splits = open_entry(match[1], options)
        splits["train"] = FoundSource(splits["train"].lines, options.height)
        found.append((splits, share))
    return found


def mix_found(source, found):
    """A source of pairs, and lines as found among them by their shares."""
    if not found:
        return source
    shares = [share for _, share in found]
    sources = [splits["train"] for splits, _ in found]
    return mix_sources([source, *sources], [1.0 - sum(shares), *shares])
