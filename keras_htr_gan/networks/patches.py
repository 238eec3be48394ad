"""Convolutions whose kernel is their stride: no overlap.

Each output of such a convolution, or each input of a transposed one, is one
patch: it is a product of matrices and a change of axes. As convolutions their
gradients are slow on JAX, where XLA spreads the strides with zeros; on
TensorFlow they are as fast, and are exported as they are
(`benchmarks/choices.py`).
"""

import keras
from keras import layers, ops

AS_CONVOLUTION = keras.config.backend() == "tensorflow"


@keras.saving.register_keras_serializable("keras_htr_gan")
class Patches(layers.Conv2D):
    """A patch of each place: what remains at the right and below is left out.

    Args:
        filters: int.
        size: int, rows and columns of a patch.
        **kwargs: arguments of `keras.layers.Conv2D`, which this is.

    Call arguments:
        images: `(batch, height, width, channels)`.

    Returns:
        `(batch, height // size, width // size, filters)`.
    """

    def __init__(self, filters, size, **kwargs):
        super().__init__(filters, size, strides=size, padding="valid", **kwargs)

    def call(self, images):
        if AS_CONVOLUTION:
            return super().call(images)
        size, _ = self.kernel_size
        batch, height, width, channels = ops.shape(images)
        rows, columns = height // size, width // size
        x = images[:, : rows * size, : columns * size]
        x = ops.reshape(x, (batch, rows, size, columns, size * channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4))
        x = ops.reshape(x, (batch, rows, columns, size * size * channels))
        kernel = ops.reshape(self.kernel, (-1, self.filters))
        return ops.matmul(x, kernel) + self.bias

    def get_config(self):
        return with_size(super().get_config())


@keras.saving.register_keras_serializable("keras_htr_gan")
class FromPatches(layers.Conv2DTranspose):
    """A place for each patch: the way back from `Patches`.

    Args:
        filters: int.
        size: int, rows and columns of a patch.
        **kwargs: arguments of `keras.layers.Conv2DTranspose`, which this is.

    Call arguments:
        images: `(batch, rows, columns, channels)`.

    Returns:
        `(batch, rows * size, columns * size, filters)`.
    """

    def __init__(self, filters, size, **kwargs):
        super().__init__(filters, size, strides=size, padding="valid", **kwargs)

    def call(self, images):
        if AS_CONVOLUTION:
            return super().call(images)
        size, _ = self.kernel_size
        batch, rows, columns, channels = ops.shape(images)
        kernel = ops.reshape(self.kernel, (-1, channels))
        x = ops.matmul(images, ops.transpose(kernel))
        x = ops.reshape(x, (batch, rows, columns, size, size * self.filters))
        x = ops.transpose(x, (0, 1, 3, 2, 4))
        shape = (batch, rows * size, columns * size, self.filters)
        return ops.reshape(x, shape) + self.bias

    def get_config(self):
        return with_size(super().get_config())


def with_size(config):
    """The settings of a convolution, as those of these layers."""
    size, _ = config.pop("kernel_size")
    del config["strides"], config["padding"]
    return {**config, "size": size}
