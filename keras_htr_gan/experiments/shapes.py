"""Shapes of generators, to be compared by what they cost and bring."""

import dataclasses

from keras import layers, ops

from keras_htr_gan.networks.blocks import mask_padding
from keras_htr_gan.networks.generator import build_patch_generator

WINDOW, AROUND = 8, 3


@dataclasses.dataclass(frozen=True)
class Shape:
    """A generator to train.

    Args:
        about: str, for the report.
        filters, blocks, patch: see `build_patch_generator`.
        context_rows: int, see `HTRGAN`.
        contrast: bool, whether it sees the contrast of each pixel with what
            is around it, too, see `see_contrast`.
    """

    about: str
    filters: tuple[int, ...] = (64,)
    blocks: tuple[int, ...] = (4,)
    patch: int = 4
    context_rows: int = 0
    contrast: bool = False

    def build(self):
        """The generator, `keras.Model`."""
        see = see_contrast if self.contrast else None
        return build_patch_generator(self.filters, self.blocks, self.patch, see)


SHAPES = {
    "tiny": Shape("as `tiny` is"),
    "context": Shape(
        "the same, with 8 rows above and below a line", context_rows=8
    ),
    "contrast": Shape(
        "the same, and it sees the contrast of each pixel with the mean "
        "around it, and how large such contrasts are there",
        contrast=True,
    ),
    "fine": Shape(
        "patches of 2 pixels before those of 4, for hairlines",
        (24, 64),
        (1, 3),
        2,
    ),
    "scales": Shape("two scales, as `small` has", (48, 96), (2, 3)),
    "wide": Shape("wider and shallower", (88,), (2,)),
    "deep": Shape("narrower and deeper", (48,), (7,)),
    "light": Shape("half as wide", (32,), (4,)),
}


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
