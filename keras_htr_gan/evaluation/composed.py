"""Scores a model on pages of many kinds that are composed, so that their ink
is known."""

import functools
import zlib

import cv2
import numpy as np
from tqdm import tqdm

from keras_htr_gan.data.degradation import DEGRADATIONS
from keras_htr_gan.data.paper import PAPER_SIDE, find_blank_paper
from keras_htr_gan.data.sources import SourceOptions, open_split
from keras_htr_gan.evaluation.binarization import METHODS, binarize
from keras_htr_gan.evaluation.composing import KINDS, PITCH, compose_page
from keras_htr_gan.evaluation.invented import measure_invented
from keras_htr_gan.evaluation.metrics.binary import score_ink
from keras_htr_gan.evaluation.pages import save_restored
from keras_htr_gan.evaluation.report_folder import refuse_full, report_folder
from keras_htr_gan.evaluation.tables import (
    format_figure,
    format_scores,
    format_table,
    write_scores,
)
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.storage import write_whole

SEED = 5
LINE_HEIGHT, DRAWN_LINES, DRAWN_PAPERS = 96, 200, 6
AGED_PAPER = ("paper_fibre", "yellowing", "foxing", "stains")
# The neighbourhood of Sauvola and Wolf: of a line's height, and the most that
# doxapy can take.
WINDOW, WIDEST_WINDOW = 0.95, 201
PAIR, TITLE, ACROSS = 480, 20, 3
RESTORED = ("F-measure", "pseudo F-measure", "binary PSNR", "DRD")


def evaluate_composed(
    data,
    paper=None,
    pages=3,
    model="latin_small",
    split="all",
    split_by="auto",
    language="en",
    output=None,
):
    """Composes pages of each kind, restores them and compares their ink.

    Args:
        data: str, whose lines: see `open_split`.
        paper: `Path` of a folder of scans, from which blank paper is cut; or
            `None` for drawn paper.
        pages: int, of each kind.
        model: see `Restorer.from_preset`.
        split: str, `"all"` lines, or one split as training would make it.
        split_by, language: see `SourceOptions`.
        output: `Path` of a folder to be written, or `None`.

    Returns:
        str, the report in Markdown.

    Raises:
        UserError: names what cannot be used.
    """
    refuse_full(output)
    options = SourceOptions(language, height=LINE_HEIGHT, split_by=split_by)
    source = open_split(data, options, split)
    papers = load_papers(paper)
    restorer = Restorer.from_preset(model)
    scores, shown = {kind: [] for kind in KINDS}, []
    work = [(kind, number) for kind in KINDS for number in range(pages)]
    for kind, number in tqdm(work, unit=" pages", disable=None):
        page, ink = write_page(source, papers, kind, number)
        images = binarize_positive(page, KINDS[kind])
        images["restored"] = restorer.restore(page)
        found = {name: score_ink([ink], [x]) for name, x in images.items()}
        scores[kind].append(found)
        if output is not None:
            name = f"{kind}_{number + 1}".replace(" ", "_")
            save_restored(output, name, page)
            save_restored(output, f"{name}_restored", images["restored"])
            if not number:
                shown.append((kind, page, images["restored"]))
    means = {kind: average_by_name(found) for kind, found in scores.items()}
    invented = find_invented(restorer, source, papers, pages)
    report = format_report(data, paper, pages, model, means, invented)
    if output is not None:
        save_restored(output, "pages", draw_sheet(shown))
        with report_folder(output):
            write_whole(output / "report.md", report)
            write_scores(output / "scores.csv", name_rows(means))
    return report


def name_rows(means):
    return {
        f"{kind}, {name}": row
        for kind, by_name in means.items()
        for name, row in by_name.items()
    }


def write_page(source, papers, name, number, kind=None):
    """One of the pages of a kind, always the same: see `compose_page`.

    Args:
        name: str, of `KINDS`.
        kind: `Kind`, if it is another than that of the name.
    """
    rng = np.random.default_rng([SEED, number, zlib.crc32(name.encode())])
    count = len(source) if source.finite else DRAWN_LINES

    def next_line():
        return source[int(rng.integers(count))]["clean"]

    paper = papers[rng.integers(len(papers))]
    return compose_page(kind or KINDS[name], next_line, paper, rng)


def find_invented(restorer, source, papers, pages):
    """See `measure_invented`; of the restorer and of `METHODS`."""
    window = min(round(WINDOW * PITCH), WIDEST_WINDOW)
    ways = {
        name: functools.partial(binarize, method=name, window=window)
        for name in METHODS
    }
    ways["restored"] = functools.partial(
        restorer.restore, text_height=PITCH, kind="page", polarity="dark"
    )

    def write(kind, number):
        return write_page(source, papers, "plain", number, kind)

    return measure_invented(ways, write, papers, pages)


def draw_sheet(shown):
    """A picture of one page of each kind, before and after.

    Args:
        shown: list of `(kind, page, restored)`.

    Returns:
        float32 `(height, width)`, 0 = black, 1 = white.
    """
    pairs = []
    for kind, page, restored in shown:
        pair = np.hstack([page, restored])
        scale = min(PAIR / pair.shape[1], PAIR / pair.shape[0])
        size = [max(1, round(scale * side)) for side in pair.shape[::-1]]
        pair = cv2.resize(pair, size, interpolation=cv2.INTER_AREA)
        frame = np.full((PAIR // 2 + TITLE, PAIR), 128, "uint8")
        pair = np.uint8(np.round(255 * pair))[: PAIR // 2]
        frame[TITLE : TITLE + len(pair), : pair.shape[1]] = pair
        cv2.putText(frame, kind, (4, TITLE - 6), 0, 0.5, 255, 1, cv2.LINE_AA)
        pairs.append(frame)
    pairs += [np.full_like(pairs[0], 128)] * (-len(pairs) % ACROSS)
    rows = [
        np.hstack(pairs[first : first + ACROSS])
        for first in range(0, len(pairs), ACROSS)
    ]
    return np.vstack(rows).astype("float32") / 255


def load_papers(folder):
    """Blank paper, cut from scans or drawn: list of float32 images."""
    if folder is None:
        return [draw_paper(number) for number in range(DRAWN_PAPERS)]
    return find_blank_paper(folder)[0]


def draw_paper(number):
    """Drawn paper, always the same of a number: float32 `(side, side)`."""
    rng = np.random.default_rng([SEED, number])
    paper = np.full((PAPER_SIDE, PAPER_SIDE), 0.95, "float32")
    for name in AGED_PAPER:
        paper = DEGRADATIONS[name](paper, rng, rng.uniform(0, 0.7))
    return np.float32(paper)


def binarize_positive(page, kind):
    """The page as each of `METHODS` binarises it, negatives turned first."""
    positive = 1.0 - page if kind.negative else page
    window = min(round(WINDOW * kind.pitch), WIDEST_WINDOW)
    return {name: binarize(positive, name, window) for name in METHODS}


def average_by_name(scores):
    """The means of each image's figures over pages or kinds.

    Args:
        scores: list of dict of an image's name to its figures.
    """
    return {
        name: {
            measure: float(np.mean([page[name][measure] for page in scores]))
            for measure in figures
        }
        for name, figures in scores[0].items()
    }


def format_report(data, paper, pages, model, means, invented):
    """The report in Markdown: str."""
    methods = tuple(METHODS)
    rows = [
        [
            kind,
            *(format_figure(row[name], "F-measure") for name in methods),
            *(format_figure(row["restored"], name) for name in RESTORED),
        ]
        for kind, row in means.items()
    ]
    header = ["", *methods, "restored", "p-FM", "PSNR", "DRD"]
    empty = [
        [place, *(f"{100 * share:.3f} %" for share in by_way.values())]
        for place, by_way in invented.items()
    ]
    overall = average_by_name(list(means.values()))
    of_paper = paper or "drawn paper"
    return f"""# Pages composed of {data}, restored by {model}

{pages} pages of each kind, written on {of_paper}. F-measure of the
ink; of what is restored also pseudo F-measure, PSNR and DRD. Otsu, Sauvola and
Wolf are told the height of lines, and given negatives as positives.

{format_table(header, rows)}

Means of all kinds:

{format_scores(overall, {name: name for name in overall})}

Pixels that are taken for ink where there is none: on the paper alone, and where
each line of plain pages lacks a word or so:

{format_table(["", *methods, "restored"], empty)}
"""
