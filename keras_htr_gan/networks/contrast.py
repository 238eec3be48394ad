"""What an adaptive threshold looks at, as further channels of a generator."""

import numpy as np
from keras import layers, ops

from keras_htr_gan.networks.blocks import mask_padding

WINDOW, AROUND = 8, 3


def see_contrast(ink, mask):
    """What an adaptive threshold looks at, beside the ink itself.

    Args:
        ink: `(batch, height, width, 1)`, 0 = paper and padding, 1 = ink; both
            sides are multiples of 8.
        mask: the same shape, 0 on padding, else 1.

    Returns:
        `(batch, height, width, 3)`: the ink, how much darker it is than the
        mean of the 24 x 24 pixels or so around it, and the mean of that.

    Reference:
        Sauvola and Pietikainen 2000; Li et al. 2021, "SauvolaNet".
    """
    # Where there is padding alone, the share must not be 0 to divide by.
    beyond = layers.Rescaling(-1.0, 1.0, name="generator_beyond")(mask)
    share = layers.Add(name="generator_share")(
        [smooth(mask, "generator_own"), beyond]
    )

    def mean(x, name):
        return ops.divide(smooth(x, name), share)

    contrast = layers.Subtract(name="generator_contrast")(
        [ink, mean(ink, "generator_mean")]
    )
    contrast = mask_padding(contrast, mask, "generator_masked_contrast")
    darker = layers.ReLU(name="generator_darker")(contrast)
    deviation = mask_padding(
        mean(darker, "generator_deviation"), mask, "generator_masked_deviation"
    )
    return layers.Concatenate(name="generator_seen")([ink, contrast, deviation])


def smooth(x, name):
    """Means of the surroundings of each window, as large as the image."""
    x = layers.AveragePooling2D(WINDOW, name=f"{name}_windows")(x)
    x = layers.AveragePooling2D(
        AROUND, strides=1, padding="same", name=f"{name}_around"
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
