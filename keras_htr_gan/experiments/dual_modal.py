"""A discriminator that sees the text of a line, too, and the model with it."""

import keras
from keras import layers, ops

from keras_htr_gan.experiments.observed_gan import ObservedGAN
from keras_htr_gan.losses import judgement_loss
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.precision import calculating_in

# How far a character may stand from where it would if all were equally wide.
REACH = 3.0


class DualModalGAN(ObservedGAN):
    """`ObservedGAN` whose discriminator judges an image beside its text.

    To be taken for clean, an image has to be clean and to show what the text
    says: clean lines with the text of another line are false, too, as in Reed
    et al. 2016, "Generative adversarial text to image synthesis".

    Args:
        discriminator: see `build_dual_modal_discriminator`.
        (the others as for `ObservedGAN`)
    """

    def adversarial_loss(self, logits, batch):
        image = self.restored(logits, batch)
        judgement = self.judge(image, batch["labels"], batch["label_lengths"])
        mask = self.patch_mask(judgement, batch)
        return ops.mean(judgement_loss(judgement, 1.0, mask))

    def discriminator_loss(self, logits, batch):
        text = batch["labels"], batch["label_lengths"]
        of_others = [ops.roll(part, 1, axis=0) for part in text]
        image = self.restored(logits, batch)
        clean = self.judge(batch["clean"], *text)
        mask = self.patch_mask(clean, batch)
        false = [
            judgement_loss(judgement, 0.0, mask)
            for judgement in (
                self.judge(image, *text),
                self.judge(batch["clean"], *of_others),
            )
        ]
        return 0.5 * self.mean_of_judgements(
            judgement_loss(clean, self.label_smoothing, mask),
            0.5 * sum(false),
            batch,
        )

    def judge(self, images, labels, lengths):
        return self.discriminator([images, labels, lengths], training=True)

    def networks_in_float32(self):
        """As of `HTRGAN`, with a new discriminator that sees images alone."""
        size = self.recognizer.size
        with calculating_in("float32"):
            generator = build_generator(size)
            discriminator = build_discriminator(size)
        generator.set_weights(self.generator.get_weights())
        return {
            "generator": generator,
            "discriminator": discriminator,
            "recognizer": self.recognizer.in_float32(),
        }


def build_dual_modal_discriminator(size, classes):
    """The patch discriminator, and what the text adds to its logits.

    Args:
        size: see `build_discriminator`.
        classes: int, of the labels.

    Returns:
        `keras.Model` from `[images, labels, label_lengths]`, see `HTRGAN`, to
        logits `(batch, rows, columns, 1)`.
    """
    seeing = build_discriminator(size)
    image = seeing.input
    labels = keras.Input((None,), dtype="int32", name="discriminator_labels")
    lengths = keras.Input((), dtype="int32", name="discriminator_lengths")
    patches = seeing.get_layer("discriminator_last_activation").output
    fit = TextFit(classes, name="discriminator_text")
    own = ops.any(ops.less_equal(image, 1.0), axis=(1, 3))
    judgement = seeing.output + fit(patches, labels, lengths, own)
    return keras.Model(
        [image, labels, lengths], judgement, name="discriminator"
    )


@keras.saving.register_keras_serializable("keras_htr_gan")
class TextFit(layers.Layer):
    """How well each column of patches fits the characters that stand there.

    Each column looks at the characters of the text that may stand there.

    Args:
        classes: int, of the labels.
        units: int, channels of patches and characters.

    Call arguments:
        patches: `(batch, rows, columns, channels)`.
        labels: int32 `(batch, longest)`.
        lengths: int32 `(batch,)`; where it is 0 nothing is said.
        own: bool `(batch, width)`, columns of the image that are not padding.

    Returns:
        float32 logits `(batch, 1, columns, 1)`.
    """

    def __init__(self, classes, units=64, **kwargs):
        super().__init__(**kwargs)
        self.classes, self.units = classes, units
        self.character = layers.Dense(units, name="character")
        self.context = layers.Conv1D(
            units, 3, padding="same", activation="elu", name="context"
        )
        self.column = layers.Dense(units, name="column")
        self.joint = layers.Dense(units, activation="elu", name="joint")
        self.fit = layers.Dense(1, dtype="float32", name="fit")

    def build(self, patches_shape, labels_shape, lengths_shape, own_shape):
        self.character.build((None, None, self.classes))
        self.context.build((None, None, self.units))
        self.column.build((None, None, patches_shape[-1]))
        self.joint.build((None, None, 3 * self.units))
        self.fit.build((None, None, self.units))

    def call(self, patches, labels, lengths, own):
        column = self.column(ops.mean(patches, axis=1))
        labels = ops.clip(labels, 0, self.classes - 1)
        letters = ops.one_hot(labels, self.classes, dtype=self.compute_dtype)
        text = self.context(self.character(letters))
        alike = ops.matmul(column, ops.transpose(text, (0, 2, 1)))
        alike = ops.cast(alike, "float32") / self.units**0.5
        near = nearness(
            ops.sum(ops.cast(own, "float32"), axis=1),
            ops.cast(lengths, "float32"),
            ops.shape(own)[1],
            ops.shape(column)[1],
            ops.shape(labels)[1],
        )
        weights = ops.cast(ops.softmax(alike + near), self.compute_dtype)
        there = ops.matmul(weights, text)
        joint = ops.concatenate([column, there, column * there], axis=-1)
        logits = self.fit(self.joint(joint))
        told = ops.cast(ops.greater(lengths, 0), "float32")
        return (logits * told[:, None, None])[:, None]

    def compute_output_shape(
        self, patches_shape, labels_shape, lengths_shape, own_shape
    ):
        return (patches_shape[0], 1, patches_shape[2], 1)

    def get_config(self):
        config = {"classes": self.classes, "units": self.units}
        return {**super().get_config(), **config}


def nearness(widths, lengths, width, columns, longest):
    """How likely each character stands in each column, by place alone.

    Args:
        widths: float32 `(batch,)`, of lines, pixels.
        lengths: float32 `(batch,)`, of texts.
        width: int, of the images, pixels.
        columns: int, of patches.
        longest: int, characters.

    Returns:
        float32 `(batch, columns, longest)`, logarithms up to a constant.
    """
    # Sizes that a graph does not know beforehand are int32 tensors.
    patch = ops.cast(width, "float32") / ops.cast(columns, "float32")
    middles = (ops.arange(columns, dtype="float32") + 0.5) * patch
    places = middles[None] * (lengths / ops.maximum(widths, 1.0))[:, None]
    characters = ops.arange(longest, dtype="float32") + 0.5
    apart = (places[:, :, None] - characters) / REACH
    outside = ops.greater_equal(characters[None], lengths[:, None])
    return (
        -0.5 * ops.square(apart) - 1e4 * ops.cast(outside, "float32")[:, None]
    )
