"""What the scan of the other side is worth to the page that is restored.

    python benchmarks/both_sides.py COPISTE_LINES
        --split-by docs/copiste_split.json --paper SCANS

Sheets are written on both sides, and ink comes through from each to the other.
The scan of the back lies off that of the front, by degrees. Fronts are restored
alone, and with the back: printed are recall of their ink, the share of the
other side's ink that is left where they have none, F-measure, and the CER of
the model's recogniser. Then fronts get a back that is not theirs, and scans of
SCANS one another, and none of their pixels may change.
"""

import functools
from pathlib import Path

import click
import cv2
import numpy as np

from keras_htr_gan.data.sources import SourceOptions, open_split
from keras_htr_gan.evaluation.composed import LINE_HEIGHT, load_papers
from keras_htr_gan.evaluation.composing import PITCH
from keras_htr_gan.evaluation.erased_cases import draw
from keras_htr_gan.evaluation.metrics.binary import score_ink
from keras_htr_gan.evaluation.metrics.reading import character_error_rate
from keras_htr_gan.evaluation.sheets import Misfit, compose_sheet
from keras_htr_gan.evaluation.tables import format_row, format_table
from keras_htr_gan.images.documents import read_pages
from keras_htr_gan.images.finding import find_documents
from keras_htr_gan.reading.lines import read
from keras_htr_gan.restoration.other_side import take_out_other_side
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.runtimes.loading import load_reading_model

SEED = 31
STRENGTHS = (0.3, 0.5, 0.8)
MISFITS = {
    "as it lies": Misfit(),
    "shifted by 15 pixels": Misfit(shift=15),
    "by 30": Misfit(shift=30),
    "turned by 1 degree": Misfit(turn=1),
    "by 2": Misfit(turn=2),
    "0.98 as large": Misfit(scale=0.98),
    "1.02": Misfit(scale=1.02),
    "by 30, 2, 0.98 and 4": Misfit(30, 2, 0.98, 4),
    "by 30, 2, 1.02 and 4": Misfit(30, 2, 1.02, 4),
}
COLUMNS = (
    *("", "the other side"),
    *("recall", "with both", "left of the other", "with both"),
    *("F-measure", "with both", "CER", "with both"),
)


@click.command(context_settings={"show_default": True})
@click.argument("data")
@click.option("--model", default="latin_small")
@click.option("--split", default="test")
@click.option("--split-by", default="auto")
@click.option("--paper", type=click.Path(path_type=Path), default=None)
@click.option("--sheets", default=4, help="Of each degree.")
@click.option("--seed", default=SEED)
def main(data, model, split, split_by, paper, sheets, seed):
    """Print how well pages are restored alone, and with their other sides."""
    options = SourceOptions(height=LINE_HEIGHT, split_by=split_by)
    source = open_split(data, options, split)
    papers = load_papers(paper)
    restorer = Restorer.from_preset(model)
    reader = load_reading_model(model)

    def write(strength, misfit, number):
        rng = np.random.default_rng([seed, number])
        next_line = functools.partial(draw, source, rng)
        return compose_sheet(next_line, papers, strength, misfit, rng)

    click.echo(format_table(list(COLUMNS), []))
    for strength in STRENGTHS:
        alone = {}
        for name, misfit in MISFITS.items():
            found = []
            for number in range(sheets):
                sheet = write(strength, misfit, number)
                if number not in alone:
                    alone[number] = restore(restorer, sheet.front)
                cleaned = take_out_other_side(sheet.front, sheet.back)
                both = restore(restorer, cleaned)
                found.append((sheet, alone[number], both))
            cells = compare(found, reader)
            click.echo(format_row([str(strength), name, *cells]))
    count_changed(write, sheets, paper)


def restore(restorer, page):
    return restorer.restore(
        page, text_height=PITCH, kind="page", polarity="dark", turn="none"
    )


def compare(found, reader):
    """The figures of both ways, two by two: list of str.

    Args:
        found: list of `(sheet, alone, both)`.
        reader: a recogniser.
    """
    texts = [text for sheet, _, _ in found for text in sheet.texts]
    figures = []
    for way in (1, 2):
        scores = [score(some[0], some[way]) for some in found]
        lines = [
            some[way][top : top + PITCH]
            for some in found
            for top in some[0].tops
        ]
        errors = character_error_rate(texts, read(reader, lines))
        figures.append([*np.mean(scores, axis=0), 100 * errors])
    return [f"{x:.2f} %" for pair in zip(*figures, strict=True) for x in pair]


def score(sheet, restored):
    """Recall, what is left of the other side, and F-measure, per cent."""
    ink, own, other = (
        image <= 0.5 for image in (restored, sheet.ink, sheet.other_ink)
    )
    edge = np.ones((3, 3), "uint8")
    alone = other & (cv2.dilate(own.view("uint8"), edge) == 0)
    f_measure = score_ink([sheet.ink], [restored])["F-measure"]
    return 100 * ink[own].mean(), 100 * ink[alone].mean(), f_measure


def count_changed(write, sheets, paper):
    """Prints of how many fronts a back that is not theirs changes a pixel."""
    pages = [
        write(strength, Misfit(), n)
        for strength in STRENGTHS
        for n in range(sheets)
    ]
    fronts, backs = [x.front for x in pages], [x.back for x in pages]
    changed = total = 0
    for at, front in enumerate(fronts):
        # Of the next sheet, through which as much comes.
        behind = at // sheets * sheets + (at + 1) % sheets
        total += 1
        changed += take_out_other_side(front, backs[behind]) is not front
    click.echo(f"\nwrong backs: {total} pairs, {changed} fronts changed")
    if paper is None:
        return
    files = find_documents(paper).documents
    scans = [page.grey for file, _ in files for page in read_pages(file)]
    changed = total = 0
    for at, front in enumerate(scans):
        for behind in (at + 1, at + 2):
            total += 1
            other = scans[behind % len(scans)]
            changed += take_out_other_side(front, other) is not front
    click.echo(f"scans of {len(scans)} pages: {total} pairs, {changed} changed")


if __name__ == "__main__":
    main()
