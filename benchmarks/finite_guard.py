"""What it costs to see in each step that losses and gradients are finite.

    KERAS_BACKEND=jax python benchmarks/finite_guard.py [--size tiny]

Full steps with and without the guard are timed in turn, pair by pair, in one
process.
"""

import time

import keras_htr_gan  # noqa: F401  isort: skip

import click
import keras
import numpy as np
from keras import ops
from warm_up import CHARACTERS, random_batch

from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from keras_htr_gan.sizes import RESTORING, SIZES


class Unguarded(HTRGAN):
    """Takes every step, whatever its gradients are."""

    def finite(self, figures, gradients):
        return ops.convert_to_tensor(True)


def compiled(kind, size, characters=CHARACTERS):
    keras.utils.set_random_seed(0)
    model = kind(
        build_generator(size),
        build_discriminator(size),
        Recognizer(characters, size),
    )
    model.compile(optimizer=generator_discriminator_optimizer())
    model.ctc_weight.assign(1.0)
    return model


def seconds(model, batch, steps):
    started = time.perf_counter()
    for _ in range(steps):
        # The figures are numbers, so the step is over.
        model.train_on_batch(batch, return_dict=True)
    return time.perf_counter() - started


@click.command(context_settings={"show_default": True})
@click.option("--size", type=click.Choice(RESTORING), default="tiny")
@click.option("--batch-size", default=16)
@click.option("--pairs", default=40)
@click.option("--steps", default=4, help="Steps of each side of a pair.")
def main(size, batch_size, pairs, steps):
    """Print the time of a guarded step over that of an unguarded one."""
    batch = random_batch(batch_size, SIZES[size].height)
    guarded, unguarded = (compiled(kind, size) for kind in (HTRGAN, Unguarded))
    for model in (guarded, unguarded):
        seconds(model, batch, 3)
    ratios = []
    for pair in range(pairs):
        order = [guarded, unguarded][:: 1 if pair % 2 else -1]
        times = {id(model): seconds(model, batch, steps) for model in order}
        ratios.append(times[id(guarded)] / times[id(unguarded)])
    rng = np.random.default_rng(0)
    medians = np.median(rng.choice(ratios, (10_000, pairs)), axis=1)
    low, high = np.percentile(medians, (2.5, 97.5))
    click.echo(
        f"{keras.config.backend()} {size}, batches of {batch_size}, {pairs} "
        f"pairs of {steps} steps: the guard costs "
        f"{100 * (np.median(ratios) - 1):+.1f} % of a step by the median pair "
        f"(95 % interval {100 * (low - 1):+.1f} to {100 * (high - 1):+.1f} %)"
    )


if __name__ == "__main__":
    main()
