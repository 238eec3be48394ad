"""python -m keras_htr_gan calibrate MODEL DATA... -o FILE"""

from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import tells_mistakes
from keras_htr_gan.commands.options import (
    COUNT,
    language_option,
    polarity_option,
    runtime_option,
    split_options,
)
from keras_htr_gan.errors import UserError
from keras_htr_gan.extras import require_training


@click.command(context_settings={"show_default": True})
@click.argument("model", metavar="PRESET|RUN")
@click.argument("data", nargs=-1, metavar="DATA...")
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The .json file to write, for --calibration of restore and read; one "
    "that is there is replaced.",
)
@click.option(
    "--aged",
    multiple=True,
    metavar="DATA",
    help="More lines, clean ones, which are aged first; 'synthetic' draws "
    "them. Repeat it for several.",
)
@click.option(
    "--degradation",
    default="medium",
    metavar="RECIPE",
    help="How these are aged: light, medium, heavy, or a .json file.",
)
@split_options
@language_option
@click.option(
    "--fonts",
    default="",
    metavar="FAMILY,...",
    help="Fonts of 'synthetic' lines, as in training.",
)
@click.option(
    "--lines", type=COUNT, default=1000, help="Of each DATA, at most."
)
@click.option(
    "--reader",
    metavar="COMMAND",
    default=None,
    help="A program to whom it is promised: 'tesseract {image} - --psm 7 -l "
    "fra' prints what stands in the image.  [default: the model's own "
    "recogniser, which chooses in any case]",
)
@polarity_option
@runtime_option
@tells_mistakes
def calibrate(model, data, aged, output, **settings):
    """Find out what a model can promise on your lines.

    DATA is what train.py takes as --data: scanned lines with their text, as
    found, on which the model was not trained. 'restore --no-harm' then keeps
    its promise on lines of each kind that is named here, as far as they are
    like these. The tables say at which share of lines that read worse how many
    are restored.

    A promise of 0.05 needs at least 19 lines of each kind, one of 0.01 needs
    99; with ten times as many, more is restored.
    """
    if not data and not aged:
        raise UserError("name `data` or `aged` with transcribed lines")
    if output.suffix != ".json":
        raise UserError(f"`output`: {output} must end in .json")
    require_training("calibration", backend=False)
    # Only now, as --help and mistakes should not wait for it.
    from keras_htr_gan.evaluation.trials import try_data

    promise = try_data(model, data, aged, tell=click.echo, **settings)
    promise.save(output)
    click.echo(f"\n{output}: lines of {len(promise.trials)} kinds")
