"""What the data costs a training: padding, and time spent waiting for it.

    python benchmarks/data.py [--data FOLDER] [--size tiny] [--steps 60]

Trains on the batches as `train.py` does and takes the time of each wait for a
batch and of each step. The warm-up step is timed, the faster one: in a full
step the data has more time.
"""

import itertools
import time

import keras_htr_gan  # noqa: F401  isort: skip

import click
import keras

from keras_htr_gan.data.feeding import TrainingBatches, feed
from keras_htr_gan.data.pipeline import LineFormat, pair_windows
from keras_htr_gan.data.sources import SourceOptions, open_sources
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from keras_htr_gan.sizes import RESTORING, SIZES


@click.command(context_settings={"show_default": True})
@click.option("--data", multiple=True, default=["synthetic"])
@click.option("--size", type=click.Choice(RESTORING), default="tiny")
@click.option("--batch-size", default=16)
@click.option("--steps", default=128)
def main(data, size, batch_size, steps):
    """Print the share of padding and of time spent waiting for data."""
    height = SIZES[size].height
    sources = open_sources(data, SourceOptions(height=height))
    line_format = LineFormat.covering(list(sources.values()), height)
    drawn = TrainingBatches(
        pair_windows(sources["train"], line_format, batch_size, seed=0)
    )

    own = all_pixels = 0
    started = time.perf_counter()
    for batch in itertools.islice(drawn.drawn_from(), steps):
        own += int(batch["widths"].sum())
        all_pixels += batch_size * batch["clean"].shape[2]
    rate = batch_size * steps / (time.perf_counter() - started)
    click.echo(
        f"{' + '.join(data)} at {height} pixels, batches of {batch_size} lines "
        f"{' or '.join(map(str, line_format.widths))} wide: "
        f"{100 * (1 - own / all_pixels):.1f} % padding, "
        f"{rate:.0f} lines a second without training"
    )

    model = HTRGAN(
        build_generator(size),
        build_discriminator(size),
        Recognizer(line_format.charset.characters, size),
    )
    model.compile(optimizer=generator_discriminator_optimizer())
    batches = iter(feed(drawn.drawn_from()))
    seen, waited, trained = set(), 0.0, 0.0
    for _ in range(2 * steps):
        before = time.perf_counter()
        batch = next(batches)
        ready = time.perf_counter()
        model.train_on_batch(batch, return_dict=True)
        width = batch["clean"].shape[2]
        # The first steps of a width are compiled.
        if width in seen:
            waited += ready - before
            trained += time.perf_counter() - ready
        seen.add(width)
    share = 100 * waited / (waited + trained)
    click.echo(
        f"{keras.config.backend()} {size}: {share:.1f} % of the training time "
        "is spent waiting for data"
    )


if __name__ == "__main__":
    main()
