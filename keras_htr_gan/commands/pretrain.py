"""python -m keras_htr_gan pretrain"""

import dataclasses
import time

import click

import keras_htr_gan as htr
from keras_htr_gan import training
from keras_htr_gan.charset import LATIN
from keras_htr_gan.commands.mistakes import tells_mistakes
from keras_htr_gan.commands.options import (
    ABOVE_0,
    COUNT,
    SHARE,
    together,
)
from keras_htr_gan.commands.runs import open_run
from keras_htr_gan.commands.settings_options import (
    data_options,
    options_of,
    run_options,
)
from keras_htr_gan.errors import UserError
from keras_htr_gan.extras import require_training
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.training.settings import PretrainingSettings

option = options_of(PretrainingSettings)

pretraining_options = together(
    data_options,
    option(
        "characters",
        show_default=False,
        help="Characters to know, whether the data has them or not; or "
        "'latin'.  [default: those of the data, and of --load]",
    ),
    option(
        "size",
        type=click.Choice(list(SIZES)),
        help="Lines of 32, 64 or 128 pixels; judge: an independent reader of "
        "another architecture, 48 pixels.",
    ),
    option(
        "augmentation",
        type=click.Choice(["full", "hands", "none"]),
        help="full: lines as by other hands and pens, some of them blurred, "
        "grey, faded or a little degraded; hands: all of them clean; none: as "
        "they are.",
    ),
    option(
        "blend",
        type=SHARE,
        help="How far some lines are blended with their degraded twin. The "
        "more, the better degraded lines are read as they are.  [default: 0.6 "
        "with --augmentation full, else 0]",
    ),
    option("epochs", type=COUNT),
    option("steps_per_epoch", type=COUNT, help="Batches an epoch."),
    option("batch_size", type=COUNT),
    option("learning_rate", type=ABOVE_0),
    option(
        "validation_steps",
        type=COUNT,
        help="Batches of the validation split, read each epoch.",
    ),
    option(
        "test_lines",
        type=COUNT,
        help="Lines of each --data, read for the report.",
    ),
    option(
        "load",
        metavar="PRESET|FILE",
        help="Begin with this recogniser: a preset, its folder, or a .keras "
        "file. What it knows of the characters is kept.",
    ),
    option(
        "restored_by",
        metavar="PRESET|FILE",
        help="Some of the lines are degraded and then restored by this model: "
        "adapts the recogniser to what it restores. The preset then holds the "
        "other networks of that model, too.",
    ),
    option(
        "restored_share",
        type=SHARE,
        help="How many of them, with --restored-by.",
    ),
    option(
        "about",
        show_default=False,
        help="A sentence for the model card: the data's licences, limits.",
    ),
    run_options,
)


@click.command(context_settings={"show_default": True})
@pretraining_options
@click.pass_context
@tells_mistakes
def pretrain(context, **options):
    """Train a recogniser, or go on with one.

    Writes a run folder as train.py does; its folder preset/ can be given to
    train.py as --recognizer, and to this command as --load.
    """
    started = time.monotonic()
    require_training("training")
    if options["characters"] == "latin":
        options["characters"] = LATIN
    with open_run(context, PretrainingSettings, options) as run:
        with run.calculating():
            start = open_start(context, run)
            restorer = run.settings.restored_by
            if restorer:
                restorer = htr.HTRGAN.from_preset(restorer)
            trained = training.pretrain(run, start, restorer)
            training.report_recognizer(run, *trained, started, restorer)


def open_start(context, run):
    """The recogniser to begin with, whose size is then that of the run."""
    load, size = run.settings.load, run.settings.size
    if run.resumed or not load:
        return None
    start = htr.Recognizer.from_preset(load)
    if context.get_parameter_source("size").name == "DEFAULT":
        size = start.size
    if start.size != size:
        raise UserError(
            f"`load`: {load} is of size {start.size}; leave `size` {size} out"
        )
    run.settings = dataclasses.replace(run.settings, size=size)
    return start
