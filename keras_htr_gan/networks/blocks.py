"""Layers that the three networks share.

Every layer is named after its network, because variables are routed to their
optimizer by name. Nothing here looks further than its receptive field: each
position is normalised over its own channels, so a line is treated the same
alone, padded, in a batch or in a tile.
"""

from keras import layers


def normalization(name):
    return layers.LayerNormalization(axis=-1, epsilon=1e-5, name=name)


def convolution(filters, kernel, name, **kwargs):
    return layers.Conv2D(filters, kernel, padding="same", name=name, **kwargs)


def patches(filters, size, name):
    """A strided convolution whose kernel is its stride: no overlap."""
    return layers.Conv2D(
        filters, size, strides=size, padding="valid", name=name
    )


def residual(x, name, kernel=3):
    """Pre-normalised residual block of two convolutions (He et al. 2016)."""
    filters = x.shape[-1]
    y = normalization(f"{name}_normalization")(x)
    y = convolution(filters, kernel, f"{name}_in", activation="relu")(y)
    y = convolution(filters, kernel, f"{name}_out", kernel_initializer="zeros")(
        y
    )
    return layers.Add(name=f"{name}_add")([x, y])
