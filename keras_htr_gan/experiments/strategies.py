"""Ways to bring the reading loss in: those that failed, ours, and ideas."""

import dataclasses

import keras
from keras import ops

from keras_htr_gan.callbacks.loss_annealing import LossAnnealingCallback
from keras_htr_gan.htr_gan import HTRGAN, line_norms
from keras_htr_gan.losses import ctc_per_character, mean_of_readable
from keras_htr_gan.pixels import PADDING

CLIP = 100.0


@dataclasses.dataclass(frozen=True)
class Strategy:
    """How strong the reading loss is, when, and in which form.

    Args:
        shape: str, of the schedule after the warm-up, see
            `keras_htr_gan.callbacks.loss_annealing.annealed_weight`.
        reading: `"per_character"`; `"per_line"`, nats of whole lines;
            `"clipped"`, the batch's mean of that, at most `CLIP`; or `"view"`,
            nats a character of the restored line as `shifted` shows it.
        bounded: bool, whether there is a `reading_gradient_bound`.
        balanced: bool. Every line's reading gradient has exactly the length
            of its bound, instead of that at most.
        guided: bool; without it the weight stays 0.
        at_plateau: bool. The schedule begins when the pixel loss no longer
            falls, see `AnnealingAtPlateau`, not after a fixed warm-up.
        about: str, for the report.
    """

    shape: str
    reading: str = "per_character"
    bounded: bool = False
    balanced: bool = False
    guided: bool = True
    at_plateau: bool = False
    about: str = ""


STRATEGIES = {
    "none": Strategy("constant", guided=False, about="no reading loss at all"),
    "on_off_clipped": Strategy(
        "on_off",
        "clipped",
        about="at once; nats a line, their mean clipped at 100",
    ),
    "ramp_clipped": Strategy(
        "linear",
        "clipped",
        about="a ramp; nats a line, their mean clipped at 100",
    ),
    "on_off": Strategy("on_off", "per_line", about="at once; nats a line"),
    "on_off_per_character": Strategy(
        "on_off", about="at once; nats a character"
    ),
    "on_off_bounded": Strategy(
        "on_off", bounded=True, about="at once; nats a character, bounded"
    ),
    "annealed": Strategy(
        "linear", bounded=True, about="a ramp; nats a character, bounded"
    ),
    "annealed_unbounded": Strategy("linear", about="a ramp; nats a character"),
}
# They are compared by their whole curves, over the target weight.
SWEPT = ("annealed", "on_off_bounded")
# Tried, and not trained unless they are asked for.
IDEAS = {
    "annealed_balanced": Strategy(
        "linear",
        bounded=True,
        balanced=True,
        about="as `annealed`; the weight of each line set so that its reading "
        "gradient is as long as the bound",
    ),
    "annealed_at_plateau": Strategy(
        "linear",
        bounded=True,
        at_plateau=True,
        about="as `annealed`; the ramp begins when the validation pixel loss "
        "has not fallen by 1 % in three epochs, or ten epochs late",
    ),
    "annealed_view": Strategy(
        "linear",
        "view",
        bounded=True,
        about="as `annealed`; reads the restored line shifted by a part of a "
        "pixel, and so blurred, another part for each line and step",
    ),
}
ALL = STRATEGIES | IDEAS


class AnnealingAtPlateau(LossAnnealingCallback):
    """Begins the ramp when a figure no longer falls.

    It does so once the figure has not come below its best by `LEAST_GAIN` for
    `PATIENCE` epochs; after `warmup_epochs` at the earliest, and `ramp_epochs`
    later at the latest.

    Args:
        earlier: sequence of float, the figure in the epochs that are over.
        monitor: str, the name of the figure.
        (the others as for `LossAnnealingCallback`)
    """

    PATIENCE, LEAST_GAIN = 3, 0.01

    def __init__(self, *args, earlier=(), monitor="val_pixel_loss", **options):
        super().__init__(*args, **options)
        self.monitor = monitor
        self.values = list(earlier)
        self.begins_after = None

    def weight(self, epoch):
        if self.begins_after is None:
            return 0.0
        return super().weight(epoch - self.begins_after + self.warmup_epochs)

    def on_epoch_begin(self, epoch, logs=None):
        late = epoch >= self.warmup_epochs + self.ramp_epochs
        if self.begins_after is None and epoch >= self.warmup_epochs:
            if late or self.stalled():
                self.begins_after = epoch
        super().on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self.values.append(logs[self.monitor])

    def stalled(self):
        before = self.values[: -self.PATIENCE]
        recent = self.values[-self.PATIENCE :]
        return bool(before) and (
            min(recent) > min(before) * (1 - self.LEAST_GAIN)
        )


class Largest(keras.metrics.Metric):
    """The largest value since the epoch began; for values above 0."""

    def __init__(self, name):
        super().__init__(name=name)
        self.largest = self.add_variable((), "zeros", name="largest")

    def update_state(self, value):
        self.largest.assign(ops.maximum(self.largest, value))

    def result(self):
        return self.largest + 0.0


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
        super().__init__(*networks, reading_gradient_bound=bound, **options)
        self.strategy = strategy
        self.highest = Largest("highest_generator_loss")
        self.silent = keras.metrics.Mean("silent_steps")

    def guiding_loss(self, logits, batch):
        reading = self.strategy.reading
        if reading == "per_character":
            return self.reading_loss(logits, batch)
        image = self.restored(logits, batch)
        if reading == "view":
            image = shifted(image, parts_of_a_pixel(batch["degraded"]))
        values = ctc_per_character(
            batch["labels"],
            batch["label_lengths"],
            self.recognizer(image, training=False),
            self.recognizer.frame_lengths(batch["widths"]),
            xla=self.jit_compile,
        )
        if reading != "view":
            values = values * ops.cast(batch["label_lengths"], "float32")
        mean = mean_of_readable(values, self.readable(batch))
        return ops.minimum(mean, CLIP) if reading == "clipped" else mean

    def bound(self, reading_gradient, pixel_gradient):
        if not self.strategy.balanced:
            return super().bound(reading_gradient, pixel_gradient)
        length = line_norms(reading_gradient)
        limit = self.reading_gradient_bound * line_norms(pixel_gradient)
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


def parts_of_a_pixel(images):
    """Two numbers from 0 to 1 for each image, drawn from its own noise.

    The step must hold no random state, and no line is degraded alike twice.

    Args:
        images: float32 `(batch, height, width, 1)`.

    Returns:
        float32 `(2, batch)`.
    """
    total = ops.sum(images, axis=(1, 2, 3))
    return ops.stack([ops.mod(total, 1.0), ops.mod(7 * total, 1.0)])


def shifted(images, parts):
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
