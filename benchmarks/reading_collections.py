"""How well recognisers read the lines of each collection, as they were found.

    python benchmarks/reading_collections.py FOLDER... --model latin_small
        --model latin_judge --split-by docs/latin_split.json

FOLDER: see `for_readers.py`. Characters that a recogniser does not know are
left out of the texts, or replaced by their base letters.
"""

import json
from pathlib import Path

import click
import numpy as np
from for_readers import group_lines

from keras_htr_gan.evaluation.metrics.reading import character_error_rate
from keras_htr_gan.evaluation.tables import format_row, format_table
from keras_htr_gan.images.decoding import load_grey
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.reading.lines import read

SEED = 0


@click.command(context_settings={"show_default": True})
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--model", multiple=True, default=["latin_small"])
@click.option("--lines", default=150, help="Of each collection, at most.")
@click.option("--split-by", metavar="FILE", help="Its test pages alone.")
def main(folders, model, lines, split_by):
    """Print the CER of recognisers on the lines of FOLDERS."""
    readers = [Recognizer.from_preset(name) for name in model]
    pages = split_by and json.loads(Path(split_by).read_text("utf-8"))["test"]
    click.echo(format_table(["", "lines", *model], []))
    for name, rows in group_lines(folders, pages=pages).items():
        some = np.random.default_rng(SEED).permutation(len(rows))[:lines]
        images = [load_grey(rows[i]["path"]) for i in some]
        rates = [
            character_error_rate(
                [reader.charset.nearest(rows[i]["text"]) for i in some],
                read(reader, images),
            )
            for reader in readers
        ]
        rates = [f"{100 * rate:.1f} %" for rate in rates]
        click.echo(format_row([name, str(len(some)), *rates]))


if __name__ == "__main__":
    main()
