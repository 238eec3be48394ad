"""How near a training step comes to what can be had.

    KERAS_BACKEND=jax python benchmarks/training.py [--size tiny] [--json FILE]

Our step, in the warm-up and in full, is timed in turn with loops by hand that
train the same networks on the same batch (`benchmarks/loops/`), round by
round, in one process: ratios count, not times. Beside it stand the
multiply-adds of a step, counted from the layers, and the share that they are
of what a large float32 matrix product reaches here.
"""

import json
import math
import statistics
import sys
import time
from importlib import import_module
from pathlib import Path

import keras_htr_gan  # noqa: F401  isort: skip

import click
import keras
import numpy as np
from finite_guard import compiled
from warm_up import random_batch

from keras_htr_gan.data.feeding import feed
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.sizes import RESTORING, SIZES
from keras_htr_gan.storage import write_whole

PRODUCT = 2048  # rows and columns of the matrices of the peak


class Ours:
    """Our step as `train.py` lets `fit` run it."""

    def __init__(self, model, batch):
        self.model = model
        self.batches = feed(generator(batch))

    def __call__(self, weight, steps):
        self.model.ctc_weight.assign(weight)
        history = self.model.fit(
            self.batches, steps_per_epoch=steps, shuffle=False, verbose=0
        )
        return history.history["generator_loss"][-1]


def generator(batch):
    """As `fit` knows it: not every iterator is one."""
    while True:
        yield (batch,)


class ByHand:
    """A loop of `benchmarks/loops/`."""

    def __init__(self, kind, model, batch):
        self.step, self.batch = kind(model), batch

    def __call__(self, weight, steps):
        for _ in range(steps):
            loss = self.step(self.batch, weight)
        return loss


def seconds(run, *args):
    started = time.perf_counter()
    run(*args)
    return time.perf_counter() - started


def peak(rounds=5):
    """Multiply-adds a second of a large float32 matrix product."""
    rng = np.random.default_rng(0)
    a, b = (
        keras.ops.convert_to_tensor(rng.random((PRODUCT,) * 2, "float32"))
        for _ in range(2)
    )

    def product():
        return keras.ops.convert_to_numpy(keras.ops.matmul(a, b))

    product()
    return PRODUCT**3 / min(seconds(product) for _ in range(rounds))


def multiply_adds(network, shape):
    """Multiply-adds of a network's pass over images of a shape.

    Args:
        network: functional `keras.Model`.
        shape: tuple, `(batch, height, width, 1)`.
    """
    fixed = keras.models.clone_model(
        network, input_tensors=keras.Input(batch_shape=shape)
    )
    total = 0
    for layer in fixed.layers:
        backwards = isinstance(layer, keras.layers.Conv2DTranspose)
        places = layer.input if backwards else layer.output
        for name in ("kernel", "depthwise_kernel", "pointwise_kernel"):
            kernel = getattr(layer, name, None)
            if kernel is not None:
                total += math.prod(kernel.shape) * math.prod(places.shape[:-1])
    return total


def of_steps(model, shape):
    """Multiply-adds of a warm-up and of a full step.

    A pass back costs as much as the pass forward for each of what it
    differentiates by, input and weights. The discriminator judges restored
    lines for the generator, and clean and restored ones for itself.
    """
    generator, discriminator, recognizer = (
        multiply_adds(network, shape)
        for network in (
            model.generator,
            model.discriminator,
            model.recognizer.network,
        )
    )
    warm = 3 * generator + 2 * discriminator + 2 * 3 * discriminator
    return warm, warm + 2 * recognizer


def summary(values):
    return {
        "median": statistics.median(values),
        "least": min(values),
        "most": max(values),
    }


def measured(size, batch_size, rounds, steps):
    """All figures: a dict for JSON, see `main`."""
    height = SIZES[size].height
    batch = random_batch(batch_size, height)
    batch["widths"][:] = batch["clean"].shape[2]
    model = compiled(HTRGAN, size)
    ours = Ours(model, batch)
    first = seconds(ours, 0.0, 1)
    first_full = seconds(ours, 1.0, 1)
    losses = [ours(1.0, 1) for _ in range(3)]
    memory = peak_memory()
    loops = import_module(f"loops.{keras.config.backend()}").LOOPS
    rivals = {
        name: ByHand(kind, compiled(HTRGAN, size), batch)
        for name, kind in loops.items()
    }
    rivals["leanest"](0.0, 1)
    rivals["leanest"](1.0, 1)
    agreement = max(
        abs(rivals["leanest"](1.0, 1) / loss - 1) for loss in losses
    )
    kinds = {"full": (ours, 1.0), "warm-up": (ours, 0.0)}
    kinds |= {name: (loop, 1.0) for name, loop in rivals.items()}
    kinds["leanest warm-up"] = (rivals["leanest"], 0.0)
    for run, weight in kinds.values():
        run(weight, 2)
    times = {name: [] for name in kinds}
    for number in range(rounds):
        order = list(kinds)
        for name in order if number % 2 else reversed(order):
            run, weight = kinds[name]
            times[name].append(seconds(run, weight, steps) / steps)
    pairs = {
        "full / leanest": ("full", "leanest"),
        "warm-up / leanest": ("warm-up", "leanest warm-up"),
        "full / usual": ("full", "usual"),
        "warm-up / usual": ("warm-up", "usual"),
        "warm-up / full": ("warm-up", "full"),
    }
    best = {name: min(values) for name, values in times.items()}
    limit = peak()
    warm, full = of_steps(model, batch["clean"].shape)
    return {
        "backend": keras.config.backend(),
        "size": size,
        "batch": batch["clean"].shape[:3],
        "rounds": rounds,
        "first step, s": first,
        "first full step, s": first_full,
        "memory, MB": memory,
        "losses differ by": agreement,
        "milliseconds": {
            name: summary([1000 * t for t in values])
            for name, values in times.items()
        },
        "ratios": {
            name: summary(
                [x / y for x, y in zip(times[a], times[b], strict=True)]
            )
            for name, (a, b) in pairs.items()
            if b in times
        },
        "gradient bytes": 4
        * sum(math.prod(v.shape) for v in model.trainable_variables),
        "multiply-adds": {"warm-up": warm, "full": full},
        "peak": limit,
        "share of peak": {
            "warm-up": warm / best["warm-up"] / limit,
            "full": full / best["full"] / limit,
        },
    }


def peak_memory():
    """MB that this process has had at most; Windows does not tell."""
    try:
        resource = import_module("resource")
    except ModuleNotFoundError:
        return math.nan
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def told(figures):
    """The figures as lines of text."""
    lines, height, width = figures["batch"]
    yield (
        f"{figures['backend']} {figures['size']}, {lines} lines of {height} x "
        f"{width} pixels, {figures['rounds']} rounds, median (range)"
    )
    for name, ms in figures["milliseconds"].items():
        yield f"  {name}: {spread(ms, '.0f')} ms"
    for name, ratio in figures["ratios"].items():
        yield f"  {name}: {spread(ratio, '.2f')}"
    for name, share in figures["share of peak"].items():
        yield (
            f"  {name}: {figures['multiply-adds'][name] / 1e9:.1f} G "
            f"multiply-adds, {share:.0%} of the peak of "
            f"{figures['peak'] / 1e9:.0f} G a second"
        )
    first, first_full = figures["first step, s"], figures["first full step, s"]
    yield (
        f"  first step {first:.1f} s, first full step {first_full:.1f} s; "
        f"{figures['memory, MB']:.0f} MB at the peak; the losses of steps 3 to "
        f"5 are those of the leanest loop to {figures['losses differ by']:.1g}"
    )


def spread(value, spec):
    return (
        f"{value['median']:{spec}} ({value['least']:{spec}} to "
        f"{value['most']:{spec}})"
    )


@click.command(context_settings={"show_default": True})
@click.option("--size", type=click.Choice(RESTORING), default="tiny")
@click.option("--batch-size", default=16)
@click.option("--rounds", default=8)
@click.option("--steps", default=12, help="Steps of each kind in a round.")
@click.option(
    "--json",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write all figures to this file.",
)
def main(size, batch_size, rounds, steps, path):
    """Time our step beside loops by hand."""
    figures = measured(size, batch_size, rounds, steps)
    click.echo("\n".join(told(figures)))
    if path:
        write_whole(path, json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
