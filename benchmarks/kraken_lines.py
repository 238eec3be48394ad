"""Lines that kraken finds in pages, as found and restored.

    pip install '.[kraken]'
    python benchmarks/kraken_lines.py FOLDER... [--pages 6]

FOLDER holds page images with their PAGE-XML or ALTO, which say where the lines
are; each folder within it that has some is a collection. The detector is
`blla.mlmodel`, which comes with kraken.

A line of a file and one that was detected fit each other if at least half of
the first one's baseline has the second one's baseline within a third of the
line's height, which is the shorter side of the least box around its outline.
Each is counted once: lines that were detected as one, or one as two, make one
fit. Recall is the share of the file's lines that have a fit, precision that of
the detected ones, F1 is twice the fits over the lines of both. Differences are
from what is found in the page as it is, in points, with 95 % intervals, for
which the pages are drawn anew.
"""

import dataclasses
from pathlib import Path

import click
import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment
from tqdm import tqdm

from keras_htr_gan.data.readers.page_files import find_page_files
from keras_htr_gan.data.readers.page_xml import list_page_lines, open_page
from keras_htr_gan.evaluation.metrics.resampling import (
    find_interval,
    resample_rates,
)
from keras_htr_gan.evaluation.tables import format_change, format_table
from keras_htr_gan.restoration.opened_images import restore_opened_image
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.transcripts.text_heights import measure_outline_height

# Each way with its purpose; the first is what the others are compared with.
WAYS = {"as found": None, "for readers": "readers", "for eyes": "eyes"}
NEAR, LONG_ENOUGH = 1 / 3, 1 / 2
HEADER = ("", "pages", "", "lines", "detected")
HEADER += ("recall", "precision", "F1", "less as found")


@dataclasses.dataclass(frozen=True)
class Line:
    """A line as a file has it.

    Args:
        baseline: float `(n, 2)`, x and y of its points in pixels.
        height: float, pixels.
    """

    baseline: np.ndarray
    height: float


@click.command(context_settings={"show_default": True})
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--pages", type=click.IntRange(min=1), help="Of each, at most.")
@click.option("--model", default="latin_small")
def main(folders, pages, model):
    """Print recall, precision and F1 of the lines in the pages of FOLDERS."""
    restorer, detect = Restorer.from_preset(model), load_detector()
    counts, collections = [], []
    paths = list_pages(folders, pages)
    for path in tqdm(paths, unit=" pages", disable=None):
        document = open_page(path, path.parent)
        lines = list_lines(document)
        collections.append(path.parent.name)
        counts.append([])
        for purpose in WAYS.values():
            found = detect(show(document.image, restorer, purpose))
            fits = count_fits(lines, found)
            counts[-1].append((fits, len(lines), len(found)))
    counts, names = np.array(counts), np.array(collections)
    rows = []
    for name in dict.fromkeys(collections):
        rows += format_rows(name, counts[names == name])
    if len(set(collections)) > 1:
        rows += format_rows("all", counts)
    click.echo(format_table(HEADER, rows))


def load_detector():
    """kraken's own: function of an image to a list of baselines, float
    `(n, 2)`."""
    from kraken.configs import SegmentationInferenceConfig
    from kraken.tasks import SegmentationTaskModel

    model = SegmentationTaskModel.load_model()
    config = SegmentationInferenceConfig()

    def detect(image):
        lines = model.predict(image, config).lines
        return [np.asarray(line.baseline, float) for line in lines]

    return detect


def list_pages(folders, most):
    """The PAGE and ALTO files, at most so many of each collection: list."""
    groups = {}
    for folder in folders:
        for path in find_page_files(folder):
            groups.setdefault(path.parent, []).append(path)
    return [path for group in groups.values() for path in group[:most]]


def list_lines(document):
    """The lines of a file that have a baseline: list of `Line`."""
    baselines, heights = [], []
    for line in list_page_lines(document):
        try:
            points = document.form.baseline(line.element, document.scale)
        except ValueError:
            continue
        if len(points) > 1:
            baselines.append(points)
            outline = line.polygon and measure_outline_height(line.polygon)
            heights.append(outline or np.nan)
    usual = np.nanmedian(heights) if baselines else 0
    heights = np.where(np.isnan(heights), usual, heights)
    return list(map(Line, baselines, heights))


def show(path, restorer, purpose):
    """The image in which lines are detected: `PIL.Image.Image`."""
    from kraken.lib.util import open_image

    image = open_image(path)
    if purpose is None:
        return image
    return restore_opened_image(restorer, image, purpose)


def count_fits(lines, found):
    """How many lines and baselines fit each other, one to one: int.

    Args:
        lines: list of `Line`.
        found: list of float `(n, 2)`, the baselines that were detected.
    """
    if not (lines and found):
        return 0
    shares = np.array(
        [[cover(line, other) for other in found] for line in lines]
    )
    fits = shares >= LONG_ENOUGH
    chosen = linear_sum_assignment(fits, maximize=True)
    return int(fits[chosen].sum())


def cover(line, other):
    """The share of a line's baseline that has another one near: float."""
    points = sample(line.baseline)
    curve = np.float32(other)[:, None]
    distances = [
        # Of an open curve there and back, so that it is closed.
        abs(cv2.pointPolygonTest(np.concatenate([curve, curve[::-1]]), p, True))
        for p in points.tolist()
    ]
    return float(np.mean(np.array(distances) <= NEAR * line.height))


def sample(baseline, count=100):
    """Points of a baseline at equal distances: float `(count, 2)`."""
    steps = np.hypot(*np.diff(baseline, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, side) for side in baseline.T], 1)


def format_rows(name, counts):
    """The rows of a collection, one of each way: lists of str.

    Args:
        name: str.
        counts: int `(pages, ways, 3)`: fits, lines, and lines detected.
    """
    rows = []
    for way, some in zip(WAYS, counts.swapaxes(0, 1), strict=True):
        fits, lines, found = map(int, some.sum(0))
        shares = fits / lines, fits / max(found, 1), 2 * fits / (lines + found)
        cells = [name, str(len(counts)), way, str(lines), str(found)]
        cells += [f"{100 * share:.1f} %" for share in shares]
        drawn = resample_f1(some) - resample_f1(counts[:, 0])
        change = shares[2] - find_f1(counts[:, 0])
        rows.append([*cells, format_change(change, *find_interval(drawn))])
    rows[0][-1] = "-"
    return rows


def find_f1(counts):
    """Twice the fits over the lines of both: float."""
    return 2 * counts[:, 0].sum() / counts[:, 1:].sum()


def resample_f1(counts):
    """The same of pages that are drawn anew, always the same ones."""
    return resample_rates(2 * counts[:, 0], counts[:, 1:].sum(1))


if __name__ == "__main__":
    main()
