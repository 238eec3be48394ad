"""The generator: a degraded line in, the logits of the restored line out."""

import keras
from keras import layers

from keras_htr_gan.networks.blocks import (
    add_residual,
    convolve,
    mask_padding,
    normalize_channels,
    pool_mask,
    split_ink,
)
from keras_htr_gan.networks.contrast import see_contrast
from keras_htr_gan.networks.patches import FromPatches, Patches
from keras_htr_gan.sizes import size_named

PAPER_LOGIT = 2.0


def build_generator(size="tiny", contrast=False):
    """Builds the generator of a named size.

    Args:
        size: `"tiny"` (32-pixel lines; CPUs, demonstrations), `"small"`
            (64-pixel lines; real documents on a CPU or one GPU) or `"base"`
            (128-pixel lines; GPUs).
        contrast: bool, whether it sees by how much each pixel is darker than
            what is around it, too, see `see_contrast`.

    Returns:
        `keras.Model` from float32 `(batch, height, width, 1)`, 0 = ink,
        1 = paper, 2 = padding, to logits of the same shape; the restored
        image is their sigmoid. Height and width are free multiples of 8
        (4 for `tiny` without contrast).

    Raises:
        ValueError: if there is no such size.
    """
    size = size_named(size, "generator")
    around = 2 * (size.height // 32) + 1 if contrast else 0
    return build_patch_generator(**size.generator, contrast=around)


def build_patch_generator(filters, blocks, patch=4, contrast=0):
    """A residual U-Net on patches with a light full-resolution skip.

    Nearly all the work is done on a sixteenth of the positions, or fewer,
    which makes it an order of magnitude faster on a CPU than a U-Net on
    pixels; the skip brings back the detail that the patches blur.

    Args:
        filters: tuple of int, the channels of each scale, the finest first;
            the next has half as many rows and columns.
        blocks: tuple of int, residual blocks of each scale: of the coarsest
            in all, of the others on the way down and again on the way up.
        patch: int, rows and columns of a patch in pixels.
        contrast: int, what is `around` for `see_contrast`; 0 for the ink alone.

    Reference:
        Ronneberger et al. 2015 (U-Net).
    """
    image = keras.Input((None, None, 1), name="generator_degraded")
    ink, mask = split_ink(image, "generator")
    if contrast:
        ink = see_contrast(ink, mask, contrast)
    x = Patches(filters[0], patch, name="generator_stem")(ink)
    patch_mask = pool_mask(mask, patch, "generator_patch_mask")
    x = work_at_scale(x, patch_mask, filters, blocks, "generator")
    x = normalize_channels(x, "generator_normalization")
    x = FromPatches(8, patch, name="generator_upsampling")(x)
    detail = convolve(ink, 8, 3, "generator_skip")
    x = layers.Concatenate(name="generator_merge")([x, detail])
    x = layers.ReLU(name="generator_activation")(x)
    return keras.Model(image, add_logits(x, mask), name="generator")


def work_at_scale(x, mask, filters, blocks, name):
    """The work at one scale, and at those below it."""
    if len(filters) == 1:
        for i in range(blocks[0]):
            x = add_residual(x, mask, f"{name}_block{i}")
        return x
    for i in range(blocks[0]):
        x = add_residual(x, mask, f"{name}_down{i}")
    below = mask_padding(x, mask, f"{name}_masked_down")
    below = Patches(filters[1], 2, name=f"{name}_downsampling")(below)
    mask_below = pool_mask(mask, 2, f"{name}_mask_below")
    below = work_at_scale(
        below, mask_below, filters[1:], blocks[1:], f"{name}_below"
    )
    below = FromPatches(filters[0], 2, name=f"{name}_rejoining")(below)
    x = layers.Add(name=f"{name}_rejoined")([x, below])
    for i in range(blocks[0]):
        x = add_residual(x, mask, f"{name}_up{i}")
    return x


def add_logits(x, mask):
    x = mask_padding(x, mask, "generator_masked")
    # A page is mostly paper: starting there saves the first epochs.
    return convolve(
        x,
        1,
        3,
        "generator_logits",
        bias_initializer=keras.initializers.Constant(PAPER_LOGIT),
        dtype="float32",
    )
