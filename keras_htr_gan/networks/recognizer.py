"""The recogniser (HTR): reads a line, trained with CTC."""

import keras
from keras import layers, ops

from keras_htr_gan.charset import Charset
from keras_htr_gan.ctc import BLANK
from keras_htr_gan.losses import (
    ctc_per_character,
    mean_of_readable,
    readable,
)
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
    "tiny": {"height": 32, "filters": 64, "blocks": 3},
    "small": {"height": 64, "filters": 96, "blocks": 2},
    "base": {"height": 128, "filters": 128, "blocks": 3},
}


@keras.saving.register_keras_serializable("keras_htr_gan")
class Recognizer(keras.Model):
    """A convolutional line reader with a CTC output.

    Args:
        charset: str or list of str, its characters (see `Charset`).
        size: `"tiny"` (32 pixels high), `"small"` (64) or `"base"` (128).

    Call arguments:
        images: float32 `(batch, height, width, 1)`, 0 = ink, 1 = paper,
            2 = padding; the height is the size's own, the width any multiple
            of 8.

    Returns:
        float32 logits `(batch, frames, classes)`, class 0 the CTC blank; a
        frame stands for `frame_width` pixels.

    Reference:
        Graves et al. 2006 (CTC); a recogniser without recurrence as in
        Coquenet et al. 2020, "Recurrence-free unconstrained handwritten
        text recognition using gated fully convolutional network".
    """

    def __init__(self, charset, size="tiny", **kwargs):
        super().__init__(**kwargs)
        if size not in SIZES:
            raise ValueError(
                f"no recogniser size {size!r}; choose from {', '.join(SIZES)}"
            )
        self.charset = Charset(charset)
        self.size = size
        self.height = SIZES[size]["height"]
        self.frame_width = 4 if self.height == 32 else 8
        self.network = build_network(
            self.charset.classes, self.frame_width, **SIZES[size]
        )
        self.built = True

    def call(self, images, training=False):
        return self.network(images, training=training)

    def frame_lengths(self, widths):
        """Frames of lines of the given widths in pixels, int32."""
        frames = ops.floor_divide(
            ops.cast(widths, "int32") + self.frame_width - 1, self.frame_width
        )
        return ops.cast(frames, "int32")

    def decode(self, logits, widths):
        """Greedy CTC decoding in the graph.

        Args:
            logits: float32 `(batch, frames, classes)`.
            widths: int32 `(batch,)`, the lines' own widths in pixels.

        Returns:
            int32 labels `(batch, frames)`, padded with -1;
            `charset.decode` turns a row into text.
        """
        decoded, _ = ops.ctc_decode(
            logits,
            self.frame_lengths(widths),
            strategy="greedy",
            mask_index=BLANK,
        )
        return ops.cast(decoded[0], "int32")

    def compute_loss(
        self,
        x=None,
        y=None,
        y_pred=None,
        sample_weight=None,
        training=True,
    ):
        """CTC in nats per character over the lines that can be aligned."""
        frames = self.frame_lengths(y["widths"])
        values = ctc_per_character(
            y["labels"],
            y["label_lengths"],
            y_pred,
            frames,
            xla=self.jit_compile,
        )
        mask = readable(y["labels"], y["label_lengths"], frames)
        return mean_of_readable(values, mask)

    def get_config(self):
        return {
            **super().get_config(),
            "charset": list(self.charset.characters),
            "size": self.size,
        }


def build_network(classes, frame_width, height, filters, blocks):
    """Narrow to frames, fold the height into channels, look along the line."""
    image = keras.Input((height, None, 1), name="recognizer_image")
    x, mask = ink_and_mask(image, "recognizer")
    x = patches(filters // 2, 2, "recognizer_stem")(x)
    mask = pooled(mask, 2, "recognizer_mask2")
    x = layers.ReLU(name="recognizer_stem_activation")(x)
    x = masked(x, mask, "recognizer_masked_stem")
    x = convolution(filters // 2, 3, "recognizer_strokes", activation="relu")(x)
    rows, columns = height // 2, 2
    while columns < frame_width:
        x = masked(x, mask, f"recognizer_masked{columns}")
        x = patches(filters, 2, f"recognizer_downsampling{columns}")(x)
        rows, columns = rows // 2, columns * 2
        mask = pooled(mask, 2, f"recognizer_mask{columns}")
        if columns < frame_width:
            x = residual(x, mask, f"recognizer_residual{columns}")
    for i in range(blocks):
        x = residual(x, mask, f"recognizer_block{i}")
    x = normalization("recognizer_normalization")(x)
    mask = pooled(mask, (rows, 1), "recognizer_frame_mask")
    x = layers.Conv2D(
        4 * filters, (rows, 1), padding="valid", name="recognizer_fold"
    )(x)
    for i in range(2):
        x = context(x, mask, f"recognizer_context{i}")
    x = normalization("recognizer_last_normalization")(x)
    x = layers.Conv2D(classes, 1, name="recognizer_logits", dtype="float32")(x)
    logits = layers.Reshape((-1, classes), name="recognizer_frames")(x)
    return keras.Model(image, logits, name="recognizer")


def context(x, mask, name):
    """A residual bottleneck that looks at the neighbouring frames."""
    filters = x.shape[-1]
    y = normalization(f"{name}_normalization")(x)
    y = masked(y, mask, f"{name}_masked")
    y = convolution(filters // 2, (1, 5), f"{name}_in", activation="relu")(y)
    y = layers.Conv2D(
        filters, 1, kernel_initializer="zeros", name=f"{name}_out"
    )(y)
    return layers.Add(name=f"{name}_add")([x, y])
