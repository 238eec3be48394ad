"""python -m keras_htr_gan inspect DATA"""

from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import tells_mistakes, with_flags
from keras_htr_gan.commands.options import polarity_option
from keras_htr_gan.extras import require_training


@click.command(context_settings={"show_default": True})
@click.argument("data")
@click.option(
    "--size",
    type=click.Choice(["tiny", "small", "base"]),
    default=None,
    help="The networks that will be trained: lines of 32, 64 or 128 pixels.  "
    "[default: that of --model, else tiny]",
)
@click.option(
    "--model",
    default=None,
    metavar="PRESET|FILE",
    help="A recogniser: names the characters it does not know.",
)
@click.option(
    "--split-by",
    default="auto",
    metavar="COLUMN",
    help="As in training: page, writer, text or another column.",
)
@polarity_option
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("inspection"),
    help="Folder for contact_sheet.png, histograms.png and report.json.",
)
@click.pass_context
@tells_mistakes(exit_code=2)
def inspect(context, data, size, model, split_by, polarity, output):
    """Look at the lines in DATA before training on them.

    DATA is what train.py takes as --data: a folder of line images with
    metadata or with their texts beside them (a.png, a.gt.txt), of PAGE-XML or
    ALTO with page images, or of parquet files, a manifest .csv or .jsonl, or a
    data set on the Hugging Face hub.

    Prints what is there, what training would leave out and why, and draws
    histograms and a contact sheet. The exit status is 0 if nothing is wrong,
    1 if something is, and 2 if the data cannot be used at all.
    """
    require_training("inspection", backend=model is not None)
    # Imported here, as --help should not wait for it.
    from keras_htr_gan.inspection.findings import inspect_data

    def say(line):
        click.echo(with_flags(line, context.command))

    right = inspect_data(
        data, output, size, model, split_by, say, polarity=polarity
    )
    context.exit(0 if right else 1)
