"""What an adaptive threshold looks at, as further channels of a generator."""

import keras
import numpy as np
from keras import layers, ops

from keras_htr_gan.networks.blocks import mask_padding

WINDOW = 8


def see_contrast(ink, mask, around=3):
    """What an adaptive threshold looks at, beside the ink itself.

    Args:
        ink: `(batch, height, width, 1)`, 0 = paper and padding, 1 = ink; both
            sides are multiples of 8.
        mask: the same shape, 0 on padding, else 1.
        around: int, odd, the side of what is around a pixel, in windows of
            `WINDOW` pixels.

    Returns:
        `(batch, height, width, 4)`: the ink, how much darker it is than the
        mean of what is around it, the mean of that, and how many times that
        it is darker, which is as large for faint ink as for dark, see
        `Relative`.

    Reference:
        Sauvola and Pietikainen 2000; Li et al. 2021, "SauvolaNet".
    """
    # Where there is padding alone, the share must not be 0 to divide by.
    beyond = layers.Rescaling(-1.0, 1.0, name="generator_beyond")(mask)
    share = layers.Add(name="generator_share")(
        [smooth(mask, around, "generator_own"), beyond]
    )

    def mean(x, name):
        return ops.divide(smooth(x, around, name), share)

    contrast = layers.Subtract(name="generator_contrast")(
        [ink, mean(ink, "generator_mean")]
    )
    contrast = mask_padding(contrast, mask, "generator_masked_contrast")
    darker = layers.ReLU(name="generator_darker")(contrast)
    deviation = mask_padding(
        mean(darker, "generator_deviation"), mask, "generator_masked_deviation"
    )
    relative = Relative(name="generator_relative")([contrast, deviation])
    return layers.Concatenate(name="generator_seen")(
        [ink, contrast, deviation, relative]
    )


@keras.saving.register_keras_serializable("keras_htr_gan")
class Relative(layers.Layer):
    """A contrast over `TIMES` the deviation around it and a little, `LEAST`,
    below which it is noise; clipped to `ENDS`.

    Call arguments:
        both: list of the contrast and the deviation, of one shape.
    """

    TIMES, LEAST, ENDS = 4.0, 0.04, (-1.0, 2.0)

    def call(self, both):
        contrast, deviation = both
        ratio = contrast / (self.TIMES * deviation + self.LEAST)
        return ops.clip(ratio, *self.ENDS)

    def compute_output_shape(self, shapes):
        return shapes[0]


def smooth(x, around, name):
    """Means of the surroundings of each window, as large as the image."""
    x = layers.AveragePooling2D(WINDOW, name=f"{name}_windows")(x)
    x = layers.AveragePooling2D(
        around, strides=1, padding="same", name=f"{name}_around"
    )(x)
    return layers.UpSampling2D(WINDOW, name=f"{name}_again")(x)


def sees_contrast(generator):
    """Whether a generator has the channels of `see_contrast`: bool."""
    return any(layer.name == "generator_seen" for layer in generator.layers)


def widen(generator, wider):
    """Gives a generator that sees contrast the weights of one that does not.

    What the further channels add to is 0 until it has learnt from them: both
    give the same.

    Args:
        generator, wider: `keras.Model`, see `build_generator`, of one size.
    """
    for old, new in zip(generator.weights, wider.weights, strict=True):
        added = np.subtract(new.shape, old.shape)
        new.assign(np.pad(ops.convert_to_numpy(old), [(0, n) for n in added]))
