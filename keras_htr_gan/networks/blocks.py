"""Layers that the three networks share.

Every layer is named after its network, because variables are routed to their
optimizer by name. Each position is normalised over its own channels, and what
is padding is kept at zero before every convolution, as if the image ended
there: so a line is treated the same alone and padded in a batch.
"""

from keras import layers, ops

from keras_htr_gan.networks.convolution import Convolution


def normalize_channels(x, name):
    """Each position over its own channels."""
    return layers.LayerNormalization(axis=-1, epsilon=1e-5, name=name)(x)


def convolve(x, filters, kernel, name, **kwargs):
    """A convolution whose output has the size of its input."""
    return Convolution(filters, kernel, name=name, **kwargs)(x)


def split_ink(image, name):
    """Splits an image into what is on it and where it is.

    Args:
        image: float32 `(batch, height, width, 1)`, 0 = ink, 1 = paper, 2 =
            beyond the image (`PADDING`).

    Returns:
        Ink, 0 = paper and padding, 1 = ink, and the mask, 1 on the image and
        0 on padding.
    """
    # Both values are far from the kinks of the clipped ReLU, so the gradient is
    # zero, and is not calculated.
    mask = layers.Rescaling(-2.5, 4.0, name=f"{name}_extent")(image)
    mask = layers.ReLU(max_value=1.0, name=f"{name}_mask")(mask)
    mask = ops.stop_gradient(mask)
    ink = layers.Rescaling(-1.0, 1.0, name=f"{name}_ink")(image)
    return mask_padding(ink, mask, f"{name}_masked_ink"), mask


def mask_padding(x, mask, name):
    """Zero on padding."""
    return layers.Multiply(name=name)([x, mask])


def pool_mask(mask, size, name):
    """The mask of patches: 1 where any of the patch is on the image."""
    return layers.MaxPooling2D(size, name=name)(mask)


def add_residual(x, mask, name):
    """Pre-normalised residual block of two convolutions (He et al. 2016)."""
    filters = x.shape[-1]
    y = normalize_channels(x, f"{name}_normalization")
    y = mask_padding(y, mask, f"{name}_masked")
    y = convolve(y, filters, 3, f"{name}_in", activation="relu")
    y = mask_padding(y, mask, f"{name}_masked_in")
    y = convolve(y, filters, 3, f"{name}_out", kernel_initializer="zeros")
    return layers.Add(name=f"{name}_add")([x, y])
