"""Time of a warm-up step over that of a full step.

    KERAS_BACKEND=jax python benchmarks/warm_up.py [--size tiny] [--rounds 15]

While `ctc_weight` is 0 the recogniser is not run. Both kinds of step are
timed in turn, round by round, in one process; what counts is their ratio.
"""

import statistics
import time

import keras_htr_gan  # noqa: F401  isort: skip

import click
import keras
import numpy as np

from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from keras_htr_gan.sizes import RESTORING, SIZES

CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,"


def random_batch(lines, height, longest=32):
    """Noise of the shape of a batch of 8:1 lines."""
    rng = np.random.default_rng(0)
    shape = (lines, height, 8 * height, 1)
    return {
        "degraded": rng.random(shape, dtype="float32"),
        "clean": rng.random(shape, dtype="float32"),
        "widths": np.full(lines, 7 * height, "int32"),
        "labels": rng.integers(
            1, len(CHARACTERS), (lines, longest), dtype="int32"
        ),
        "label_lengths": np.full(lines, 18, "int32"),
    }


class Forever(keras.utils.PyDataset):
    def __init__(self, batch, steps):
        super().__init__()
        self.batch, self.steps = batch, steps

    def __len__(self):
        return self.steps

    def __getitem__(self, index):
        return (self.batch,)


class StepTimes(keras.callbacks.Callback):
    """Alternates the weight between 0 and 1 and times each epoch."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps
        self.times = {0.0: [], 1.0: []}

    def on_epoch_begin(self, epoch, logs=None):
        self.weight = float(epoch % 2)
        self.model.ctc_weight.assign(self.weight)
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        passed = time.perf_counter() - self.started
        self.times[self.weight].append(passed / self.steps)


@click.command(context_settings={"show_default": True})
@click.option("--size", type=click.Choice(RESTORING), default="tiny")
@click.option("--batch-size", default=16)
@click.option("--rounds", default=15, help="Timed epochs of each kind.")
@click.option("--steps", default=5, help="Steps an epoch.")
def main(size, batch_size, rounds, steps):
    """Print the time of a warm-up step over that of a full step."""
    model = HTRGAN(
        build_generator(size),
        build_discriminator(size),
        Recognizer(CHARACTERS, size),
    )
    model.compile(optimizer=generator_discriminator_optimizer())
    times = StepTimes(steps)
    batch = random_batch(batch_size, SIZES[size].height)
    model.fit(
        Forever(batch, steps),
        epochs=2 * (rounds + 1),
        callbacks=[times],
        shuffle=False,
        verbose=0,
    )
    warm, full = times.times[0.0][1:], times.times[1.0][1:]
    ratios = sorted(a / b for a, b in zip(warm, full, strict=True))
    click.echo(
        f"{keras.config.backend()} {size}, batches of {batch_size}: warm-up "
        f"step / full step = {min(warm) / min(full):.2f} by the fastest of "
        f"{len(ratios)} rounds, {statistics.median(ratios):.2f} by the median "
        f"round (middle half {ratios[len(ratios) // 4]:.2f} to "
        f"{ratios[-1 - len(ratios) // 4]:.2f})"
    )


if __name__ == "__main__":
    main()
