"""python -m keras_htr_gan pretrain"""

import sys
import uuid
from pathlib import Path

import click

from keras_htr_gan.errors import UserError

COUNT = click.IntRange(min=1)
MAY_CHANGE = ("wandb_mode",)


@click.command(context_settings={"show_default": True})
@click.option(
    "--data",
    multiple=True,
    default=["synthetic"],
    metavar="DATA[:WEIGHT]",
    help="Lines with text, as in train.py; repeat it to mix several.",
)
@click.option(
    "--validation-data",
    multiple=True,
    metavar="DATA[:WEIGHT]",
    help="Lines for validation and test; without it a part of --data.",
)
@click.option(
    "--split-by",
    default="auto",
    metavar="COLUMN|FILE",
    help="Lines with equal values are never in two splits: page, writer, "
    "text or another column; or a .json file that names the pages of the "
    "splits.  [auto: page, else writer, else text]",
)
@click.option(
    "--language",
    default="en",
    help="Languages of drawn lines, as en or en,fr,de,nl,es,id.",
)
@click.option(
    "--characters",
    default="",
    help="Characters to know, whether the data has them or not; or 'latin'.  "
    "[default: those of the data, and of --load]",
)
@click.option(
    "--unknown-characters",
    type=click.Choice(["error", "drop-line", "replace"]),
    default="error",
    help="What to do with characters outside --characters.",
)
@click.option(
    "--degradation",
    default="medium",
    metavar="RECIPE",
    help="A part of the lines is a little aged: light, medium, heavy, or a "
    ".json file.",
)
@click.option(
    "--strict", is_flag=True, help="Stop at anything wrong with the data."
)
@click.option(
    "--size",
    type=click.Choice(["tiny", "small", "base", "judge"]),
    default="tiny",
    help="Lines of 32, 64 or 128 pixels; judge: an independent reader of "
    "another architecture, 48 pixels.",
)
@click.option(
    "--augmentation/--no-augmentation",
    default=True,
    help="Lines as by other hands and pens, blurred, grey and faded; or only "
    "as they are.",
)
@click.option("--epochs", type=COUNT, default=30)
@click.option(
    "--steps-per-epoch", type=COUNT, default=200, help="Batches an epoch."
)
@click.option("--batch-size", type=COUNT, default=16)
@click.option(
    "--learning-rate", type=click.FloatRange(min=0, min_open=True), default=2e-3
)
@click.option(
    "--validation-steps",
    type=COUNT,
    default=12,
    help="Batches of the validation split, read each epoch.",
)
@click.option(
    "--test-lines",
    type=COUNT,
    default=512,
    help="Lines of each --data, read for the report.",
)
@click.option(
    "--load",
    metavar="PRESET|FILE",
    default=None,
    help="Begin with this recogniser: a preset, its folder, or a .keras "
    "file. What it knows of the characters is kept.",
)
@click.option(
    "--restored-by",
    metavar="PRESET|FILE",
    default=None,
    help="Half of the lines are degraded and then restored by this model: "
    "adapts the recogniser to what it restores.",
)
@click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16"]),
    default="float32",
    help="bfloat16 calculates the layers in mixed precision, which is faster "
    "on GPUs and on CPUs that know it; logits and loss stay float32.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0)
@click.option(
    "--about",
    default="",
    help="A sentence for the model card: the data's licences, limits.",
)
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path),
    default=None,
    help="New folder for everything the run writes.  "
    "[default: runs/<date and time>]",
)
@click.option(
    "--wandb",
    "wandb_mode",
    envvar="WANDB_MODE",
    type=click.Choice(["online", "offline", "disabled"]),
    default="offline",
    help="Weights & Biases.",
)
@click.option("--wandb-project", default="keras_htr_gan")
@click.option(
    "--resume",
    metavar="RUN_DIR",
    default=None,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Continue this run after its last finished epoch; only --wandb may "
    "change.",
)
@click.pass_context
def pretrain(context, **settings):
    """Train a recogniser, or go on with one.

    Writes a run folder as train.py does; its folder preset/ can be given to
    train.py as --recognizer, and to this command as --load.
    """
    # Imported here, as --help should not wait for it.
    import keras

    from keras_htr_gan.charset import LATIN
    from keras_htr_gan.pretraining import POLICIES, pretrain
    from keras_htr_gan.recognizers import load_recognizer, loaded_gan
    from keras_htr_gan.run_folder import (
        new_run_folder,
        open_checkpoint,
        resumed_settings,
    )

    run_dir, start, done = settings.pop("resume"), None, 0
    for name in ("data", "validation_data"):
        settings[name] = list(settings[name])
    if settings["characters"] == "latin":
        settings["characters"] = LATIN
    try:
        if run_dir is not None:
            given = {
                name: value
                for name, value in settings.items()
                if context.get_parameter_source(name)
                is click.core.ParameterSource.COMMANDLINE
            }
            saved = resumed_settings(run_dir, given, MAY_CHANGE)
            settings = {**settings, **saved}
            keras.config.set_dtype_policy(POLICIES[settings["precision"]])
            start, done = open_checkpoint(run_dir)
        else:
            run_dir = new_run_folder(settings.pop("run_dir"))
            settings.update(
                backend=keras.config.backend(),
                wandb_id=uuid.uuid4().hex[:8],
                command=["python", "-m", "keras_htr_gan", *sys.argv[1:]],
            )
            keras.config.set_dtype_policy(POLICIES[settings["precision"]])
            if settings["load"]:
                start = load_recognizer(settings["load"])
                if context.get_parameter_source("size").name == "DEFAULT":
                    settings["size"] = start.size
                if start.size != settings["size"]:
                    raise UserError(
                        f"--load: {settings['load']} is of size {start.size}; "
                        f"leave --size {settings['size']} out"
                    )
        generator = settings["restored_by"]
        pretrain(
            settings,
            run_dir,
            start,
            done,
            loaded_gan(generator) if generator else None,
        )
    except UserError as error:
        raise click.ClickException(str(error)) from error
