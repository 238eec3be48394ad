"""Options of trainings, with the defaults that their settings have."""

from pathlib import Path

import click

from keras_htr_gan.commands.config_option import config_option
from keras_htr_gan.commands.options import (
    ABOVE_0,
    COUNT_OR_NONE,
    POLARITY,
    POLARITY_HELP,
    together,
)
from keras_htr_gan.training.settings import Settings


def options_of(kind):
    """What makes options of settings, with the defaults that these have.

    Args:
        kind: `Settings`, or a class of such.

    Returns:
        Function of a setting's name and of what `click.option` takes.
    """

    def option(name, *flags, **attributes):
        flags = flags or (f"--{name.replace('_', '-')}",)
        default = getattr(kind, name)
        return click.option(*flags, name, default=default, **attributes)

    return option


option = options_of(Settings)

data_options = together(
    option(
        "data",
        multiple=True,
        metavar="DATA[:WEIGHT]",
        help="Lines: 'synthetic' draws them; else a folder of line images "
        "with metadata or with their texts beside them (a.png, a.gt.txt), of "
        "PAGE-XML or ALTO with page images, or of parquet files, a manifest "
        ".csv or .jsonl, or a data set on the Hugging Face hub. Repeat it to "
        "mix several by weight.",
    ),
    option(
        "validation_data",
        multiple=True,
        metavar="DATA[:WEIGHT]",
        help="Lines for validation and test, as --data; without it a part of "
        "--data is kept for them.",
    ),
    option(
        "split_by",
        show_default=False,
        metavar="COLUMN|FILE",
        help="Lines with equal values are never in two splits: page, writer, "
        "text or another column; or a .json file that names the values for "
        "validation and test.  [auto: page, else writer, else text]",
    ),
    option(
        "degradation",
        metavar="RECIPE",
        help="How clean lines are aged: light, medium, heavy, or a .json file.",
    ),
    option(
        "paper",
        show_default=False,
        metavar="SCANS",
        help="A scan or a folder of scans with blank margins: half of the "
        "lines that are aged lie on their paper.",
    ),
    option(
        "unknown_characters",
        type=click.Choice(["error", "drop-line", "replace"]),
        help="Characters of the data that the recogniser is not to know: "
        "stop, leave such lines out, or take the base letter or nothing "
        "instead.",
    ),
    option("polarity", type=POLARITY, help=POLARITY_HELP),
    option(
        "strict", is_flag=True, help="Stop at anything wrong with the data."
    ),
    option(
        "language",
        help="Language of drawn lines: en, id, nl, fr, de, es, ..., or "
        "several, as en,fr,de.",
    ),
    option(
        "fonts",
        show_default=False,
        metavar="FAMILY,...",
        help="Fonts of drawn lines, installed as fontpkg-... packages, as "
        "Delius,Pacifico.  [default: eight handwriting fonts]",
    ),
)

precision_option = option(
    "precision",
    type=click.Choice(["float32", "bfloat16"]),
    help="bfloat16 calculates the layers in mixed precision, which is "
    "faster on GPUs and CPUs that know it, but not with JAX on a CPU; "
    "weights, logits and losses stay float32.",
)

wandb_options = together(
    option(
        "wandb_mode",
        "--wandb",
        envvar="WANDB_MODE",
        type=click.Choice(["online", "offline", "disabled"]),
        help="Weights & Biases.",
    ),
    option("wandb_project"),
)

run_options = together(
    config_option,
    click.option(
        "--run-dir",
        type=click.Path(path_type=Path),
        default=None,
        help="New folder for everything the run writes.  "
        "[default: runs/<date and time>]",
    ),
    option("seed", type=COUNT_OR_NONE),
    precision_option,
    option(
        "deterministic",
        is_flag=True,
        help="The same run gives the same figures to the last digit, on the "
        "same machine; slower on TensorFlow, which then does without XLA.",
    ),
    option(
        "checkpoint_minutes",
        type=ABOVE_0,
        help="Time between checkpoints within an epoch; there is one after "
        "each epoch, too.",
    ),
    wandb_options,
    click.option(
        "--resume",
        metavar="RUN_DIR",
        default=None,
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Continue this run where its newest checkpoint is, with its "
        "options; only --wandb and --checkpoint-minutes may change (and "
        "--epochs and --devices of train.py).",
    ),
)
