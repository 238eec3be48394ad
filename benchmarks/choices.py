"""What each choice that was made for speed is worth.

    KERAS_BACKEND=jax python benchmarks/choices.py [--size tiny]

A full step is timed in turn with steps that differ in one choice each, round
by round, in one process.
"""

import contextlib
import statistics
from unittest import mock

import keras_htr_gan  # noqa: F401  isort: skip

import click
import keras
from finite_guard import compiled
from keras.layers import Conv2D
from training import Ours, seconds, spread, summary
from warm_up import random_batch

from keras_htr_gan import losses
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks import blocks, patches
from keras_htr_gan.networks.convolution import Convolution
from keras_htr_gan.networks.precision import calculating_in
from keras_htr_gan.sizes import RESTORING, SIZES

BACKEND = keras.config.backend()


class InConditional(HTRGAN):
    """One compiled function, in which a conditional asks the recogniser."""

    make_train_function = keras.Model.make_train_function


def keras_ctc(labels, lengths, logits, frames, xla=False):
    return keras.ops.ctc_loss(labels, logits, lengths, frames, mask_index=0)


def patched(owner, name, value):
    return lambda: mock.patch.object(owner, name, value)


def others():
    """Each choice made otherwise: name, how to be within it, and options."""
    way = "products" if patches.AS_CONVOLUTION else "convolutions"
    yield (
        f"convolutions without overlap as {way}",
        patched(patches, "AS_CONVOLUTION", not patches.AS_CONVOLUTION),
        {},
    )
    yield (
        "a gradient through the masks of padding",
        patched(blocks.ops, "stop_gradient", lambda x: x),
        {},
    )
    if BACKEND == "torch":
        usual = Conv2D.convolution_op
        yield (
            "images copied before convolutions, as by Keras",
            patched(Convolution, "convolution_op", usual),
            {},
        )
    if BACKEND == "jax":
        yield (
            "the recogniser within a conditional",
            contextlib.nullcontext,
            {"kind": InConditional},
        )
    if BACKEND == "tensorflow":
        yield "CTC by keras.ops", patched(losses, "ctc_loss", keras_ctc), {}
        yield (
            "compiled by XLA",
            contextlib.nullcontext,
            {"jit_compile": True},
        )
    if BACKEND != "torch":
        yield (
            "four steps an execution",
            contextlib.nullcontext,
            {"steps_per_execution": 4},
        )
    yield "bfloat16", lambda: calculating_in("bfloat16"), {}


class Variant:
    """Our step, made and run with one choice made otherwise."""

    def __init__(self, batch, size, within, kind=HTRGAN, **compiling):
        self.within = within
        with within():
            model = compiled(kind, size)
        if compiling:
            model.compile(optimizer=model.optimizer, **compiling)
        self.ours = Ours(model, batch)

    def __call__(self, steps):
        with self.within():
            return seconds(self.ours, 1.0, steps) / steps


@click.command(context_settings={"show_default": True})
@click.option("--size", type=click.Choice(RESTORING), default="tiny")
@click.option("--batch-size", default=16)
@click.option("--rounds", default=8)
@click.option(
    "--steps", default=8, help="Steps of each kind in a round: a multiple of 4."
)
def main(size, batch_size, rounds, steps):
    """Print the time of a step with each choice made otherwise, over ours."""
    batch = random_batch(batch_size, SIZES[size].height)
    batch["widths"][:] = batch["clean"].shape[2]
    kinds = {"ours": Variant(batch, size, contextlib.nullcontext)}
    for name, within, options in others():
        kinds[name] = Variant(batch, size, within, **options)
    for run in kinds.values():
        run(4)
    times = {name: [] for name in kinds}
    for number in range(rounds):
        for name in list(kinds) if number % 2 else reversed(kinds):
            times[name].append(kinds[name](steps))
    click.echo(
        f"{BACKEND} {size}, batches of {batch_size}, {rounds} rounds of "
        f"{steps} full steps of {statistics.median(times['ours']):.3f} s; "
        "times over ours, median (range):"
    )
    for name in kinds:
        if name != "ours":
            ratios = zip(times[name], times["ours"], strict=True)
            figures = summary([other / own for other, own in ratios])
            click.echo(f"- {name}: {spread(figures, '.2f')}")


if __name__ == "__main__":
    main()
