"""How well PP-OCR, which had no part in any training, reads lines.

    pip install rapidocr
    python benchmarks/for_readers.py FOLDER... [--half 0|1] [--aged medium]
        [--split-by docs/latin_split.json]

As they were found, binarised, restored for eyes and for readers, each at its
own size and in its own colours. FOLDER holds images and a metadata.csv with
`file_name`, `text`, `page` and, if you like, `collection`. The weights of
PP-OCR are in the wheel. What restore writes for readers was chosen on half 0
of the pages.
"""

import csv
import dataclasses
import json
import logging
import zlib
from pathlib import Path

import click
import numpy as np

from keras_htr_gan.data.recipes import degrade, load_recipe
from keras_htr_gan.evaluation.binarization import binarize
from keras_htr_gan.evaluation.metrics.reading import character_error_rate
from keras_htr_gan.evaluation.tables import format_row, format_table
from keras_htr_gan.images.documents import read_pages
from keras_htr_gan.restoration.layout import find_writing_rows
from keras_htr_gan.restoration.looking import look_at
from keras_htr_gan.restoration.rendering import choose_rendering, render_page
from keras_htr_gan.restoration.restorer import Restorer

SEED = 0
WAYS = (
    *("as found", "Otsu", "Wolf"),
    *("for eyes", "trimmed, as found", "for readers"),
)


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
    click.echo(format_table(["", "lines", *WAYS], []))
    rates = []
    pages = split_by and json.loads(Path(split_by).read_text("utf-8"))["test"]
    for name, rows in group_lines(folders, half, pages).items():
        some = np.random.default_rng(SEED).permutation(len(rows))[:lines]
        readings = {way: [] for way in WAYS}
        for number in some:
            page = next(read_pages(rows[number]["path"]))
            if recipe:
                page = age(page, recipe, int(number))
            for way, image in show(page, restorer).items():
                readings[way].append(read(reader, image))
        texts = [rows[number]["text"] for number in some]
        found = [character_error_rate(texts, readings[way]) for way in WAYS]
        rates.append(found)
        click.echo(format_rates(name, len(some), found))
    click.echo(format_rates("mean", "", np.mean(rates, axis=0)))


def format_rates(name, lines, rates):
    return format_row([name, str(lines), *(f"{100 * x:.1f} %" for x in rates)])


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


def age(page, recipe, seed):
    """The page, aged and grey."""
    rng = np.random.default_rng([SEED, seed])
    grey = np.float32(degrade(page.grey, rng, page.grey[:, ::-1], recipe))
    return dataclasses.replace(page, grey=grey, colour=None)


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
