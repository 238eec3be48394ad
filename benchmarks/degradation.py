"""Lines that one core degrades in a second.

    python benchmarks/degradation.py [--recipe heavy] [--each]

The lines are drawn before the clock starts. It counts the time of this
process alone, so other work on the machine matters little.
"""

import time

import click
import cv2
import numpy as np

from keras_htr_gan.data.degradation import DEGRADATIONS
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.recipes import (
    RECIPES,
    Recipe,
    Step,
    degrade,
    load_recipe,
)
from keras_htr_gan.errors import UserError

DRAWN = 16


def drawn_lines(height, width):
    """Lines of drawn handwriting, padded with paper to one width."""
    source = HandwritingSource("en", height=height, max_width=width)
    lines = [source[index]["clean"] for index in range(DRAWN)]
    return [
        np.pad(line, ((0, 0), (0, width - line.shape[1])), constant_values=1.0)
        for line in lines
    ]


def seconds_a_line(drawn, recipe, lines):
    started = time.process_time()
    for seed in range(lines):
        clean, other = drawn[seed % DRAWN], drawn[(seed + 1) % DRAWN]
        degrade(clean, np.random.default_rng(seed), other, recipe)
    return (time.process_time() - started) / lines


@click.command(context_settings={"show_default": True})
@click.option("--height", default=64)
@click.option("--width", default=512)
@click.option("--lines", default=200, help="Lines to time for each figure.")
@click.option("--recipe", help="A recipe, by name or file.  [default: all]")
@click.option("--each", is_flag=True, help="Time each degradation too.")
def main(height, width, lines, recipe, each):
    """Print the lines that one core degrades in a second."""
    cv2.setNumThreads(0)
    try:
        recipes = {recipe: load_recipe(recipe)} if recipe else RECIPES
    except UserError as error:
        raise click.ClickException(str(error)) from None
    drawn = drawn_lines(height, width)
    click.echo(f"{lines} lines of {height}x{width}, one thread")
    for name, chosen in recipes.items():
        seconds = seconds_a_line(drawn, chosen, lines)
        click.echo(f"{name}: {1 / seconds:.0f} lines/s")
    for name in DEGRADATIONS if each else ():
        alone = Recipe((1.0, 1.0), (Step(name, 1.0),))
        milliseconds = 1000 * seconds_a_line(drawn, alone, lines)
        click.echo(f"{name}: {milliseconds:.2f} ms")


if __name__ == "__main__":
    main()
