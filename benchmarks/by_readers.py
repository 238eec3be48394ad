"""How readers that had no part in any training read what models restore.

    pip install rapidocr
    python benchmarks/by_readers.py MODEL... --found historic-lines
        --collection mss19 --clean copiste-lines --split-by
        docs/copiste_split.json [--lines 150]

PP-OCR, `latin_judge` and Tesseract read lines as they were found, and clean
lines that were aged, before and after each model restored them wholly; of these
PSNR is told, too. Folders are those of `for_readers.py`.
"""

import json
from pathlib import Path

import click
import numpy as np
from for_readers import SEED, TESSERACT, group_lines, load_reader
from for_readers import read as read_by_ppocr

from keras_htr_gan.data.recipes import load_recipe
from keras_htr_gan.evaluation.metrics.image import psnr
from keras_htr_gan.evaluation.metrics.reading import character_error_rate
from keras_htr_gan.evaluation.outside_reader import OutsideReader
from keras_htr_gan.evaluation.tables import format_row, format_table
from keras_htr_gan.evaluation.trials import age_page
from keras_htr_gan.images.documents import read_pages
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.reading.lines import read
from keras_htr_gan.restoration.restorer import Restorer


@click.command(context_settings={"show_default": True})
@click.argument("models", nargs=-1, required=True)
@click.option("--found", required=True, type=click.Path(path_type=Path))
@click.option("--collection", help="Of --found, this one alone.")
@click.option("--clean", required=True, type=click.Path(path_type=Path))
@click.option("--split-by", metavar="FILE", help="Of --clean, test pages.")
@click.option("--aged", default="medium", metavar="RECIPE")
@click.option("--lines", default=150, help="Of each, at most.")
@click.option("--tesseract", default=TESSERACT, metavar="COMMAND")
def main(models, found, collection, clean, split_by, aged, lines, tesseract):
    """Print CER of lines as found and as aged, restored by MODELS."""
    readers = make_readers(tesseract)
    pages = split_by and json.loads(Path(split_by).read_text("utf-8"))["test"]
    groups = group_lines([found])
    chosen = collection or next(iter(groups))
    sets = [
        open_lines(groups[chosen], lines),
        open_lines(*group_lines([clean], pages=pages).values(), lines, aged),
    ]
    heads = [f"{kind}, {r}" for kind in (chosen, "aged") for r in readers]
    click.echo(" and ".join(f"{len(texts)}" for _, _, texts in sets))
    click.echo(format_table(["", *heads, "aged, PSNR"], []))
    for model in (None, *models):
        restorer = model and Restorer.from_preset(model)
        cells = []
        for images, _, texts in sets:
            if restorer:
                images = [restorer.restore(x, kind="line") for x in images]
            cells += [
                f"{100 * character_error_rate(texts, read_all(images)):.1f} %"
                for read_all in readers.values()
            ]
        cells.append(f"{psnr(sets[1][1], images):.2f} dB")
        click.echo(format_row([model or "as found, as aged", *cells]))


def open_lines(rows, lines, aged=None):
    """Images of some lines, aged or not, as they were before, and texts."""
    some = np.random.default_rng(SEED).permutation(len(rows))[:lines]
    recipe = aged and load_recipe(aged)
    images, truth = [], []
    for number in some:
        page = next(read_pages(rows[number]["path"]))
        truth.append(page.grey)
        page = age_page(page, recipe, [SEED, int(number)]) if recipe else page
        images.append(page.grey)
    return images, truth, [rows[number]["text"] for number in some]


def make_readers(tesseract):
    """dict of name to function of grey images to texts."""
    ppocr, outside = load_reader(), OutsideReader(tesseract)
    judge = Recognizer.from_preset("latin_judge").in_float32()

    def in_grey(images):
        return [
            read_by_ppocr(ppocr, np.uint8(np.round(255 * x))) for x in images
        ]

    return {
        "PP-OCR": in_grey,
        "judge": lambda images: read(judge, images),
        "Tesseract": outside.read,
    }


if __name__ == "__main__":
    main()
