"""Options that the commands which train have in common."""

from pathlib import Path

import click

STOPPED = 75  # EX_TEMPFAIL of sysexits.h: try again later
COUNT = click.IntRange(min=1)
COUNT_OR_NONE = click.IntRange(min=0)


def together(*options):
    """Several options as one decorator, in this order in `--help`."""

    def decorate(command):
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


data_options = together(
    click.option(
        "--data",
        multiple=True,
        default=["synthetic"],
        metavar="DATA[:WEIGHT]",
        help="Lines: 'synthetic' draws them; else a folder of line images "
        "with metadata, of PAGE-XML or ALTO with page images, or of parquet "
        "files, a manifest .csv or .jsonl, or a data set on the Hugging Face "
        "hub. Repeat it to mix several by weight.",
    ),
    click.option(
        "--validation-data",
        multiple=True,
        metavar="DATA[:WEIGHT]",
        help="Lines for validation and test, as --data; without it a part of "
        "--data is kept for them.",
    ),
    click.option(
        "--split-by",
        default="auto",
        show_default=False,
        metavar="COLUMN|FILE",
        help="Lines with equal values are never in two splits: page, writer, "
        "text or another column; or a .json file that names the values for "
        "validation and test.  [auto: page, else writer, else text]",
    ),
    click.option(
        "--degradation",
        default="medium",
        metavar="RECIPE",
        help="How clean lines are aged: light, medium, heavy, or a .json file.",
    ),
    click.option(
        "--unknown-characters",
        type=click.Choice(["error", "drop-line", "replace"]),
        default="error",
        help="Characters of the data that the recogniser is not to know: "
        "stop, leave such lines out, or take the base letter or nothing "
        "instead.",
    ),
    click.option(
        "--strict", is_flag=True, help="Stop at anything wrong with the data."
    ),
    click.option(
        "--language",
        default="en",
        help="Language of drawn lines: en, id, nl, fr, de, es, ..., or "
        "several, as en,fr,de.",
    ),
    click.option(
        "--fonts",
        default="",
        show_default=False,
        metavar="FAMILY,...",
        help="Fonts of drawn lines, installed as fontpkg-... packages, as "
        "Delius,Pacifico.  [default: eight handwriting fonts]",
    ),
)

model_option = click.option(
    "--model",
    default="latin_small",
    metavar="PRESET|RUN|FILE",
    help="What restores: a shipped preset, a preset's folder, a run's folder, "
    "a .keras file, or an .onnx file that 'export' wrote.",
)

runtime_option = click.option(
    "--runtime",
    type=click.Choice(["auto", "onnx", "keras"]),
    default="auto",
    help="What runs the model; auto: onnxruntime if it is installed, as it "
    "starts in a second.",
)

judge_option = click.option(
    "--judge",
    default="auto",
    metavar="auto|none|PRESET|FILE",
    help="A second reader, which scores lines and has no part in any training "
    "of a generator: the shipped one, if it knows all characters; none; a "
    "preset; or a .keras file.",
)

precision_option = click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16"]),
    default="float32",
    help="bfloat16 calculates the layers in mixed precision, which is "
    "faster on GPUs and CPUs that know it; weights, logits and losses "
    "stay float32.",
)

wandb_options = together(
    click.option(
        "--wandb",
        "wandb_mode",
        envvar="WANDB_MODE",
        type=click.Choice(["online", "offline", "disabled"]),
        default="offline",
        help="Weights & Biases.",
    ),
    click.option("--wandb-project", default="keras_htr_gan"),
)

run_options = together(
    click.option(
        "--run-dir",
        type=click.Path(path_type=Path),
        default=None,
        help="New folder for everything the run writes.  "
        "[default: runs/<date and time>]",
    ),
    click.option("--seed", type=COUNT_OR_NONE, default=0),
    precision_option,
    click.option(
        "--deterministic",
        is_flag=True,
        help="The same run gives the same figures to the last digit, on the "
        "same machine; slower on TensorFlow, which then does without XLA.",
    ),
    click.option(
        "--checkpoint-minutes",
        type=click.FloatRange(min=0, min_open=True),
        default=10.0,
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


def open_run(context, settings, may_change, writes=True):
    """The settings and folder of a new run, or of the one to resume.

    Args:
        context: `click.Context` of the command.
        settings: dict of its options, those of `run_options` among them.
        may_change: names of those that may differ from a resumed run's.
        writes: bool, whether this process writes into a new run's folder.

    Returns:
        `(settings, run_dir, resume)`; a run that ended before its first
        checkpoint is begun anew.

    Raises:
        UserError: if the run cannot be resumed, or the folder is not empty.
    """
    # Imported here, as --help should not wait for Keras.
    from keras_htr_gan.training.run_folder import (
        has_checkpoint,
        new_identity,
        new_run_folder,
        resumed_settings,
    )

    resume, run_dir = settings.pop("resume"), settings.pop("run_dir")
    settings = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in settings.items()
    }
    if resume is None:
        if writes:
            run_dir = new_run_folder(run_dir)
        return settings | new_identity(), run_dir, False
    given = {
        name: value
        for name, value in settings.items()
        if context.get_parameter_source(name)
        is click.core.ParameterSource.COMMANDLINE
    }
    saved = resumed_settings(resume, given, may_change)
    begun = has_checkpoint(resume)
    if not begun:
        click.echo(f"{resume} has no checkpoint yet: it begins anew")
    return settings | saved, resume, begun
