"""The discriminator: does each patch look like clean ink on paper?"""

import keras
from keras import layers

from keras_htr_gan.networks.blocks import (
    convolve,
    mask_padding,
    normalize_channels,
    pool_mask,
    split_ink,
)
from keras_htr_gan.networks.patches import Patches
from keras_htr_gan.sizes import size_named


def activate(x, name):
    # Not LeakyReLU: blank paper stands at its kink, where the backends differ
    # in its gradient.
    return layers.Activation("elu", name=name)(x)


def build_discriminator(size="tiny"):
    """Builds the patch discriminator (PatchGAN, Isola et al. 2017).

    Args:
        size: `"tiny"`, `"small"` or `"base"`.

    Returns:
        `keras.Model` from float32 `(batch, height, width, 1)`, 0 = ink,
        1 = paper, 2 = padding, to logits `(batch, height / 16, width / 16,
        1)`, positive where the patch looks clean.

    Raises:
        ValueError: if there is no such size.
    """
    filters = size_named(size, "discriminator").discriminator["filters"]
    image = keras.Input((None, None, 1), name="discriminator_image")
    x, mask = split_ink(image, "discriminator")
    x = Patches(filters, 4, name="discriminator_stem")(x)
    mask = pool_mask(mask, 4, "discriminator_stem_mask")
    for i in range(2):
        x = activate(x, f"discriminator_activation{i}")
        x = mask_padding(x, mask, f"discriminator_masked{i}")
        x = convolve(x, filters, 3, f"discriminator_block{i}")
        x = normalize_channels(x, f"discriminator_normalization{i}")
        x = activate(x, f"discriminator_rectified{i}")
        x = mask_padding(x, mask, f"discriminator_masked_rectified{i}")
        filters *= 2
        x = Patches(filters, 2, name=f"discriminator_downsampling{i}")(x)
        mask = pool_mask(mask, 2, f"discriminator_mask{i}")
    x = activate(x, "discriminator_activation")
    x = mask_padding(x, mask, "discriminator_masked_activation")
    x = convolve(x, filters, 3, "discriminator_mix")
    x = activate(x, "discriminator_last_activation")
    judgement = convolve(x, 1, 1, "discriminator_judgement", dtype="float32")
    return keras.Model(image, judgement, name="discriminator")
