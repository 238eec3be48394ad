"""The generator: a degraded line in, the logits of the restored line out."""

import keras
from keras import layers

from keras_htr_gan.networks.blocks import (
    convolution,
    ink_and_mask,
    masked,
    normalization,
    patches,
    pooled,
    residual,
)

SIZES = {
    "tiny": {"height": 32, "filters": 64, "blocks": 4},
    "small": {"height": 64, "filters": 96, "blocks": 8},
    "base": {"height": 128, "filters": 64, "depth": 4},
}
PAPER_LOGIT = 2.0


def build_generator(size="tiny"):
    """Builds the generator of a named size.

    Args:
        size: `"tiny"` (32-pixel lines; CPUs, demonstrations), `"small"`
            (64-pixel lines; real documents on a CPU or one GPU) or `"base"`
            (128-pixel lines; GPUs).

    Returns:
        `keras.Model` from float32 `(batch, height, width, 1)`, 0 = ink,
        1 = paper, 2 = padding, to logits of the same shape; the restored
        image is their sigmoid. Height and width are free multiples of 4
        (`tiny`, `small`) or 16 (`base`).

    Raises:
        ValueError: if there is no such size.
    """
    if size not in SIZES:
        raise ValueError(
            f"no generator size {size!r}; choose from {', '.join(SIZES)}"
        )
    config = SIZES[size]
    if "depth" in config:
        return unet_generator(config["filters"], config["depth"])
    return patch_generator(config["filters"], config["blocks"])


def patch_generator(filters, blocks):
    """A residual network on 4x4 patches with a light full-resolution skip.

    Nearly all the work is done on a sixteenth of the positions, which makes
    it an order of magnitude faster on a CPU than a U-Net; the skip brings
    back the detail that the patches blur.
    """
    image = keras.Input((None, None, 1), name="generator_degraded")
    ink, mask = ink_and_mask(image, "generator")
    x = patches(filters, 4, "generator_stem")(ink)
    patch_mask = pooled(mask, 4, "generator_patch_mask")
    for i in range(blocks):
        x = residual(x, patch_mask, f"generator_block{i}")
    x = normalization("generator_normalization")(x)
    x = layers.Conv2DTranspose(
        8, 4, strides=4, padding="valid", name="generator_upsampling"
    )(x)
    detail = convolution(8, 3, "generator_skip")(ink)
    x = layers.Concatenate(name="generator_merge")([x, detail])
    x = layers.ReLU(name="generator_activation")(x)
    return keras.Model(image, logits_head(x, mask), name="generator")


def unet_generator(filters, depth):
    """A U-Net (Ronneberger et al. 2015), doubling its filters on the way."""
    image = keras.Input((None, None, 1), name="generator_degraded")
    ink, mask = ink_and_mask(image, "generator")
    x = convolution(filters, 3, "generator_stem")(ink)
    skips, masks = [], [mask]
    for i in range(depth):
        x = residual(x, masks[i], f"generator_down{i}")
        skips.append(x)
        width = min(filters * 2 ** (i + 1), 512)
        x = masked(x, masks[i], f"generator_masked_down{i}")
        x = patches(width, 2, f"generator_downsampling{i}")(x)
        masks.append(pooled(masks[i], 2, f"generator_mask{i}"))
    x = residual(x, masks[depth], "generator_bottom")
    for i in reversed(range(depth)):
        x = layers.Conv2DTranspose(
            skips[i].shape[-1],
            2,
            strides=2,
            padding="valid",
            name=f"generator_upsampling{i}",
        )(x)
        x = layers.Concatenate(name=f"generator_merge{i}")([x, skips[i]])
        x = convolution(skips[i].shape[-1], 1, f"generator_mix{i}")(x)
        x = residual(x, masks[i], f"generator_up{i}")
    x = normalization("generator_normalization")(x)
    return keras.Model(image, logits_head(x, mask), name="generator")


def logits_head(x, mask):
    x = masked(x, mask, "generator_masked")
    # A page is mostly paper: starting there saves the first epochs.
    return convolution(
        1,
        3,
        "generator_logits",
        bias_initializer=keras.initializers.Constant(PAPER_LOGIT),
        dtype="float32",
    )(x)
