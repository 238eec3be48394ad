"""A convolution that copies nothing on torch."""

import keras
from keras import layers, ops

GEOMETRY = {"strides": 1, "padding": "same", "groups": 1, "dilation_rate": 1}


@keras.saving.register_keras_serializable("keras_htr_gan")
class Convolution(layers.Conv2D):
    """A convolution whose output has the size of its input.

    On torch Keras 3.15 copies every input, and twice, to the layout that it has
    already once its axes are told in the order of torch (keras issue 23279);
    here it is told so and no more.

    Args:
        filters: int.
        kernel_size: int or pair of int, odd.
        **kwargs: arguments of `keras.layers.Conv2D`, but none of its
            geometry: `strides`, `padding`, `groups`, `dilation_rate`,
            `data_format`.

    Call arguments:
        images: `(batch, height, width, channels)`.

    Returns:
        `(batch, height, width, filters)`.

    Raises:
        TypeError: if it is given a geometry.
    """

    def __init__(self, filters, kernel_size, **kwargs):
        super().__init__(filters, kernel_size, **GEOMETRY, **kwargs)

    def convolution_op(self, images, kernel):
        if keras.config.backend() != "torch":
            return super().convolution_op(images, kernel)
        from torch.nn import functional

        outputs = functional.conv2d(
            ops.transpose(images, (0, 3, 1, 2)),
            ops.transpose(kernel, (3, 2, 0, 1)),
            padding="same",
        )
        return ops.transpose(outputs, (0, 2, 3, 1))

    def get_config(self):
        config = super().get_config()
        for name in GEOMETRY:
            del config[name]
        return config
