"""How the time of training grows with data, line width and alphabet.

    python benchmarks/scaling.py

A quantity is raised in steps, and the slope of log(time) over
log(quantity) is its exponent: 0 where it does not matter, 1 where time grows
with it.
"""

import time

import keras_htr_gan  # noqa: F401  isort: skip

import click
import keras
import numpy as np
from finite_guard import compiled
from training import generator
from warm_up import random_batch

from keras_htr_gan.charset import LATIN
from keras_htr_gan.data.feeding import TrainingBatches, feed
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import LineFormat, pair_windows
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.sizes import SIZES

SIZE, LINES = "tiny", 16
HEIGHT = SIZES[SIZE].height
WIDTHS = (256, 512, 1024)
ALPHABETS = (64, 256, 1024)
DATA = (1_000, 10_000, 100_000)
BATCHES = 32


class Some:
    """A finite source of so many lines, drawn again and again."""

    finite = True

    def __init__(self, lines, count):
        self.lines, self.count = lines, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return self.lines[index % len(self.lines)]


def step_time(width, characters, steps, rounds):
    """Seconds of a full step: the median of some rounds."""
    model = compiled(HTRGAN, SIZE, characters)
    batch = random_batch(LINES, HEIGHT)
    times = width // batch["clean"].shape[2]
    for name in ("clean", "degraded"):
        batch[name] = np.tile(batch[name], (1, 1, times, 1))
    batch["widths"][:] = width
    batches = feed(generator(batch))
    return (
        median(
            lambda: model.fit(
                batches, steps_per_epoch=steps, shuffle=False, verbose=0
            ),
            rounds,
        )
        / steps
    )


def data_time(count, lines, line_format, rounds):
    """Seconds of a batch of data, from sources of so many lines."""
    drawn = TrainingBatches(
        pair_windows(Some(lines, count), line_format, LINES, seed=0)
    )
    start = iter(range(0, 10**9, BATCHES))

    def draw():
        batches = drawn.drawn_from(next(start))
        for _ in range(BATCHES):
            next(batches)

    return median(draw, rounds) / BATCHES


def median(run, rounds):
    run()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return float(np.median(times))


def exponent(quantities, times):
    return float(np.polyfit(np.log(quantities), np.log(times), 1)[0])


def told(name, quantities, times):
    relative = ", ".join(
        f"{quantity:,}: {seconds / times[0]:.2f}"
        for quantity, seconds in zip(quantities, times, strict=True)
    )
    return f"{name}: exponent {exponent(quantities, times):.2f} ({relative})"


@click.command(context_settings={"show_default": True})
@click.option("--steps", default=8, help="Steps of a round.")
@click.option("--rounds", default=5)
def main(steps, rounds):
    """Print the exponents, and each time over the first."""
    click.echo(f"{keras.config.backend()} {SIZE}, batches of {LINES} lines")
    widths = [step_time(w, LATIN, steps, rounds) for w in WIDTHS]
    click.echo(told("step, by pixels of width", WIDTHS, widths))
    alphabets = [
        step_time(WIDTHS[0], [chr(0x4E00 + i) for i in range(n)], steps, rounds)
        for n in ALPHABETS
    ]
    click.echo(
        told("step, by characters of the alphabet", ALPHABETS, alphabets)
    )
    source = HandwritingSource("en", "train", 0, HEIGHT, 8 * HEIGHT)
    line_format = LineFormat.covering([source], HEIGHT)
    lines = [source[i] for i in range(512)]
    data = [data_time(n, lines, line_format, rounds) for n in DATA]
    click.echo(told("a batch of data, by lines of the data", DATA, data))


if __name__ == "__main__":
    main()
