"""The model: what one training step means.

Three critics look at the restored image: pixels, the discriminator and a
frozen recogniser. Each hands back its loss and the gradient of that loss with
respect to the image's logits. The gradients are weighted and added there, and
only their sum is pulled back through the generator. How a backend
differentiates stands in `train_steps/`.
"""

import keras
from keras import ops

from keras_htr_gan.distribution.devices import BatchPredictor
from keras_htr_gan.distribution.metrics import Mean, Sum
from keras_htr_gan.losses import (
    ctc_per_character,
    judgement_loss,
    line_mask,
    mean_of_readable,
    pixel_loss,
    readable,
)
from keras_htr_gan.networks.batch_form import refuse_dict
from keras_htr_gan.networks.keeping import KeepsNetworks
from keras_htr_gan.networks.own_losses import OwnLosses
from keras_htr_gan.networks.refusals import (
    refuse_negative,
    refuse_other_logits,
    refuse_unfit,
)
from keras_htr_gan.optimizer import (
    generator_discriminator_optimizer,
    split_by_network,
)
from keras_htr_gan.pixels import PADDING
from keras_htr_gan.train_steps import TrainStep

FIGURES = (
    "generator_loss",
    "discriminator_loss",
    "pixel_loss",
    "adversarial_loss",
    "CTC_loss",
    "pixel_gradient_norm",
    "adversarial_gradient_norm",
    "CTC_gradient_norm",
    "bounded_lines",
)
COUNTS = ("unreadable_labels", "skipped_steps")

READING_GRADIENT_BOUND = 18.0


@keras.saving.register_keras_serializable("keras_htr_gan")
class HTRGAN(TrainStep, KeepsNetworks, OwnLosses, BatchPredictor, keras.Model):
    """A generator that restores lines, guided by what can be read.

    The generator minimises `pixel_loss_weight` x pixel +
    `adversarial_loss_weight` x adversarial + `ctc_weight` x CTC, where
    `ctc_weight` is a non-trainable variable, 0 at first, that
    `callbacks.LossAnnealingCallback` assigns each epoch. While it is 0 the
    recogniser is not run at all.

    Args:
        generator: `keras.Model` from degraded images to the logits of
            restored ones. Like the discriminator it must not hold state that
            training updates by itself (batch statistics, dropout seeds).
        discriminator: `keras.Model` from images to a logit a patch.
        recognizer: `Recognizer`, already trained; frozen here.
        pixel_loss_weight: float.
        adversarial_loss_weight: float.
        reading_gradient_bound: float or `None`. Before the weights multiply,
            the reading gradient of a line is at most this many times that
            line's pixel gradient (L2 norms). `None` switches the bound off.
        label_smoothing: float, the discriminator's target for clean patches
            (one-sided, Salimans et al. 2016).

    Call arguments:
        images: float32 `(batch, height, width, 1)`, 0 = ink, 1 = paper,
            degraded.

    Returns:
        float32, same shape and range, restored.

    A training batch is a tuple of one dict:

    - `degraded`, `clean`: float32 `(batch, height, width, 1)`, 0 = ink,
      1 = paper, 2 = padding to the right of a line;
    - `widths`: int32 `(batch,)`, the columns that are not padding;
    - `labels`: int32 `(batch, longest)`, `label_lengths`: int32 `(batch,)`,
      0 for a line without a text: one that is not to be read.

    `compile()` takes the usual pair of optimizers, or any Keras optimizer.

    Raises:
        ValueError: on networks with such state, that share variables or end
            in probabilities, or a negative weight; in a step, on another
            batch, or on outputs of a network that are not such logits.

    References:
        Goodfellow et al. 2014 (GAN); Isola et al. 2017 (PatchGAN); Souibgui
        and Kessentini 2020, "DE-GAN"; Jemni et al. 2022, "Enhance to read
        better" (a recogniser guides the generator).
    """

    def __init__(
        self,
        generator,
        discriminator,
        recognizer,
        pixel_loss_weight=10.0,
        adversarial_loss_weight=0.2,
        reading_gradient_bound=READING_GRADIENT_BOUND,
        label_smoothing=0.9,
        **kwargs,
    ):
        super().__init__(**kwargs)
        refuse_unfit(
            {"generator": generator, "discriminator": discriminator},
            recognizer,
        )
        refuse_negative(
            pixel_loss_weight=pixel_loss_weight,
            adversarial_loss_weight=adversarial_loss_weight,
            reading_gradient_bound=reading_gradient_bound or 0.0,
            label_smoothing=label_smoothing,
        )
        self.generator = generator
        self.discriminator = discriminator
        self.recognizer = recognizer
        # Keras skips an assignment that changes nothing, and a model built
        # with trainable=False has trainable layers: hence both.
        self.recognizer.trainable = True
        self.recognizer.trainable = False
        self.pixel_loss_weight = float(pixel_loss_weight)
        self.adversarial_loss_weight = float(adversarial_loss_weight)
        self.reading_gradient_bound = (
            None
            if reading_gradient_bound is None
            else float(reading_gradient_bound)
        )
        self.label_smoothing = float(label_smoothing)
        self.ctc_weight = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="ctc_weight"
        )
        self.trackers = {name: Mean(name=name) for name in FIGURES}
        for name in COUNTS:
            self.trackers[name] = Sum(name=name)
        self.built = True

    @property
    def line_height(self):
        """The height of the lines that it restores, pixels."""
        return self.recognizer.height

    def call(self, images, training=False):
        refuse_dict(images)
        return ops.sigmoid(self.generator(images, training=training))

    def compile(self, optimizer=None, *args, **options):
        """As Keras' own, with another optimizer where none is named.

        Args:
            optimizer: Keras optimizer for the variables of both networks, or
                `None` for `generator_discriminator_optimizer()`, which goes
                by network, whatever the variables are named.
            *args, **options: see `OwnLosses.compile`.

        Raises:
            ValueError: if other losses or metrics are given, or an optimizer
                that mixes the networks up, see `split_by_network`.
        """
        if optimizer is None:
            optimizer = generator_discriminator_optimizer()
        optimizer = split_by_network(
            keras.optimizers.get(optimizer),
            self.generator.trainable_variables,
            self.discriminator.trainable_variables,
        )
        super().compile(optimizer, *args, **options)

    def in_float32(self):
        """The same model, not compiled, calculating in float32.

        Raises:
            ValueError: see `save_to_preset`.
        """
        return HTRGAN(**self.networks_in_float32(), **self.options())

    # -- The critics: each a scalar loss of the restored image's logits ------

    def restored(self, logits, batch):
        """The restored image, padded as the batch is."""
        mask = line_mask(batch["widths"], ops.shape(logits)[2])
        image = 1.0 - mask * ops.sigmoid(-ops.cast(logits, "float32"))
        return image + (1.0 - mask) * (PADDING - 1.0)

    def pixel_loss(self, logits, batch):
        image = batch["degraded"]
        refuse_other_logits("generator", self.generator, logits, image)
        mask = line_mask(batch["widths"], ops.shape(logits)[2])
        return ops.mean(pixel_loss(batch["clean"], logits, mask))

    def adversarial_loss(self, logits, batch):
        """How far the discriminator is from taking it for clean."""
        image = self.restored(logits, batch)
        judgement = self.discriminator(image, training=True)
        refuse_other_logits(
            "discriminator", self.discriminator, judgement, image
        )
        mask = self.patch_mask(judgement, batch)
        return ops.mean(judgement_loss(judgement, 1.0, mask))

    def reading_loss(self, logits, batch):
        """CTC of the frozen recogniser, nats per character."""
        reading = self.recognizer(self.restored(logits, batch), training=False)
        frames = self.recognizer.frame_lengths(batch["widths"])
        values = ctc_per_character(
            batch["labels"],
            batch["label_lengths"],
            reading,
            frames,
            xla=self.jit_compile,
        )
        return mean_of_readable(values, self.readable(batch))

    def guiding_loss(self, logits, batch):
        """The reading loss in the form that guides the generator."""
        return self.reading_loss(logits, batch)

    def discriminator_loss(self, logits, batch):
        """The discriminator's own loss on clean and restored images."""
        images = ops.concatenate([batch["clean"], self.restored(logits, batch)])
        clean, restored = ops.split(
            self.discriminator(images, training=True), 2
        )
        mask = self.patch_mask(clean, batch)
        return 0.5 * ops.mean(
            judgement_loss(clean, self.label_smoothing, mask)
            + judgement_loss(restored, 0.0, mask)
        )

    def patch_mask(self, judgement, batch):
        columns = ops.shape(judgement)[2]
        patch = ops.shape(batch["clean"])[2] // columns
        patches = ops.floor_divide(batch["widths"] + patch - 1, patch)
        return line_mask(patches, columns)

    def readable(self, batch):
        """bool `(batch,)`: the lines whose label CTC can align."""
        frames = self.recognizer.frame_lengths(batch["widths"])
        return readable(batch["labels"], batch["label_lengths"], frames)

    # -- The step -----------------------------------------------------------

    def criticize(self, logits, batch, guided):
        """Asks every critic and adds up their gradients at the image.

        Args:
            logits: float32 `(batch, height, width, 1)`, the generator's.
            batch: dict, see the class.
            guided: bool, a scalar of the backend or Python's own: whether the
                recogniser is asked, which it is once `ctc_weight` is not 0.

        Returns:
            The gradient of the generator's loss with respect to `logits`,
            and a dict of the step's figures, scalars named as in the log.
        """
        pixel, pixel_gradient = self.value_and_gradient(
            lambda x: self.pixel_loss(x, batch), logits
        )
        adversarial, adversarial_gradient = self.value_and_gradient(
            lambda x: self.adversarial_loss(x, batch), logits
        )
        ctc, reading_gradient = ops.cond(
            guided,
            lambda: self.value_and_gradient(
                lambda x: self.guiding_loss(x, batch), logits
            ),
            lambda: (ops.zeros((), "float32"), ops.zeros_like(logits)),
        )
        mask = self.readable(batch)
        written = ops.greater(batch["label_lengths"], 0)
        unreadable = ops.logical_and(written, ops.logical_not(mask))
        lines, readable = self.share(ops.ones_like(mask)), self.share(mask)
        pixel, pixel_gradient = pixel * lines, pixel_gradient * lines
        adversarial *= lines
        ctc, reading_gradient = ctc * readable, reading_gradient * readable
        reading_gradient, bounded = self.bound(reading_gradient, pixel_gradient)
        pixel_gradient = self.pixel_loss_weight * pixel_gradient
        adversarial_gradient = (
            self.adversarial_loss_weight * lines * adversarial_gradient
        )
        reading_gradient = self.ctc_weight * reading_gradient

        figures = {
            "generator_loss": self.pixel_loss_weight * pixel
            + self.adversarial_loss_weight * adversarial
            + self.ctc_weight * ctc,
            "pixel_loss": pixel,
            "adversarial_loss": adversarial,
            "CTC_loss": ctc,
            "bounded_lines": mean_of_readable(bounded, mask) * readable,
            "unreadable_labels": ops.sum(ops.cast(unreadable, "float32")),
        }
        norms = {
            "pixel_gradient_norm": pixel_gradient,
            "adversarial_gradient_norm": adversarial_gradient,
            "CTC_gradient_norm": reading_gradient,
        }
        squares = {k: ops.sum(ops.square(g)) for k, g in norms.items()}
        figures, squares = self.over_devices((figures, squares))
        figures |= {k: ops.sqrt(square) for k, square in squares.items()}
        gradient = pixel_gradient + adversarial_gradient + reading_gradient
        return gradient, figures

    def share(self, mask):
        """The part that this device has of all lines where `mask` is true.

        The mean over a device's lines, times this, and added up over all
        devices, is the mean over the lines of all.

        Args:
            mask: bool `(batch,)`.

        Returns:
            float32 scalar; 1 on a single device that has any.
        """
        count = ops.sum(ops.cast(mask, "float32"))
        return count / ops.maximum(self.over_devices(count), 1.0)

    def bound(self, reading_gradient, pixel_gradient):
        """Shortens each line's reading gradient to its bound.

        Returns:
            The bounded gradient, and float32 `(batch,)`: 1 where a line was
            at the bound.
        """
        length = line_norms(reading_gradient)
        if self.reading_gradient_bound is None:
            return reading_gradient, ops.zeros_like(length)
        limit = self.reading_gradient_bound * line_norms(pixel_gradient)
        over = length > limit
        scale = ops.where(over, limit / ops.where(over, length, 1.0), 1.0)
        return (
            reading_gradient * scale[:, None, None, None],
            ops.cast(over, "float32"),
        )

    def finite(self, figures, gradients):
        """Whether the losses and every gradient of a step are finite: bool.

        A step that is not changes neither weights nor the optimizer.
        """
        total = figures["generator_loss"] + figures["discriminator_loss"]
        for gradient in gradients:
            total = total + ops.sum(ops.square(ops.cast(gradient, "float32")))
        return ops.isfinite(self.over_devices(total))

    def record_step(self, figures, finite):
        """Takes a step's figures into the epoch's, unless it is skipped.

        Args:
            figures: dict of name to scalar.
            finite: bool scalar, see `finite`.

        Returns:
            dict of name to the epoch's figure so far.
        """
        counted = ops.cast(finite, "float32")
        figures = {
            name: ops.where(finite, value, ops.zeros_like(value))
            for name, value in figures.items()
        }
        logs = self.record(figures, dict.fromkeys(figures, counted))
        logs |= self.record({"skipped_steps": 1.0 - counted})
        # The value: TensorFlow, run eagerly, cannot hand a variable on.
        return {**logs, "ctc_weight": 1.0 * self.ctc_weight}

    def record(self, figures, weights=None):
        """Takes figures into the epoch's and returns those.

        Args:
            figures: dict of name to scalar.
            weights: dict of name to how much a figure counts, such as the
                number of lines that it is the mean of; without it each counts
                the same.
        """
        for name, value in figures.items():
            self.trackers[name].update_state(value, (weights or {}).get(name))
        return {name: self.trackers[name].result() for name in figures}

    def examine(self, batch):
        """A validation step: the true reading loss, whatever its weight.

        Each line counts the same, however the lines are batched.
        """
        logits = self.generator(batch["degraded"], training=False)
        readable = ops.cast(self.readable(batch), "float32")
        lines = ops.sum(ops.ones_like(readable))
        readable = ops.sum(readable)
        totals = {
            "pixel_loss": self.pixel_loss(logits, batch) * lines,
            "CTC_loss": self.reading_loss(logits, batch) * readable,
        }
        counts = {"pixel_loss": lines, "CTC_loss": readable}
        totals, counts = self.over_devices((totals, counts))
        means = {k: v / ops.maximum(counts[k], 1.0) for k, v in totals.items()}
        return self.record(means, counts)


def line_norms(gradient):
    """L2 norm of each line's gradient: `(batch, h, w, 1)` to `(batch,)`."""
    return ops.sqrt(ops.sum(ops.square(gradient), axis=(1, 2, 3)))
