"""The architecture of the independent judge: convolutions, then an LSTM."""

import keras
from keras import layers, ops

from keras_htr_gan.networks.blocks import (
    convolve,
    mask_padding,
    normalize_channels,
    pool_mask,
    split_ink,
)


def build_crnn(classes, height, frame, filters, units):
    """Convolutions with pooling, then two bidirectional LSTMs.

    It shares nothing with the recogniser that guides a training but the task:
    it sees every stroke through pooling and reads a line from both ends.

    Args:
        classes: int.
        height: int, pixels of a line.
        frame: int, columns of a frame in pixels.
        filters: sequence of int, the channels of a convolution each.
        units: int, of each LSTM in each direction.

    Returns:
        `keras.Model`, see `Recognizer`.

    Reference:
        Shi et al. 2017, "An end-to-end trainable neural network for
        image-based sequence recognition".
    """
    image = keras.Input((height, None, 1), name="recognizer_image")
    x, mask = split_ink(image, "recognizer")
    x = layers.Conv2D(
        filters[0], 5, strides=2, padding="same", name="recognizer_stem"
    )(x)
    mask = pool_mask(mask, 2, "recognizer_stem_mask")
    x = normalize_and_rectify(x, "recognizer_stem")
    rows, columns = height // 2, 2
    for i, channels in enumerate(filters[1:]):
        x = mask_padding(x, mask, f"recognizer_masked{i}")
        x = convolve(x, channels, 3, f"recognizer_convolution{i}")
        x = normalize_and_rectify(x, f"recognizer_convolution{i}")
        size = (2, 2 if columns < frame else 1)
        x = layers.MaxPooling2D(size, name=f"recognizer_pooling{i}")(x)
        mask = pool_mask(mask, size, f"recognizer_mask{i}")
        rows, columns = rows // 2, columns * size[1]
    x = layers.Permute((2, 1, 3), name="recognizer_upright")(x)
    x = layers.Reshape((-1, rows * filters[-1]), name="recognizer_frames")(x)
    there = ops.any(ops.greater(mask, 0.5), axis=(1, 3))
    for i in range(2):
        lstm = layers.LSTM(
            units, return_sequences=True, name=f"recognizer_lstm{i}"
        )
        x = layers.Bidirectional(lstm, name=f"recognizer_both_ways{i}")(
            x, mask=there
        )
    logits = layers.Dense(classes, name="recognizer_logits", dtype="float32")(x)
    return keras.Model(image, logits, name="recognizer")


def normalize_and_rectify(x, name):
    x = normalize_channels(x, f"{name}_normalization")
    return layers.ReLU(name=f"{name}_activation")(x)
