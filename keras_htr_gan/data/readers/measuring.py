"""Decodes every image of the data once: its size, and whether it is damaged."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from keras_htr_gan.data.lines import Line, Problem
from keras_htr_gan.images.decoding import ImageError, load_grey
from keras_htr_gan.images.polarity import must_turn

THREADS = 2


def measure_lines(lines, progress, polarity="dark"):
    """Decodes the images of lines.

    Args:
        lines: list of `Line`.
        progress: bool, see `read_lines`.
        polarity: str, see `must_turn`.

    Returns:
        Lists of `Line`, with `size`, `digest` and `turned`, and of `Problem`.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        results = pool.map(lambda line: measure_line(line, polarity), lines)
        results = list(show_progress(results, len(lines), "lines", progress))
    return (
        [result for result in results if isinstance(result, Line)],
        [result for result in results if isinstance(result, Problem)],
    )


def measure_line(line, polarity):
    """The line with what its images show, or the `Problem` it has."""
    sizes, turned, digest = [], [], hashlib.sha256()
    for side in ("clean", "degraded"):
        image = getattr(line, side)
        if image is None:
            continue
        try:
            grey = load_grey(image)
        except ImageError as error:
            which = image.name if isinstance(image, Path) else image.column
            return Problem(line.name, f"{which}: {error}")
        sizes.append(grey.shape[::-1])
        if must_turn(grey, polarity):
            turned.append(side)
        digest.update(np.uint8(255 * grey).tobytes())
        digest.update(repr(grey.shape).encode())
    if len(sizes) == 2 and not have_same_shape(*sizes):
        (a, b), (c, d) = sizes
        reason = f"clean is {a} x {b} pixels and degraded {c} x {d}: no pair"
        return Problem(line.name, reason)
    return replace(
        line,
        size=sizes[0],
        digest=digest.hexdigest(),
        turned=tuple(turned),
    )


def have_same_shape(first, second):
    """Whether two sizes have about the same shape."""
    return abs(first[0] * second[1] / (first[1] * second[0]) - 1) < 0.05


def show_progress(items, count, unit, progress):
    """Iterates, with a progress bar on a terminal."""
    quiet = None if progress else True
    return tqdm(items, total=count, unit=f" {unit}", disable=quiet, leave=False)
