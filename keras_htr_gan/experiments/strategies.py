"""Ways to bring the reading loss in: those that failed, and annealing."""

import dataclasses

import keras
from keras import ops

from keras_htr_gan.htr_gan import HTRGAN, READING_GRADIENT_BOUND
from keras_htr_gan.losses import ctc_per_character, mean_of_readable

CLIP = 100.0


@dataclasses.dataclass(frozen=True)
class Strategy:
    """How strong the reading loss is, when, and in which form.

    Args:
        shape: str, of the schedule after the warm-up, see
            `callbacks.loss_annealing.annealed_weight`.
        reading: `"per_character"`; `"per_line"`, nats of whole lines; or
            `"clipped"`, the batch's mean of that, at most `CLIP`.
        bound: float or `None`, see `HTRGAN`'s `reading_gradient_bound`.
        guided: bool; without it the weight stays 0.
        about: str, for the report.
    """

    shape: str
    reading: str = "per_character"
    bound: float | None = None
    guided: bool = True
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
        "on_off",
        bound=READING_GRADIENT_BOUND,
        about="at once; nats a character, bounded",
    ),
    "annealed": Strategy(
        "linear",
        bound=READING_GRADIENT_BOUND,
        about="a ramp; nats a character, bounded",
    ),
    "annealed_unbounded": Strategy("linear", about="a ramp; nats a character"),
}
# They are compared by their whole curves, over the target weight.
SWEPT = ("annealed", "on_off_bounded")


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
    loss is exactly 0.

    Args:
        reading: see `Strategy`.
        (the others as for `HTRGAN`)
    """

    def __init__(self, *networks, reading="per_character", **options):
        super().__init__(*networks, **options)
        self.reading = reading
        self.highest = Largest("highest_generator_loss")
        self.silent = keras.metrics.Mean("silent_steps")

    def guiding_loss(self, logits, batch):
        if self.reading == "per_character":
            return self.reading_loss(logits, batch)
        mean = self.nats_per_line(logits, batch)
        return ops.minimum(mean, CLIP) if self.reading == "clipped" else mean

    def nats_per_line(self, logits, batch):
        """CTC of whole lines: the mean over those that can be aligned."""
        frames = self.recognizer.frame_lengths(batch["widths"])
        values = ctc_per_character(
            batch["labels"],
            batch["label_lengths"],
            self.recognizer(self.restored(logits, batch), training=False),
            frames,
            xla=self.jit_compile,
        )
        lengths = ops.cast(batch["label_lengths"], "float32")
        return mean_of_readable(values * lengths, self.readable(batch))

    def record(self, figures, lines=None):
        logs = super().record(figures, lines)
        if "CTC_gradient_norm" in figures:
            silent = ops.equal(figures["CTC_gradient_norm"], 0.0)
            self.silent.update_state(ops.cast(silent, "float32"))
            self.highest.update_state(figures["generator_loss"])
            for metric in (self.silent, self.highest):
                logs[metric.name] = metric.result()
        return logs
