"""How restored lines read, and what can be promised about that."""

import dataclasses
import math
from pathlib import Path

import numpy as np
from tqdm import tqdm

from keras_htr_gan.data.recipes import degrade, load_recipe
from keras_htr_gan.data.sources import SourceOptions, open_split
from keras_htr_gan.evaluation.metrics.reading import count_errors
from keras_htr_gan.evaluation.outside_reader import OutsideReader
from keras_htr_gan.evaluation.tables import format_table
from keras_htr_gan.images.decoding import open_image, refuse_scrambled
from keras_htr_gan.images.documents import Page, make_page
from keras_htr_gan.images.tiff import turn_upright
from keras_htr_gan.presets import find_preset
from keras_htr_gan.reading.confidence import read_with_confidence
from keras_htr_gan.reading.promise import (
    Promise,
    Trial,
    choose_version,
    identify_preset,
)
from keras_htr_gan.restoration.by_line import (
    AS_FOUND,
    VERSIONS,
    PageVersions,
    to_grey_levels,
)
from keras_htr_gan.restoration.documents import turn_page
from keras_htr_gan.restoration.looking import look_at
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.runtimes.loading import load_reading_model

SEED = 3
LEVELS = (0.01, 0.02, 0.05, 0.1, 0.2)
TOGETHER = 16


@dataclasses.dataclass(frozen=True)
class TriedLines:
    """What a recogniser reads in each version of lines.

    Args:
        errors: int `(lines, versions)`, edits of the text.
        characters: int `(lines,)`, of the text.
        surest: int `(lines,)`, the version of `choose_version`.
        surer: float `(lines,)`, by what share it doubts that less.
        pages: list of str, what fails together.
    """

    errors: np.ndarray
    characters: np.ndarray
    surest: np.ndarray
    surer: np.ndarray
    pages: list

    def choose(self, threshold):
        """The version of each line that a threshold takes: int `(lines,)`."""
        return np.where(self.surer > threshold, self.surest, AS_FOUND)

    def count_errors_of(self, chosen):
        """The edits of each line in the version chosen: int `(lines,)`."""
        return np.take_along_axis(self.errors, chosen[:, None], 1)[:, 0]

    def as_trial(self, name):
        """What of them is needed for a promise: `Trial`."""
        wrong = self.count_errors_of(self.surest) > self.errors[:, AS_FOUND]
        worse = self.surer[wrong & (self.surer > 0)]
        # Not rounded down, or the line would still be taken.
        some = sorted((math.ceil(1e6 * x) / 1e6 for x in worse), reverse=True)
        return Trial(name, len(self.surer), tuple(some))


def try_data(
    model,
    data,
    aged=(),
    degradation="medium",
    lines=1000,
    reader=None,
    runtime="auto",
    tell=print,
    **options,
):
    """Finds out what a model can promise on lines whose text is known.

    Args:
        model: str or path of a preset or a run, see `find_preset`.
        data: sequence of str, lines as found, see `open_split`.
        aged: the same, clean lines that are aged first.
        degradation: str, how these are aged: see `load_recipe`.
        lines: int, at most so many of each.
        reader: str, the command of an `OutsideReader` to whom it is promised,
            or `None` for the model's own recogniser.
        runtime: see `load_restoring_model`.
        tell: function of str, for a table as it grows.
        **options: `split`, see `open_split`; and of `SourceOptions`.

    Returns:
        `Promise`.

    Raises:
        UserError: names what cannot be used.
    """
    folder = find_preset(model)
    outside = OutsideReader(reader) if reader else None
    restorer = Restorer.from_preset(model, runtime)
    recognizer = load_reading_model(model, runtime)
    recipe, trials = load_recipe(degradation), []
    for name, kind in [
        *((d, None) for d in data),
        *((d, recipe) for d in aged),
    ]:
        some = open_lines(name, recognizer, kind, lines, **options)
        tried = try_lines(recognizer, render_lines(restorer, some), outside)
        by = f", read by {outside.name}" if outside else ""
        trials.append(tried.as_trial(Path(name).name + by))
        tell(f"\n{name}: {trials[-1].lines} lines\n")
        tell(format_trial(tried, trials[-1]))
    return Promise(identify_preset(folder), tuple(trials))


def open_lines(name, recognizer, recipe, lines, split="all", **options):
    """Lines of a data set, some of them if there are too many.

    Args:
        name, split: see `open_split`.
        recipe: `Recipe` by which they are aged, or `None`.
        lines: int, at most so many.
        **options: of `SourceOptions`.

    Yields:
        `(page, text, group)`: a `Page`, and two str; lines of one group fail
        together.
    """
    options = SourceOptions(
        height=recognizer.height,
        charset=recognizer.charset,
        unknown_characters="replace",
        as_found=recipe is None,
        **options,
    )
    source = open_split(name, options, split)
    count = min(lines, len(source))
    numbers = range(count)
    if source.finite:
        rng = np.random.default_rng(SEED)
        numbers = rng.permutation(len(source))[:count]
    for number in tqdm(numbers, unit=" lines", leave=False, disable=None):
        page, text, group = open_one(source, int(number))
        yield (
            (age_page(page, recipe, [SEED, int(number)]) if recipe else page),
            text,
            group,
        )


def open_one(source, number):
    """A line of a source at its own size and in its colours, see above."""
    if not source.finite:
        item = source[number]
        return Page(item["clean"], None, None), item["text"], f"line {number}"
    line = source.lines[number]
    with open_image(line.clean) as opened:
        refuse_scrambled(opened)
        page = make_page(turn_upright(opened), None)
    if "clean" in line.turned:
        page = turn_page(page)
    return page, line.text, line.columns.get("page") or line.name


def age_page(page, recipe, seed):
    """A line aged by a recipe, always alike for a seed: grey `Page`."""
    rng = np.random.default_rng(seed)
    aged = degrade(page.grey, rng, page.grey[:, ::-1], recipe)
    return dataclasses.replace(page, grey=np.float32(aged), colour=None)


def render_lines(restorer, lines):
    """Renders each of `VERSIONS` of lines, as it would be written.

    Args:
        restorer: `Restorer`.
        lines: iterable of `(page, text, group)`, see `open_lines`.

    Yields:
        `(images, text, group)`, the images as `PageVersions.render` has them.
    """
    for page, text, group in lines:
        look = look_at(page.grey, "dark")
        both = restorer.restore_soft_and_sharp(page.grey, look, kind="line")
        versions = PageVersions.of(page, both, look.borders)
        yield list(map(versions.render, range(len(VERSIONS)))), text, group


def try_lines(recognizer, lines, outside=None):
    """Reads each version of lines, as the choice between them does.

    Args:
        recognizer: see `read_with_confidence`; it chooses.
        lines: iterable, see `render_lines`.
        outside: `OutsideReader` whose edits count, or `None`.

    Returns:
        `TriedLines`.
    """
    readings, texts, groups, shown, told = [], [], [], [], []
    for images, text, group in lines:
        grey = [np.float32(to_grey_levels(x) / 255) for x in images]
        shown += grey
        if outside is not None:
            told.append(outside.read(grey))
        texts.append(text)
        groups.append(group)
        if len(texts) % TOGETHER == 0:
            readings += read_with_confidence(recognizer, shown)
            shown = []
    readings += read_with_confidence(recognizer, shown)
    count = len(VERSIONS)
    rows = [readings[i : i + count] for i in range(0, len(readings), count)]
    surest, surer = zip(*map(choose_version, rows), strict=True)
    read = told or [[reading.text for reading in row] for row in rows]
    counted = [count_errors(texts, some) for some in zip(*read, strict=True)]
    return TriedLines(
        np.array([errors for errors, _ in counted]).T,
        np.array(counted[0][1]),
        np.array(surest),
        np.array(surer),
        groups,
    )


def format_trial(tried, trial):
    """What promises would cost and bring: a Markdown table.

    Args:
        tried: `TriedLines`.
        trial: `Trial` of them.
    """
    everything = tried.characters.sum()
    found = tried.errors[:, AS_FOUND]
    rows = []
    for share in LEVELS:
        threshold = trial.threshold(share)
        chosen = tried.choose(threshold)
        errors = tried.count_errors_of(chosen)
        rows.append(
            [
                f"{share:g}",
                f"{threshold:.3f}",
                f"{100 * np.mean(chosen > AS_FOUND):.0f} %",
                f"{100 * np.mean(errors > found):.1f} %",
                f"{100 * found.sum() / everything:.1f} %",
                f"{100 * errors.sum() / everything:.1f} %",
            ]
        )
    columns = ("promised", "threshold", "restored", "read worse")
    return format_table([*columns, "CER as found", "CER"], rows)
