"""python -m keras_htr_gan audit MODEL DATA..."""

from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import tells_mistakes
from keras_htr_gan.commands.options import (
    COUNT,
    COUNT_OR_NONE,
    language_option,
    polarity_option,
    split_options,
)
from keras_htr_gan.extras import require_training


@click.command(context_settings={"show_default": True})
@click.argument("model", default="latin_small", metavar="[MODEL]")
@click.argument("data", nargs=-1, metavar="[DATA...]")
@click.option(
    "--lines",
    type=COUNT,
    default=40,
    help="So many of each kind of span and each severity.",
)
@click.option(
    "--pages",
    type=COUNT_OR_NONE,
    default=3,
    help="So many of the same, composed of lines.",
)
@split_options
@polarity_option
@language_option
@click.option(
    "--paper",
    type=click.Path(exists=True, path_type=Path),
    default=None,
    help="A folder of scans, on whose blank paper half of all is written.  "
    "[default: paper is drawn]",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="New folder for report.md, spans.csv, and a picture of the worst "
    "spans.",
)
@tells_mistakes
def audit(model, data, **settings):
    """Does MODEL invent? Remove ink, and see what is restored there.

    Words, letters and halves of letters are left out of clean lines and of
    pages that are composed of them; these are aged by the recipes light,
    medium and heavy, and restored. Prints in how many of the gaps ink of a
    letter's size appears, how much of them becomes ink, how much ink is lost
    elsewhere, and how many letters the model's recogniser reads there; beside
    Otsu, Sauvola and Wolf.

    MODEL is what restore takes as --model, DATA clean lines as train.py takes
    them as --data; without it lines are drawn.
    """
    require_training("an audit")
    # Imported here, as --help should not wait for it.
    from keras_htr_gan.evaluation.audit import audit_model

    click.echo(audit_model(model, data or ("synthetic",), **settings))
