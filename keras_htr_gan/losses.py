"""What the critics measure, each once, for every backend.

Images are float32 `(batch, height, width, 1)`, 0 = ink, 1 = paper. A line may
be narrower than its batch: `widths` gives its own width in pixels, and what
lies to the right of it is padding that no loss sees.
"""

import keras
from keras import ops

BLANK = 0


def line_mask(widths, width):
    """1 on a line's own columns, 0 on its padding.

    Args:
        widths: int32 `(batch,)`, the lines' own widths.
        width: int, the width of the batch, in the same units.

    Returns:
        float32 `(batch, 1, width, 1)`.
    """
    columns = ops.arange(width, dtype="int32")
    inside = ops.less(columns[None, :], ops.cast(widths, "int32")[:, None])
    return ops.cast(inside, "float32")[:, None, :, None]


def masked_line_mean(values, mask):
    """Mean of each line over its own columns: float32 `(batch,)`.

    Args:
        values: float32 `(batch, height, width, 1)`.
        mask: float32 `(batch, 1, width, 1)`, see `line_mask`.
    """
    height = ops.cast(ops.shape(values)[1], "float32")
    total = ops.sum(values * mask, axis=(1, 2, 3))
    return total / (height * ops.maximum(ops.sum(mask, axis=(1, 2, 3)), 1.0))


def pixel_loss(clean, logits, mask):
    """Binary cross-entropy of the restored image's logits, in nats per pixel.

    Mean absolute error is not used: against mostly white targets its optimum
    is a blank page.

    Args:
        clean: float32 `(batch, height, width, 1)`, 0 to 1, the target.
        logits: float32, same shape, the restored image before its sigmoid.
        mask: float32 `(batch, 1, width, 1)`.

    Returns:
        float32 `(batch,)`, the mean of each line.
    """
    nats = ops.binary_crossentropy(
        clean, ops.cast(logits, "float32"), from_logits=True
    )
    return masked_line_mean(nats, mask)


def judgement_loss(judgement, target, mask):
    """Binary cross-entropy of a patch discriminator's logits.

    Args:
        judgement: float32 `(batch, rows, columns, 1)`, a logit a patch,
            positive for "clean".
        target: float, 1 for clean, 0 for restored; 0.9 for clean under
            one-sided label smoothing (Salimans et al. 2016).
        mask: float32 `(batch, 1, columns, 1)`.

    Returns:
        float32 `(batch,)`, the mean of each line's patches.
    """
    judgement = ops.cast(judgement, "float32")
    nats = ops.binary_crossentropy(
        ops.full_like(judgement, target), judgement, from_logits=True
    )
    return masked_line_mean(nats, mask)


def readable(labels, label_lengths, frame_lengths):
    """Which lines CTC can align at all.

    A label needs a frame a character and one more, a blank, between equal
    neighbours. What cannot be aligned has a loss of infinity on torch, 1e5
    on JAX and some hundreds on TensorFlow, hence no meaning; so has an empty
    label.

    Args:
        labels: int32 `(batch, longest)`, padded with anything.
        label_lengths: int32 `(batch,)`.
        frame_lengths: int32 `(batch,)`, the recogniser's frames a line.

    Returns:
        bool `(batch,)`.
    """
    # torch does not calculate with arrays of NumPy.
    labels, label_lengths, frame_lengths = (
        ops.convert_to_tensor(x, "int32")
        for x in (labels, label_lengths, frame_lengths)
    )
    positions = ops.arange(ops.shape(labels)[1] - 1, dtype="int32")
    inside = ops.less(positions[None, :] + 1, label_lengths[:, None])
    repeated = ops.logical_and(ops.equal(labels[:, 1:], labels[:, :-1]), inside)
    repeats = ops.sum(ops.cast(repeated, "int32"), axis=1)
    return ops.logical_and(
        ops.greater(label_lengths, 0),
        ops.less_equal(label_lengths + repeats, frame_lengths),
    )


def ctc_per_character(labels, label_lengths, logits, frame_lengths, xla=False):
    """CTC loss of each line divided by its label's length.

    Args:
        labels: int32 `(batch, longest)`; 0 is the blank.
        label_lengths: int32 `(batch,)`.
        logits: `(batch, frames, classes)`, of any float type; the loss is
            always taken in float32.
        frame_lengths: int32 `(batch,)`.
        xla: bool, see `ctc_loss`.

    Returns:
        float32 `(batch,)`, nats per character, 0 where the label cannot be
        aligned (see `readable`), and never clipped.

    Reference:
        Graves et al. 2006, "Connectionist Temporal Classification".
    """
    mask = readable(labels, label_lengths, frame_lengths)
    # An unreadable line takes part with a label that can be aligned, so that
    # nothing infinite is ever multiplied by its zero.
    lengths = ops.where(mask, label_lengths, ops.ones_like(label_lengths))
    lengths = ops.cast(lengths, "int32")
    stand_in = ops.ones_like(labels)
    labels = ops.where(mask[:, None], labels, stand_in)
    nats = ctc_loss(
        ops.cast(labels, "int32"),
        lengths,
        ops.cast(logits, "float32"),
        ops.cast(frame_lengths, "int32"),
        xla,
    )
    per_character = nats / ops.cast(lengths, "float32")
    return ops.where(mask, per_character, ops.zeros_like(per_character))


def mean_of_readable(values, mask):
    """Mean of `values` `(batch,)` over the lines where `mask` is true."""
    count = ops.sum(ops.cast(mask, "float32"))
    return ops.sum(values) / ops.maximum(count, 1.0)


def ctc_loss(labels, label_lengths, logits, frame_lengths, xla=False):
    """CTC loss of each line, by the backend's fastest kernel.

    `keras.ops.ctc_loss` runs everywhere. On a TensorFlow CPU without XLA it
    loops over the frames in the graph; TensorFlow's native kernel, which takes
    sparse labels, gives the same values some twenty times faster.

    Args:
        labels: int32 `(batch, longest)`; 0 is the blank.
        label_lengths: int32 `(batch,)`, at least 1.
        logits: float32 `(batch, frames, classes)`.
        frame_lengths: int32 `(batch,)`.
        xla: bool, whether the graph will be compiled by XLA, which has no
            sparse tensors.

    Returns:
        float32 `(batch,)`, nats a line.
    """
    if keras.config.backend() == "tensorflow" and not xla:
        return native_ctc_loss(labels, label_lengths, logits, frame_lengths)
    return ops.ctc_loss(
        labels, logits, label_lengths, frame_lengths, mask_index=BLANK
    )


def native_ctc_loss(labels, label_lengths, logits, frame_lengths):
    """TensorFlow's CPU kernel where it can, its graph where it cannot.

    The kernel works on probabilities, which underflow to an infinite loss
    where a label is hopeless (below e^-100 or so in a frame).
    """
    import tensorflow as tf

    sparse = tf.RaggedTensor.from_tensor(labels, label_lengths).to_sparse()
    nats = tf.nn.ctc_loss(
        sparse,
        logits,
        None,
        frame_lengths,
        logits_time_major=False,
        blank_index=BLANK,
    )
    return tf.cond(
        tf.reduce_all(tf.math.is_finite(nats)),
        lambda: nats,
        lambda: ops.ctc_loss(
            labels, logits, label_lengths, frame_lengths, mask_index=BLANK
        ),
    )
