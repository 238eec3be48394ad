"""What a checkpoint costs: its size, and its time in steps.

    KERAS_BACKEND=jax python benchmarks/checkpoints.py [--size tiny]

Saving (written beside, flushed, renamed, checksum), opening one to resume
(checked, loaded, compiled) and full training steps are timed in turn, round by
round, in one process.
"""

import tempfile
import time
from pathlib import Path

import keras_htr_gan  # noqa: F401  isort: skip

import click
import keras
import numpy as np
from finite_guard import compiled, seconds
from warm_up import random_batch

from keras_htr_gan.callbacks.checkpoints import Checkpoints, latest_checkpoint
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.sizes import RESTORING, SIZES


def opened(folder):
    return keras.saving.load_model(latest_checkpoint(folder)[0])


def timed(function, *args):
    started = time.perf_counter()
    function(*args)
    return time.perf_counter() - started


@click.command(context_settings={"show_default": True})
@click.option("--size", type=click.Choice(RESTORING), default="tiny")
@click.option("--batch-size", default=16)
@click.option("--rounds", default=10)
def main(size, batch_size, rounds):
    """Print size and time of checkpoints."""
    batch = random_batch(batch_size, SIZES[size].height)
    model = compiled(HTRGAN, size)
    seconds(model, batch, 3)
    saving, opening = [], []
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = Checkpoints(Path(folder) / "checkpoints")
        checkpoints.set_model(model)
        checkpoints.on_train_begin()
        for number in range(1, rounds + 1):
            step = seconds(model, batch, 4) / 4
            saving.append(timed(checkpoints.save, number, 0) / step)
            opening.append(timed(opened, checkpoints.folder) / step)
        newest = latest_checkpoint(checkpoints.folder)[0]
        megabytes = newest.stat().st_size / 1e6
    click.echo(
        f"{keras.config.backend()} {size}: {megabytes:.1f} MB; saving takes "
        f"as long as {spread(saving)} full steps of {batch_size} lines, "
        f"opening to resume {spread(opening)}"
    )


def spread(values):
    return f"{np.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


if __name__ == "__main__":
    main()
