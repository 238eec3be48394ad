"""How the frozen recogniser guides the generator: by its loss or by features.

Its CTC loss says whether a restored line can be read as its text. Its features,
what it sees of a line before it decides for characters, say whether it sees the
same as in the clean line; for that a line needs a clean twin. Lines that cannot
be read as a text are guided by neither.
"""

import functools

import keras
from keras import ops

from keras_htr_gan.losses import (
    ctc_per_character,
    line_mask,
    mean_of_readable,
)

FEATURE_FIGURES = ("feature_loss",)
# What the recogniser tells its characters by.
FEATURES = "recognizer_last_normalization"


class Guidance:
    """For `HTRGAN`: the reading loss in each of its forms.

    `guidance` says what `ctc_weight` weighs and whose gradient is bounded:

    - `"ctc"`: CTC, nats per character;
    - `"features"`: the squared distance between the recogniser's features of
      the restored and of the clean line, as a share of the squared length of
      the clean line's; CTC for lines that have no clean twin;
    - `"both"`: their sum.

    `CTC_loss` is CTC in each, and `feature_loss` that distance, if it guides.

    Reference:
        Johnson et al. 2016, "Perceptual losses for real-time style transfer
        and super-resolution" (features of a frozen network as a loss).
    """

    @property
    def by_features(self):
        """Whether the recogniser's features guide: bool."""
        return self.guidance != "ctc"

    @functools.cached_property
    def seeing(self):
        """The recogniser with its features: `keras.Model`.

        Of the recogniser's own layers, from images to a list of features
        `(batch, 1, frames, channels)` and logits `(batch, frames, classes)`.
        Keras does not track what is cached, so nothing is saved twice.
        """
        network = self.recognizer.network
        features = network.get_layer(FEATURES).output
        return keras.Model(network.input, [features, network.output])

    def reading_losses(self, logits, batch):
        """CTC of the frozen recogniser, nats per character: `(batch,)`."""
        image = self.restored(logits, batch)
        return self.nats(self.recognizer(image, training=False), batch)

    def nats(self, reading, batch):
        """CTC of the recogniser's logits, nats per character: `(batch,)`."""
        return ctc_per_character(
            batch["labels"],
            batch["label_lengths"],
            reading,
            self.recognizer.frame_lengths(batch["widths"]),
            xla=self.jit_compile,
        )

    def reading_loss(self, logits, batch):
        """Their mean over the lines that can be read."""
        values = self.reading_losses(logits, batch)
        return mean_of_readable(values, self.readable(batch))

    def guiding_loss(self, logits, batch):
        """The loss in the form that guides the generator.

        Returns:
            The scalar, a mean over the lines that can be read; and of each
            line, 0 where it cannot be, what `reading_figures` tells: dict of
            `"CTC"`, and `"feature"` if features guide, to `(batch,)`.
        """
        if not self.by_features:
            values = self.reading_losses(logits, batch)
            lines = {"CTC": values}
        else:
            lines = self.look(logits, batch)
            values = lines["feature"]
            if self.guidance == "both":
                values = values + lines["CTC"]
            values = ops.where(self.paired(batch), values, lines["CTC"])
        return mean_of_readable(values, self.readable(batch)), lines

    def look(self, logits, batch):
        """CTC and the features' distance, see `guiding_loss`: dict."""
        features, reading = self.seeing(
            self.restored(logits, batch), training=False
        )
        clean, _ = self.seeing(batch["clean"], training=False)
        distances = feature_distances(
            features, clean, self.recognizer.frame_lengths(batch["widths"])
        )
        counts = ops.logical_and(self.readable(batch), self.paired(batch))
        return {
            "CTC": self.nats(reading, batch),
            "feature": ops.where(counts, distances, 0.0),
        }

    def unguided(self, logits):
        """What a recogniser hands back that is not asked."""
        nothing = ops.zeros_like(logits[:, 0, 0, 0])
        names = ("CTC", "feature") if self.by_features else ("CTC",)
        lines = dict.fromkeys(names, nothing)
        return (ops.zeros((), "float32"), lines), ops.zeros_like(logits)


def feature_distances(features, clean, frames):
    """How far a recogniser takes restored lines to be from clean ones.

    Args:
        features, clean: `(batch, 1, frames, channels)`, of restored lines and
            of the clean ones.
        frames: int32 `(batch,)`, the lines' own.

    Returns:
        float32 `(batch,)`: squared distances over a line's own frames, as a
        share of the squared length of the clean line's features.
    """
    features, clean = (ops.cast(x, "float32") for x in (features, clean))
    mask = line_mask(frames, ops.shape(clean)[2])
    squares = [
        ops.sum(ops.square(x) * mask, axis=(1, 2, 3))
        for x in (features - clean, clean)
    ]
    return squares[0] / ops.maximum(squares[1], 1e-6)
