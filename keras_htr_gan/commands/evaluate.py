"""python -m keras_htr_gan evaluate DATA"""

from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import tells_mistakes
from keras_htr_gan.commands.options import (
    COUNT,
    judge_option,
    language_option,
    polarity_option,
    split_options,
)
from keras_htr_gan.errors import UserError
from keras_htr_gan.extras import require_training


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
@split_options
@polarity_option
@language_option
@click.option(
    "--lines",
    type=COUNT,
    default=None,
    help="At most so many lines.  [default: 1000]",
)
@judge_option
@click.option(
    "--reader",
    metavar="COMMAND",
    default=None,
    help="A program that reads, too: 'tesseract {image} - --psm 7 -l fra' "
    "prints what stands in the image.",
)
@click.option(
    "--binarizations/--no-binarizations",
    default=True,
    help="Score the lines as Otsu, Sauvola and Wolf binarise them, too.",
)
@click.option(
    "--truth",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="DATA is a folder of scans of pages, and this one of their true ink, "
    "as DIBCO has them: black and white images of the same names, or with "
    "_GT.",
)
@click.option(
    "--composed",
    is_flag=True,
    help="Pages are composed: lines of DATA written on blank paper, with the "
    "other side showing through, on a dark bed, as negatives, large and small, "
    "and so on; --lines says how many pages of each kind.  [default: 3]",
)
@click.option(
    "--paper",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="With --composed: a folder of scans from which blank paper is cut.  "
    "[default: paper is drawn]",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="New folder for report.md, report.json, scores.csv, lines.csv (what "
    "is read in each line), and pictures of the lines that gained and lost "
    "most.",
)
@tells_mistakes
def evaluate(data, truth, composed, paper, lines, **settings):
    """Restore the lines of DATA and score them.

    DATA is what train.py takes as --data. Prints the character and word error
    rates of the recogniser that guided the model, of an independent judge and
    of --reader: of the degraded lines, of the restored ones, and of the clean
    ones; PSNR, SSIM and the measures of DIBCO against the clean lines; how the
    error rates change, with 95 % intervals; and which characters are confused.

    With --truth, whole pages are scored, by the measures of DIBCO alone; with
    --composed, pages of many kinds that are made of the lines.
    """
    if paper is not None and not composed:
        raise UserError("--paper is for --composed")
    require_training("evaluation")
    # Imported below, as --help should not wait for it.
    if composed:
        if truth is not None:
            raise UserError("name --truth or --composed, not both")
        from keras_htr_gan.evaluation.composed import evaluate_composed

        names = ("model", "split", "split_by", "language", "output")
        options = {name: settings[name] for name in names}
        click.echo(evaluate_composed(data, paper, lines or 3, **options))
        return
    if truth is None:
        from keras_htr_gan.evaluation.lines import evaluate_data

        click.echo(evaluate_data(data, lines=lines or 1000, **settings))
        return
    from keras_htr_gan.evaluation.pages import evaluate_pages

    scans = Path(data)
    if not scans.is_dir():
        raise UserError(f"{data}: --truth needs a folder of scans")
    names = ("model", "output", "polarity")
    options = {name: settings[name] for name in names}
    click.echo(evaluate_pages(scans, truth, **options))
