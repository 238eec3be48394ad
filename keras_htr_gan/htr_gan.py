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
from keras_htr_gan.guidance import FEATURE_FIGURES, Guidance
from keras_htr_gan.losses import (
    judgement_loss,
    line_mask,
    mean_of_readable,
    pixel_loss,
    readable,
)
from keras_htr_gan.networks.batch_form import refuse_dict
from keras_htr_gan.networks.keeping import KeepsNetworks
from keras_htr_gan.networks.own_losses import OwnLosses
from keras_htr_gan.networks.precision import calculating_in
from keras_htr_gan.networks.refusals import (
    refuse_negative,
    refuse_other_guidance,
    refuse_other_logits,
    refuse_unfit,
)
from keras_htr_gan.optimizer import (
    generator_discriminator_optimizer,
    split_by_network,
)
from keras_htr_gan.pairing import FOUND_FIGURES, Pairing
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
class HTRGAN(
    TrainStep,
    Guidance,
    Pairing,
    KeepsNetworks,
    OwnLosses,
    BatchPredictor,
    keras.Model,
):
    """A generator that restores lines, guided by what can be read.

    The generator minimises `pixel_loss_weight` x pixel +
    `adversarial_loss_weight` x adversarial + `ctc_weight` x reading, which is
    CTC or what else `guidance` says. `ctc_weight` is a non-trainable variable,
    0 at first, that `callbacks.LossAnnealingCallback` assigns each epoch. While
    it is 0 the recogniser is not run at all.

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
        faithfulness_loss_weight: float, of lines that have no clean twin, see
            `Pairing`; `None` where all have one.
        context_rows: int, rows above and below a line that the generator has
            learnt to look at, as `Restorer` then shows it.
        guidance: `"ctc"`, `"features"` or `"both"`, the form of the reading
            loss that guides, see `Guidance`.

    Call arguments:
        images: float32 `(batch, height, width, 1)`, 0 = ink, 1 = paper,
            degraded.

    Returns:
        float32, same shape and range, restored.

    A training batch is a tuple of one dict:

    - `degraded`, `clean`: float32 `(batch, height, width, 1)`, 0 = ink,
      1 = paper, 2 = padding to the right of a line; `degraded` may have more
      rows, as many above as below, which nothing judges;
    - `widths`: int32 `(batch,)`, the columns that are not padding;
    - `labels`: int32 `(batch, longest)`, `label_lengths`: int32 `(batch,)`,
      0 for a line without a text: one that is not to be read;
    - `paired`, if at all: int32 `(batch,)`, 0 for a line as it was found, whose
      `clean` is 1 where its scan surely shows paper, 0 where ink may be.

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
        faithfulness_loss_weight=None,
        context_rows=0,
        guidance="ctc",
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
            faithfulness_loss_weight=faithfulness_loss_weight or 0.0,
        )
        refuse_other_guidance(guidance, recognizer)
        self.generator = generator
        self.discriminator = discriminator
        self.recognizer = recognizer
        # Keras skips an assignment that changes nothing, and a model built
        # with trainable=False has trainable layers: hence both.
        self.recognizer.trainable = True
        self.recognizer.trainable = False
        self.pixel_loss_weight = float(pixel_loss_weight)
        self.adversarial_loss_weight = float(adversarial_loss_weight)
        self.reading_gradient_bound = as_float(reading_gradient_bound)
        self.label_smoothing = float(label_smoothing)
        self.faithfulness_loss_weight = as_float(faithfulness_loss_weight)
        self.context_rows = int(context_rows)
        self.guidance = guidance
        self.ctc_weight = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="ctc_weight"
        )
        names = FIGURES + FOUND_FIGURES * self.takes_found
        names += FEATURE_FIGURES * self.by_features
        self.trackers = {name: Mean(name=name) for name in names}
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
        # It, too: a model casts its inputs to what it calculates in.
        with calculating_in("float32"):
            return HTRGAN(**self.networks_in_float32(), **self.options())

    def generate(self, batch, training=True):
        """The generator's logits of the rows that are judged."""
        images = batch["degraded"]
        logits = self.generator(images, training=training)
        refuse_other_logits("generator", self.generator, logits, images)
        rows = ops.shape(batch["clean"])[1]
        above = (ops.shape(logits)[1] - rows) // 2
        return logits[:, above : above + rows]

    # -- The critics: each a scalar loss of the restored image's logits ------

    def restored(self, logits, batch):
        """The restored image, padded as the batch is."""
        mask = line_mask(batch["widths"], ops.shape(logits)[2])
        image = 1.0 - mask * ops.sigmoid(-ops.cast(logits, "float32"))
        return image + (1.0 - mask) * (PADDING - 1.0)

    def pixel_loss(self, logits, batch):
        mask = line_mask(batch["widths"], ops.shape(logits)[2])
        nats = pixel_loss(batch["clean"], logits, mask)
        return self.mean_of_pairs(nats, batch)

    def adversarial_loss(self, logits, batch):
        """How far the discriminator is from taking it for clean."""
        image = self.restored(logits, batch)
        judgement = self.discriminator(image, training=True)
        refuse_other_logits(
            "discriminator", self.discriminator, judgement, image
        )
        mask = self.patch_mask(judgement, batch)
        return ops.mean(judgement_loss(judgement, 1.0, mask))

    def discriminator_loss(self, logits, batch):
        """The discriminator's own on clean and restored images, of all devices.

        It is this device's part of it: they add up.
        """
        images = ops.concatenate([batch["clean"], self.restored(logits, batch)])
        clean, restored = ops.split(
            self.discriminator(images, training=True), 2
        )
        mask = self.patch_mask(clean, batch)
        return 0.5 * self.mean_of_judgements(
            judgement_loss(clean, self.label_smoothing, mask),
            judgement_loss(restored, 0.0, mask),
            batch,
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
        losses, gradients, read = self.ask(logits, batch, guided)
        gradients["CTC"], bounded = self.bound(
            gradients["CTC"], self.pixel_norms(gradients["pixel"], batch)
        )
        weights = {
            "pixel": self.pixel_loss_weight,
            "adversarial": self.adversarial_loss_weight,
            "CTC": self.ctc_weight,
            "faithfulness": self.faithfulness_loss_weight,
        }
        mask = self.readable(batch)
        figures = {
            "generator_loss": sum(weights[k] * x for k, x in losses.items()),
            **{f"{k}_loss": loss for k, loss in losses.items()},
            **self.reading_figures(losses["CTC"], read, batch),
            "bounded_lines": mean_of_readable(bounded, mask) * self.share(mask),
            "unreadable_labels": count_unreadable(batch, mask),
        }
        gradients = {k: weights[k] * g for k, g in gradients.items()}
        squares = {
            f"{k}_gradient_norm": ops.sum(ops.square(g))
            for k, g in gradients.items()
        }
        figures, squares = self.over_devices((figures, squares))
        figures |= {k: ops.sqrt(square) for k, square in squares.items()}
        return sum(gradients.values()), figures

    def ask(self, logits, batch, guided):
        """This device's part of each loss and of its gradient, see `criticize`.

        Returns:
            dict of critic to loss, and to gradient, neither weighted; and
            what the recogniser says of each line, see `guiding_loss`.
        """
        losses, gradients = {}, {}
        mask = self.readable(batch)
        lines, readable = self.share(ops.ones_like(mask)), self.share(mask)
        pairs = self.share(self.paired(batch))

        def note(name, share, loss, gradient):
            losses[name], gradients[name] = loss * share, gradient * share

        def ask(loss):
            return self.value_and_gradient(lambda x: loss(x, batch), logits)

        note("pixel", pairs, *ask(self.pixel_loss))
        note("adversarial", lines, *ask(self.adversarial_loss))
        (guidance, read), gradient = ops.cond(
            guided,
            lambda: ask(self.guiding_loss),
            lambda: self.unguided(logits),
        )
        note("CTC", readable, guidance, gradient)
        if self.takes_found:
            found = self.share(self.found(batch))
            note("faithfulness", found, *ask(self.faithfulness_loss))
        return losses, gradients, read

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
        logits = self.generate(batch, training=False)
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


def count_unreadable(batch, readable):
    """Of a batch's lines that have a text, those that are not readable."""
    written = ops.greater(batch["label_lengths"], 0)
    unreadable = ops.logical_and(written, ops.logical_not(readable))
    return ops.sum(ops.cast(unreadable, "float32"))


def as_float(value):
    return None if value is None else float(value)
