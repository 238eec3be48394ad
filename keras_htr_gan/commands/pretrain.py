"""python -m keras_htr_gan pretrain"""

import click

from keras_htr_gan.commands.options import (
    COUNT,
    STOPPED,
    data_options,
    open_run,
    run_options,
)
from keras_htr_gan.errors import UserError

MAY_CHANGE = ("checkpoint_minutes", "wandb_mode")


@click.command(context_settings={"show_default": True})
@data_options
@click.option(
    "--characters",
    default="",
    show_default=False,
    help="Characters to know, whether the data has them or not; or 'latin'.  "
    "[default: those of the data, and of --load]",
)
@click.option(
    "--size",
    type=click.Choice(["tiny", "small", "base", "judge"]),
    default="tiny",
    help="Lines of 32, 64 or 128 pixels; judge: an independent reader of "
    "another architecture, 48 pixels.",
)
@click.option(
    "--augmentation",
    type=click.Choice(["full", "hands", "none"]),
    default="full",
    help="full: lines as by other hands and pens, some of them blurred, grey, "
    "faded or a little degraded; hands: all of them clean; none: as they are.",
)
@click.option(
    "--blend",
    type=click.FloatRange(0, 1),
    default=None,
    help="How far some lines are blended with their degraded twin. The more, "
    "the better degraded lines are read as they are.  [default: 0.6 with "
    "--augmentation full, else 0]",
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
    help="Some of the lines are degraded and then restored by this model: "
    "adapts the recogniser to what it restores. The preset then holds the "
    "other networks of that model, too.",
)
@click.option(
    "--restored-share",
    type=click.FloatRange(0, 1),
    default=0.5,
    help="How many of them, with --restored-by.",
)
@click.option(
    "--about",
    default="",
    show_default=False,
    help="A sentence for the model card: the data's licences, limits.",
)
@run_options
@click.pass_context
def pretrain(context, **settings):
    """Train a recogniser, or go on with one.

    Writes a run folder as train.py does; its folder preset/ can be given to
    train.py as --recognizer, and to this command as --load.
    """
    # Imported here, as --help should not wait for Keras.
    from keras_htr_gan.callbacks.stop_signals import Stopped
    from keras_htr_gan.charset import LATIN
    from keras_htr_gan.networks.precision import calculating_in
    from keras_htr_gan.training.recognizer import pretrain
    from keras_htr_gan.training.recognizer_choice import (
        load_recognizer,
        loaded_gan,
    )
    from keras_htr_gan.training.run_folder import open_checkpoint

    if settings["characters"] == "latin":
        settings["characters"] = LATIN
    try:
        settings, run_dir, resume = open_run(context, settings, MAY_CHANGE)
        with calculating_in(settings["precision"]):
            start, position = None, None
            if resume:
                start, position = open_checkpoint(run_dir)
            elif settings["load"]:
                start = load_recognizer(settings["load"])
                if context.get_parameter_source("size").name == "DEFAULT":
                    settings["size"] = start.size
                if start.size != settings["size"]:
                    raise UserError(
                        f"--load: {settings['load']} is of size {start.size}; "
                        f"leave --size {settings['size']} out"
                    )
            restored_by = settings["restored_by"]
            generator = loaded_gan(restored_by) if restored_by else None
            pretrain(settings, run_dir, start, position, generator)
    except UserError as error:
        raise click.ClickException(str(error)) from error
    except Stopped:
        click.echo(
            "Stopped; go on with: python -m keras_htr_gan pretrain --resume "
            f"{run_dir}"
        )
        context.exit(STOPPED)
