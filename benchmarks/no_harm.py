"""Whether a promise not to harm is kept, and by which readers.

    pip install rapidocr
    python benchmarks/no_harm.py MODEL [DATA...] [--aged DATA]
        --split-by docs/no_harm_split.json [--reader COMMAND]

Lines of DATA are scans as found, those of --aged clean ones that are aged
first. Each is read as found, restored in part and fully by the recogniser that
chooses, and by PP-OCR and a program that have no part in that. A line reads
worse if it has more edits than as found. Intervals are of 95 %, for which
pages are drawn anew. "best of three" is known from the text alone. --pages is a
folder of pages with PAGE or ALTO, whose lines are put together and then read.
"""

from pathlib import Path

import click
import numpy as np
from for_readers import TESSERACT, load_reader, read

from keras_htr_gan.data.readers.outlines import cut_line
from keras_htr_gan.data.readers.page_xml import read_text_lines
from keras_htr_gan.data.recipes import load_recipe
from keras_htr_gan.evaluation.metrics.reading import count_errors
from keras_htr_gan.evaluation.metrics.resampling import (
    find_interval,
    resample_rates,
)
from keras_htr_gan.evaluation.outside_reader import OutsideReader
from keras_htr_gan.evaluation.tables import format_table
from keras_htr_gan.evaluation.trials import (
    LEVELS,
    open_lines,
    render_lines,
    try_lines,
)
from keras_htr_gan.images.documents import read_pages
from keras_htr_gan.reading.careful import CarefulRestorer
from keras_htr_gan.reading.lines import read as read_lines
from keras_htr_gan.reading.pages import list_read_transcripts
from keras_htr_gan.reading.promise import load_promise
from keras_htr_gan.restoration.by_line import (
    AS_FOUND,
    VERSIONS,
    to_grey_levels,
)
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.runtimes.loading import load_reading_model
from keras_htr_gan.transcripts.finding import find_transcripts
from keras_htr_gan.transcripts.text_heights import measure_line_pitch

COUNT = len(VERSIONS)


@click.command(context_settings={"show_default": True})
@click.argument("model")
@click.argument("data", nargs=-1)
@click.option("--aged", multiple=True, metavar="DATA")
@click.option("--degradation", default="medium", metavar="RECIPE")
@click.option("--split-by", metavar="FILE", required=True)
@click.option("--lines", default=700, help="Of each DATA, at most.")
@click.option("--others", default=150, help="Of these, read by the others.")
@click.option("--reader", default=TESSERACT, help="A program that reads.")
@click.option("--pages", type=click.Path(path_type=Path))
def main(
    model, data, aged, degradation, split_by, lines, others, reader, pages
):
    """Print what promises of MODEL come to on test lines."""
    restorer = Restorer.from_preset(model)
    recognizer = load_reading_model(model)
    promise, recipe = load_promise(model), load_recipe(degradation)
    outside = {}
    if others:
        outside = {"PP-OCR": PpOcr(), "Tesseract": Program(reader)}
    for name in (*data, *aged):
        some = open_lines(
            name,
            recognizer,
            recipe if name in aged else None,
            lines,
            split="test",
            split_by=split_by,
        )
        some = list(render_lines(restorer, some))
        tried = try_lines(recognizer, some)
        errors = {model: tried.errors}
        for title, other in outside.items():
            errors[title] = count_edits(other, some[:others])
        few = min(others, len(some))
        click.echo(f"\n{name}: {len(some)} lines, {few} for the others\n")
        click.echo(format_promises(promise, tried, errors))
    if pages is not None:
        found = find_transcripts([pages])
        for path, problem in found.problems:
            click.echo(f"{path}: {problem}", err=True)
        composed = compose_pages(
            restorer, recognizer, promise, list_read_transcripts(found)
        )
        click.echo(f"\n{pages.name}: {len(composed[0])} lines of pages\n")
        click.echo(format_pages(*composed))


class PpOcr:
    """PP-OCR, to which lines are shown in colour."""

    def __init__(self):
        self.reader = load_reader()

    def read(self, images):
        return [read(self.reader, image) for image in images]


class Program(OutsideReader):
    """A program, to which lines are shown in grey."""

    def read(self, images):
        return super().read([to_grey_levels(x) / 255 for x in images])


def count_edits(reader, lines):
    """The edits of what a reader reads: int `(lines, versions)`.

    Args:
        lines: see `render_lines`.
    """
    counted = [
        count_errors([text] * COUNT, reader.read(images))[0]
        for images, text, _ in lines
    ]
    return np.array(counted)


def format_promises(promise, tried, errors):
    """What promises come to: a Markdown table.

    Args:
        promise: `Promise`.
        tried: `TriedLines`.
        errors: dict of reader to int `(lines, versions)`, of all lines or of
            the first of them.
    """
    header = ["", "restored"]
    for name in errors:
        header += [f"{name}: read worse", "CER"]
    choices = {"as found": np.full(len(tried.surest), AS_FOUND)}
    for share in LEVELS:
        choices[f"promised {share:g}"] = tried.choose(promise.threshold(share))
    for version in range(1, COUNT):
        choices[f"all {VERSIONS[version]}"] = np.full(
            len(tried.surest), version
        )
    rows = []
    for title, chosen in choices.items():
        cells = [title, f"{100 * np.mean(chosen > AS_FOUND):.0f} %"]
        for some in errors.values():
            cells += format_choice(some, chosen, tried)
        rows.append(cells)
    best = ["best of three", ""]
    for some in errors.values():
        best += format_choice(some, some.argmin(axis=1), tried)
    return format_table(header, [*rows, best])


def compose_pages(restorer, recognizer, promise, transcripts):
    """Reads lines of pages as they are put together.

    Returns:
        `(texts, pages, read)`: two lists of str, and a dict of what was
        promised (`None` for as found) to a list of str, what was read.
    """
    shares = (None, *LEVELS)
    texts, groups, read_as = [], [], {share: [] for share in shares}
    for transcript in transcripts:
        document = transcript.open()
        (page,) = read_pages(document.image, only=0)
        lines, _ = read_text_lines(document)
        outlines = [line.polygon for line in lines]
        texts += [recognizer.charset.nearest(line.text) for line in lines]
        groups += [str(transcript.path)] * len(lines)
        for share in shares:
            threshold = np.inf if share is None else promise.threshold(share)
            careful = CarefulRestorer(Once(restorer), recognizer, threshold)
            height = measure_line_pitch(document)
            shown, _ = careful.show(page, "dark", outlines, height)
            cut = [np.float32(cut_line(shown, x) / 255) for x in outlines]
            read_as[share] += read_lines(recognizer, cut)
    return texts, groups, read_as


class Once:
    """A `Restorer` that restores a page once, though it is asked again."""

    kept = {}

    def __init__(self, restorer):
        self.restorer = restorer

    def restore_soft_and_sharp(self, image, *how):
        key = image.ctypes.data, image.shape, image[::64, ::64].sum()
        if key not in self.kept:
            self.kept.clear()
            restored = self.restorer.restore_soft_and_sharp(image, *how)
            self.kept[key] = restored
        return self.kept[key]


def format_pages(texts, pages, read_as):
    """What promises come to on pages: a Markdown table."""
    found, characters = count_errors(texts, read_as[None])
    rows = []
    for share, some in read_as.items():
        edits, _ = count_errors(texts, some)
        worse = np.greater(edits, found)
        drawn = resample_rates(worse, np.ones(len(worse)), pages)
        title = "as found" if share is None else f"promised {share:g}"
        rows.append(
            [
                title,
                f"{100 * np.mean(worse):.1f} % {format_bounds(drawn)}",
                f"{100 * np.sum(edits) / np.sum(characters):.1f} %",
            ]
        )
    return format_table(["", "read worse", "CER"], rows)


def format_bounds(drawn):
    low, high = (100 * x for x in find_interval(drawn))
    return f"[{low:.1f}, {high:.1f}]"


def format_choice(errors, chosen, tried):
    """The share of lines that read worse, and the CER: two str."""
    count = len(errors)
    chosen, pages = chosen[:count], tried.pages[:count]
    edits = np.take_along_axis(errors, chosen[:, None], 1)[:, 0]
    worse = edits > errors[:, AS_FOUND]
    drawn = resample_rates(worse, np.ones(count), pages)
    rate = edits.sum() / tried.characters[:count].sum()
    return [
        f"{100 * worse.mean():.1f} % {format_bounds(drawn)}",
        f"{100 * rate:.1f} %",
    ]


if __name__ == "__main__":
    main()
