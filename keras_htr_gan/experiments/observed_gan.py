"""The model under the strategies of the experiment, watched step by step."""

import keras
from keras import ops

from keras_htr_gan.experiments.strategies import CLIP
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.losses import mean_of_readable
from keras_htr_gan.pairing import line_norms
from keras_htr_gan.pixels import PADDING

# Forms of the reading loss that look at a recogniser's features.
OF_FEATURES = ("features", "both")


class ObservedGAN(HTRGAN):
    """`HTRGAN` with other forms of the reading loss, watched step by step.

    Two figures more are logged: `highest_generator_loss` of an epoch's steps,
    and `silent_steps`, the share of them in which the gradient of the reading
    loss is exactly 0. Steps that are skipped, as they are not finite, are left
    out of both.

    Args:
        strategy: `Strategy`.
        bound: float, the `reading_gradient_bound` where it has one.
        (the others as for `HTRGAN`)
    """

    def __init__(self, *networks, strategy, bound, **options):
        bound = bound if strategy.bounded else None
        if strategy.reading in OF_FEATURES:
            options["guidance"] = strategy.reading
        super().__init__(*networks, reading_gradient_bound=bound, **options)
        self.strategy = strategy
        self.highest = Largest("highest_generator_loss")
        self.silent = keras.metrics.Mean("silent_steps")

    def guiding_loss(self, logits, batch):
        reading = self.strategy.reading
        if reading in ("per_character", *OF_FEATURES):
            return super().guiding_loss(logits, batch)
        image = self.restored(logits, batch)
        if reading == "view":
            image = shift_images(image, draw_shifts(batch["degraded"]))
        values = self.nats(self.recognizer(image, training=False), batch)
        if reading != "view":
            values = values * ops.cast(batch["label_lengths"], "float32")
        mean = mean_of_readable(values, self.readable(batch))
        loss = ops.minimum(mean, CLIP) if reading == "clipped" else mean
        return loss, {"CTC": values}

    def bound(self, reading_gradient, pixel_norms):
        if not self.strategy.balanced:
            return super().bound(reading_gradient, pixel_norms)
        length = line_norms(reading_gradient)
        limit = self.reading_gradient_bound * pixel_norms
        scale = ops.where(length > 0, limit / length, 0.0)
        return reading_gradient * scale[:, None, None, None], ops.sign(length)

    def record(self, figures, weights=None):
        logs = super().record(figures, weights)
        if "CTC_gradient_norm" in figures:
            silent = ops.equal(figures["CTC_gradient_norm"], 0.0)
            # The figures of a skipped step are 0 and weigh nothing: it is
            # neither silent nor not.
            self.silent.update_state(
                ops.cast(silent, "float32"),
                (weights or {}).get("CTC_gradient_norm"),
            )
            self.highest.update_state(figures["generator_loss"])
            for metric in (self.silent, self.highest):
                logs[metric.name] = metric.result()
        return logs


class Largest(keras.metrics.Metric):
    """The largest value since the epoch began; for values above 0."""

    def __init__(self, name):
        super().__init__(name=name)
        self.largest = self.add_variable((), "zeros", name="largest")

    def update_state(self, value):
        self.largest.assign(ops.maximum(self.largest, value))

    def result(self):
        return self.largest + 0.0


def draw_shifts(images):
    """Two numbers from 0 to 1 for each image, drawn from its own noise.

    The step must hold no random state, and no line is degraded alike twice.

    Args:
        images: float32 `(batch, height, width, 1)`.

    Returns:
        float32 `(2, batch)`.
    """
    total = ops.sum(images, axis=(1, 2, 3))
    return ops.stack([ops.mod(total, 1.0), ops.mod(7 * total, 1.0)])


def shift_images(images, parts):
    """Images moved down and to the right by a part of a pixel.

    Args:
        images: float32 `(batch, height, width, 1)`, padded with `PADDING`.
        parts: float32 `(2, batch)`, 0 to 1: down, and to the right.

    Returns:
        float32, of the same shape and padding.
    """
    down, right = (parts[i][:, None, None, None] for i in range(2))
    moved = ops.concatenate([images[:, :1], images[:, :-1]], axis=1)
    moved = (1 - down) * images + down * moved
    left = ops.concatenate([moved[:, :, :1], moved[:, :, :-1]], axis=2)
    moved = (1 - right) * moved + right * left
    return ops.where(ops.equal(images, PADDING), images, moved)
