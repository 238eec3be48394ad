"""Convolutions whose kernel is their stride: no overlap.

Each output of such a convolution, or each input of a transposed one, is one
patch: it is a product of matrices and a change of axes. As convolutions their
gradients are slow on JAX, where XLA spreads the strides with zeros; torch takes
as long either way, and TensorFlow, which also exports them, takes them as
convolutions (`benchmarks/choices.py`).
"""

import keras
from keras import layers, ops

AS_CONVOLUTION = keras.config.backend() == "tensorflow"


class WithoutOverlap:
    """What `Patches` and `FromPatches` share, before a layer of Keras."""

    def __init__(self, filters, size, **kwargs):
        super().__init__(filters, size, strides=size, padding="valid", **kwargs)

    def call(self, images):
        if AS_CONVOLUTION:
            return super().call(images)
        outputs = self.product(images, self.kernel_size[0])
        if self.use_bias:
            outputs = outputs + self.bias
        return self.activation(outputs)

    def get_config(self):
        config = super().get_config()
        size, _ = config.pop("kernel_size")
        del config["strides"], config["padding"]
        return {**config, "size": size}


@keras.saving.register_keras_serializable("keras_htr_gan")
class Patches(WithoutOverlap, layers.Conv2D):
    """A patch of each place: what remains at the right and below is left out.

    Args:
        filters: int.
        size: int, rows and columns of a patch.
        **kwargs: arguments of `keras.layers.Conv2D`, but none of its
            geometry: `groups`, `dilation_rate`, `data_format`.

    Call arguments:
        images: `(batch, height, width, channels)`.

    Returns:
        `(batch, height // size, width // size, filters)`.
    """

    def product(self, images, size):
        batch, height, width, channels = ops.shape(images)
        rows, columns = height // size, width // size
        x = images[:, : rows * size, : columns * size]
        x = ops.reshape(x, (batch, rows, size, columns, size * channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4))
        x = ops.reshape(x, (batch, rows, columns, size * size * channels))
        return ops.matmul(x, ops.reshape(self.kernel, (-1, self.filters)))


@keras.saving.register_keras_serializable("keras_htr_gan")
class FromPatches(WithoutOverlap, layers.Conv2DTranspose):
    """A place for each patch: the way back from `Patches`.

    Args:
        filters: int.
        size: int, rows and columns of a patch.
        **kwargs: arguments of `keras.layers.Conv2DTranspose`, see `Patches`.

    Call arguments:
        images: `(batch, rows, columns, channels)`.

    Returns:
        `(batch, rows * size, columns * size, filters)`.
    """

    def product(self, images, size):
        batch, rows, columns, channels = ops.shape(images)
        kernel = ops.reshape(self.kernel, (-1, channels))
        x = ops.matmul(images, ops.transpose(kernel))
        x = ops.reshape(x, (batch, rows, columns, size, size * self.filters))
        x = ops.transpose(x, (0, 1, 3, 2, 4))
        return ops.reshape(
            x, (batch, rows * size, columns * size, self.filters)
        )
