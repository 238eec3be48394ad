"""How well PP-OCR, which had no part in any training, reads lines.

    pip install rapidocr
    python benchmarks/for_readers.py FOLDER... [--half 0|1] [--aged medium]
        [--split-by docs/latin_split.json]

As they were found, binarised, restored for eyes and for readers, each at its
own size and in its own colours. FOLDER holds images and a metadata.csv with
`file_name`, `text`, `page` and, if you like, `collection`. The weights of
PP-OCR are in the wheel. What restore writes for readers was chosen on half 0
of the pages. Differences are from what is read as found, in points, with 95 %
intervals, for which the pages of each collection are drawn anew.
"""

import csv
import json
import logging
import zlib
from pathlib import Path

import click
import numpy as np

from keras_htr_gan.data.recipes import load_recipe
from keras_htr_gan.evaluation.binarization import binarize
from keras_htr_gan.evaluation.metrics.reading import count_errors
from keras_htr_gan.evaluation.metrics.resampling import (
    find_interval,
    resample_rates,
)
from keras_htr_gan.evaluation.tables import (
    format_change,
    format_row,
    format_table,
)
from keras_htr_gan.evaluation.trials import age_page
from keras_htr_gan.images.documents import read_pages
from keras_htr_gan.restoration.layout import find_writing_rows
from keras_htr_gan.restoration.looking import look_at
from keras_htr_gan.restoration.rendering import choose_rendering, render_page
from keras_htr_gan.restoration.restorer import Restorer

SEED = 0
TESSERACT = "tesseract {image} - --psm 7 -l fra"
WAYS = (
    *("as found", "Otsu", "Wolf"),
    *("for eyes", "trimmed, as found", "for readers"),
)
COMPARED = ("for eyes", "for readers")


@click.command(context_settings={"show_default": True})
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--model", default="latin_small")
@click.option("--lines", default=200, help="Of each collection, at most.")
@click.option("--half", type=click.IntRange(0, 1), help="Of the pages.")
@click.option("--split-by", metavar="FILE", help="Its test pages alone.")
@click.option("--aged", metavar="RECIPE", help="Age the lines first.")
def main(folders, model, lines, half, split_by, aged):
    """Print the CER of PP-OCR on the lines of FOLDERS."""
    restorer, reader = Restorer.from_preset(model), load_reader()
    recipe = aged and load_recipe(aged)
    less = [f"{way} less as found" for way in COMPARED]
    click.echo(format_table(["", "lines", *WAYS, *less], []))
    rates, drawn, rng = [], [], np.random.default_rng(SEED)
    pages = split_by and json.loads(Path(split_by).read_text("utf-8"))["test"]
    for name, rows in group_lines(folders, half, pages).items():
        some = np.random.default_rng(SEED).permutation(len(rows))[:lines]
        readings = {way: [] for way in WAYS}
        for number in some:
            page = next(read_pages(rows[number]["path"]))
            if recipe:
                page = age_page(page, recipe, [SEED, int(number)])
            for way, image in show(page, restorer).items():
                readings[way].append(read(reader, image))
        chosen = [rows[number] for number in some]
        rates.append(rate_readings(chosen, readings))
        drawn.append(draw_differences(chosen, readings, rng))
        click.echo(format_rates(name, len(some), rates[-1], drawn[-1]))
    means = np.mean(rates, axis=0), np.mean(drawn, axis=0)
    click.echo(format_rates("mean", "", *means))


def rate_readings(rows, readings):
    """The CER of each of `WAYS`: list of float."""
    texts = [row["text"] for row in rows]
    counts = [count_errors(texts, readings[way]) for way in WAYS]
    return [sum(errors) / sum(characters) for errors, characters in counts]


def draw_differences(rows, readings, rng):
    """How much higher CER would be than as found, see `resample_rates`.

    Returns:
        list of float64 arrays, one for each of `COMPARED`.
    """
    texts, pages = ([row[key] for row in rows] for key in ("text", "page"))
    found, characters = count_errors(texts, readings["as found"])
    drawn = []
    for way in COMPARED:
        more = np.subtract(count_errors(texts, readings[way])[0], found)
        drawn.append(resample_rates(more, characters, pages, rng))
    return drawn


def format_rates(name, lines, rates, drawn):
    found = rates[WAYS.index("as found")]
    differences = [
        format_change(rates[WAYS.index(way)] - found, *find_interval(some))
        for way, some in zip(COMPARED, drawn, strict=True)
    ]
    cells = (f"{100 * x:.1f} %" for x in rates)
    return format_row([name, str(lines), *cells, *differences])


def load_reader():
    from rapidocr import RapidOCR

    logging.disable(logging.WARNING)
    return RapidOCR()


def group_lines(folders, half=None, pages=None):
    """The lines of each collection: dict of str to lists of dicts.

    Args:
        half: int, 0 or 1, which of the pages; `None` for all.
        pages: list of str, those that are taken, or `None` for all.
    """
    groups = {}
    for folder in folders:
        with open(
            folder / "metadata.csv", newline="", encoding="utf-8"
        ) as file:
            for row in csv.DictReader(file):
                page = zlib.crc32(row["page"].encode()) % 2
                taken = pages is None or row["page"] in pages
                if half in (None, page) and taken:
                    row["path"] = folder / row["file_name"]
                    name = row.get("collection") or folder.name
                    groups.setdefault(name, []).append(row)
    return groups


def show(page, restorer):
    """The images of a line, of `WAYS`: dict of uint8."""
    found = np.uint8(np.round(255 * page.grey))
    images = {"as found": found if page.colour is None else page.colour}
    for method in ("Otsu", "Wolf"):
        images[method] = np.uint8(255 * binarize(page.grey, method))
    look = look_at(page.grey, polarity="dark")
    for purpose in ("eyes", "readers"):
        way = choose_rendering(purpose)
        restored = restorer.restore_seen(
            page.grey, look, kind="line", sharp=way.pop("sharp")
        )
        image = render_page(page, restored, **way, borders=look.borders)
        images[f"for {purpose}"] = image
    rows = find_writing_rows(restored)
    images["trimmed, as found"] = images["as found"][rows]
    images["for readers"] = images["for readers"][rows]
    return images


def read(reader, image):
    """What PP-OCR reads in the image of a line: str."""
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    blue_first = np.ascontiguousarray(image[..., ::-1])
    found = reader(blue_first, use_det=False, use_cls=False, use_rec=True)
    return " ".join(found.txts or ())


if __name__ == "__main__":
    main()
