"""How near the convolutions of the networks come to the peak, each kind.

    KERAS_BACKEND=jax python benchmarks/convolutions.py [--rounds 5]

Four convolutions of a shape of the networks, one upon the other, are trained on
noise: as `Convolution`, as Keras has them, and as one product of matrices of
all shifted images. Their multiply-adds are told as a share of what a large
float32 matrix product reaches in the same run.
"""

import keras_htr_gan  # noqa: F401  isort: skip

import statistics

import click
import keras
import numpy as np
from keras import layers, ops
from training import peak, seconds

from keras_htr_gan.evaluation.tables import format_table
from keras_htr_gan.networks.convolution import Convolution
from keras_htr_gan.networks.precision import calculating_in

DEPTH = 4
# Lines of `tiny` and of `small`, and theirs at half the size.
SHAPES = ((16, 8, 64, 64), (16, 16, 128, 64), (16, 8, 64, 128))


class Products(Convolution):
    """The same as a product of matrices."""

    def convolution_op(self, images, kernel):
        rows, columns = self.kernel_size
        height, width = ops.shape(images)[1:3]
        padded = ops.pad(
            images, [[0, 0], [rows // 2] * 2, [columns // 2] * 2, [0, 0]]
        )
        shifted = [
            padded[:, i : i + height, j : j + width]
            for i in range(rows)
            for j in range(columns)
        ]
        kernel = ops.reshape(kernel, (-1, self.filters))
        return ops.matmul(ops.concatenate(shifted, axis=-1), kernel)


def keras_convolution(filters, kernel):
    return layers.Conv2D(filters, kernel, padding="same")


KINDS = {
    "ours": Convolution,
    "of Keras": keras_convolution,
    "as products": Products,
}


class Stack:
    """Convolutions of one kind, trained on noise."""

    def __init__(self, kind, shape, precision):
        with calculating_in(precision):
            image = keras.Input(shape[1:])
            x = image
            for _ in range(DEPTH):
                x = kind(shape[-1], 3)(x)
            self.model = keras.Model(image, x)
        self.model.compile(
            "sgd", "mse", jit_compile=keras.config.backend() == "jax"
        )
        noise = np.random.default_rng(0).random(shape, "float32")
        self.batch = noise, noise

    def __call__(self):
        images, targets = self.batch
        self.model.train_on_batch(images, targets)


@click.command(context_settings={"show_default": True})
@click.option("--rounds", default=5)
def main(rounds):
    """Print the share of the peak that each kind reaches."""
    rows = []
    for precision in ("float32", "bfloat16"):
        for shape in SHAPES:
            stacks = {k: Stack(v, shape, precision) for k, v in KINDS.items()}
            times = {name: [] for name in stacks}
            for _ in range(rounds + 1):
                for name, stack in stacks.items():
                    times[name].append(seconds(stack))
            # The noise asks for no gradient, so the first is spared a third.
            work = np.prod(shape) * 9 * shape[-1] * (3 * DEPTH - 1)
            top = peak()
            shares = [
                f"{100 * work / statistics.median(some[1:]) / top:.0f} %"
                for some in times.values()
            ]
            rows.append([precision, " x ".join(map(str, shape)), *shares])
    click.echo(keras.config.backend())
    click.echo(format_table(["", "batch", *KINDS], rows))


if __name__ == "__main__":
    main()
