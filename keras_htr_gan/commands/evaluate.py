"""python -m keras_htr_gan evaluate DATA"""

from pathlib import Path

import click

from keras_htr_gan.commands.options import COUNT, judge_option
from keras_htr_gan.errors import UserError


@click.command(context_settings={"show_default": True})
@click.argument("data")
@click.option(
    "--model",
    default="latin_small",
    metavar="PRESET|RUN|FILE",
    help="A shipped preset, a preset's folder, a run's folder, or a .keras "
    "file.",
)
@click.option(
    "--as-found",
    is_flag=True,
    help="The images are degraded as they are, with no clean ones: nothing is "
    "aged, and only the reading is scored.",
)
@click.option(
    "--degradation",
    default="medium",
    metavar="RECIPE",
    help="How clean lines are aged: light, medium, heavy, or a .json file.",
)
@click.option(
    "--split",
    type=click.Choice(["all", "train", "validation", "test"]),
    default="all",
    help="All lines, or one split, as training would make it.",
)
@click.option(
    "--split-by",
    default="auto",
    metavar="COLUMN|FILE",
    help="As in training.",
)
@click.option("--language", default="en", help="Language of 'synthetic' lines.")
@click.option(
    "--lines", type=COUNT, default=1000, help="At most so many lines."
)
@judge_option
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="New folder for report.md, report.json, lines.csv (what is read in "
    "each line) and sheet.png.",
)
def evaluate(data, **settings):
    """Restore the lines of DATA and score them.

    DATA is what train.py takes as --data. Prints PSNR and SSIM against the
    clean lines, and the character and word error rates of the recogniser that
    guided the model and of an independent judge: of the degraded lines, of
    the restored ones, and of the clean ones.
    """
    # Imported here, as --help should not wait for it.
    from keras_htr_gan.evaluation_report import evaluate_data

    try:
        click.echo(evaluate_data(data, **settings))
    except UserError as error:
        raise click.ClickException(str(error)) from error
