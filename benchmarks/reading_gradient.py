"""Does the reading gradient point the right way?

    python benchmarks/reading_gradient.py RECOGNIZER... [--data FOLDER]

At half-restored images of test lines, the cosine between the way that the CTC
loss would move the pixels (its negative gradient) and the way to the clean
image. Half restored are: the clean line blurred, greyed, faded in places, or
halfway to its degraded twin; and with `--restored-by` what a generator made of
the degraded twin.
"""

import keras_htr_gan  # noqa: F401  isort: skip

import dataclasses

import click
import keras
import numpy as np

from keras_htr_gan.data.feeding import FixedBatches, pad_again
from keras_htr_gan.data.pipeline import LineFormat
from keras_htr_gan.data.sources import SourceOptions, open_sources
from keras_htr_gan.data.textures import blurred, smooth_noise
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.losses import ctc_per_character
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.pixels import PADDING
from keras_htr_gan.train_steps import TrainStep


def faded(clean, rng):
    kept = np.clip(0.5 + 0.5 * smooth_noise(rng, clean.shape, 0.5), 0.05, 1.0)
    return 1.0 - (1.0 - clean) * kept


KINDS = {
    "blurred": lambda clean, degraded, rng: blurred(clean, 1 / 24),
    "grey": lambda clean, degraded, rng: 1.0 - 0.4 * (1.0 - clean),
    "faded in places": lambda clean, degraded, rng: faded(clean, rng),
    "halfway": lambda clean, degraded, rng: (clean + degraded) / 2,
}


@click.command(context_settings={"show_default": True})
@click.argument("recognizers", nargs=-1, required=True)
@click.option("--data", default="synthetic")
@click.option("--split-by", default="auto")
@click.option("--language", default="en")
@click.option("--lines", default=128)
@click.option("--restored-by", default=None, metavar="PRESET|FILE")
def main(recognizers, data, split_by, language, lines, restored_by):
    """Print the mean cosine of each of the RECOGNIZERS, presets or files."""
    gan = HTRGAN.from_preset(restored_by) if restored_by else None
    for name in recognizers:
        recognizer = Recognizer.from_preset(name)
        options = SourceOptions(
            height=recognizer.height,
            split_by=split_by,
            language=language,
            charset=recognizer.charset,
            unknown_characters="drop-line",
        )
        source = open_sources([data], options)["test"]
        line_format = dataclasses.replace(
            LineFormat.covering([source], recognizer.height),
            charset=recognizer.charset,
        )
        batches = FixedBatches(source, line_format, lines, 16, seed=2)
        found = {}
        for (batch,) in (batches[i] for i in range(len(batches))):
            for kind, images in half_restored(batch, gan):
                cosines = found.setdefault(kind, [])
                cosines += cosine(recognizer, images, batch)
        for kind, cosines in found.items():
            error = np.std(cosines) / len(cosines) ** 0.5
            click.echo(
                f"{name}: {kind}: cosine {np.mean(cosines):.3f} "
                f"(standard error {error:.3f}, {len(cosines)} lines)"
            )


def half_restored(batch, gan):
    """Names and images, padded as the batch."""
    widths = batch["widths"]
    for kind, make in KINDS.items():
        images = np.full_like(batch["clean"], PADDING)
        for i, width in enumerate(widths):
            pair = (batch[k][i, :, :width, 0] for k in ("clean", "degraded"))
            images[i, :, :width, 0] = make(*pair, np.random.default_rng(i))
        yield kind, images
    if gan is not None:
        restored = gan.predict_on_batch(batch["degraded"])
        yield "restored", pad_again(np.asarray(restored), widths)


def cosine(recognizer, images, batch):
    """Of each line: list of float."""

    def loss(x):
        logits = recognizer(x, training=False)
        frames = recognizer.frame_lengths(batch["widths"])
        return keras.ops.sum(
            ctc_per_character(
                batch["labels"], batch["label_lengths"], logits, frames
            )
        )

    images = keras.ops.convert_to_tensor(images)
    _, gradient = TrainStep().value_and_gradient(loss, images)
    down = -keras.ops.convert_to_numpy(gradient)
    way = batch["clean"] - keras.ops.convert_to_numpy(images)
    down, way = (x.reshape(len(x), -1) for x in (down, way))
    lengths = np.linalg.norm(down, axis=1) * np.linalg.norm(way, axis=1)
    return list(np.sum(down * way, axis=1) / np.maximum(lengths, 1e-12))


if __name__ == "__main__":
    main()
