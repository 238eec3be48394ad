"""Writes the picture of every degradation and recipe.

    python benchmarks/degradation_sheet.py [--output docs/degradations.png]

All lines are of drawn handwriting; the picture is the same every time.
"""

import click
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from keras_htr_gan.data.degradation import DEGRADATIONS
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.recipes import RECIPES, Recipe, Step, degrade

HEIGHT, WIDTH = 64, 256
CAPTION, GAP = 116, 6
SEVERITIES = (0.3, 0.6, 1.0)
SEEDS = 5


def most_telling(clean, other, recipe):
    """The seed, of a few, that changes most: a fold may miss the line."""
    return max(
        range(SEEDS),
        key=lambda seed: np.abs(
            degrade(clean, np.random.default_rng(seed), other, recipe) - clean
        ).sum(),
    )


def rows_of_sheet():
    """Yields the caption and the four lines of each row."""
    source = HandwritingSource("en", height=HEIGHT, max_width=WIDTH)
    for index, name in enumerate((*DEGRADATIONS, *RECIPES)):
        clean, other = (source[index + k]["clean"] for k in (0, 1))
        clean = np.pad(
            clean,
            ((0, 0), (0, WIDTH - clean.shape[1])),
            constant_values=1.0,
        )
        if name in RECIPES:
            recipes = [RECIPES[name]] * len(SEVERITIES)
            seeds = range(len(SEVERITIES))
        else:
            recipes = [Recipe((s, s), (Step(name, 1.0),)) for s in SEVERITIES]
            seeds = [most_telling(clean, other, recipes[-1])] * len(recipes)
        yield (
            name,
            [clean]
            + [
                degrade(clean, np.random.default_rng(s), other, recipe)
                for s, recipe in zip(seeds, recipes, strict=True)
            ],
        )


def left_of_column(column):
    return CAPTION + column * (WIDTH + GAP)


@click.command(context_settings={"show_default": True})
@click.option("--output", default="docs/degradations.png")
def main(output):
    """Write a sheet of every degradation at three severities."""
    rows = list(rows_of_sheet())
    font = ImageFont.load_default(14)
    top = 24
    size = (left_of_column(4), 2 * top + len(rows) * (HEIGHT + GAP))
    sheet = Image.new("L", size, 255)
    pen = ImageDraw.Draw(sheet)
    titles = ("clean", *(f"severity {s}" for s in SEVERITIES))
    for column, title in enumerate(titles):
        pen.text((left_of_column(column), 3), title, 0, font)
    y = top
    for name, images in rows:
        if name == next(iter(RECIPES)):
            title = "recipes, each with three seeds"
            pen.text((left_of_column(1), y + 3), title, 0, font)
            y += top
        pen.text((4, y + HEIGHT // 2 - 8), name, 0, font)
        for column, image in enumerate(images):
            line = Image.fromarray(np.uint8(np.rint(image * 255)))
            sheet.paste(line, (left_of_column(column), y))
        y += HEIGHT + GAP
    sheet.save(output, optimize=True)
    click.echo(output)


if __name__ == "__main__":
    main()
