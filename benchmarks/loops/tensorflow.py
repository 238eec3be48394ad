"""The step by hand in TensorFlow: as lean as it gets, and the usual way."""

import keras
import tensorflow as tf

PIXEL, ADVERSARIAL, SMOOTHED = 10.0, 0.2, 0.9


class Lean:
    """The mathematics of `HTRGAN`'s step, and nothing else.

    No figures but the generator's loss, no guard against what is not finite,
    no line that cannot be read, no padding.

    Args:
        model: `HTRGAN`, whose networks and bound are taken.
    """

    def __init__(self, model):
        self.generator, self.discriminator = (
            model.generator,
            model.discriminator,
        )
        self.recognizer = model.recognizer
        self.reading_bound = model.reading_gradient_bound
        self.optimizers = [
            keras.optimizers.Adam(rate, beta_1=0.5) for rate in (1e-3, 2e-4)
        ]
        for optimizer, network in zip(
            self.optimizers, (self.generator, self.discriminator), strict=True
        ):
            optimizer.build(network.trainable_variables)
        self.compiled = tf.function(self.step)

    def __call__(self, batch, weight):
        return float(self.compiled(batch, tf.constant(weight)))

    def step(self, batch, weight):
        with tf.GradientTape() as tape:
            logits = self.generator(batch["degraded"], training=True)
        pixel, gradient = at_image(
            lambda x: PIXEL * cross_entropy(x, batch["clean"]), logits
        )
        adversarial, more = at_image(
            lambda x: (
                ADVERSARIAL
                * cross_entropy(self.discriminator(tf.sigmoid(x)), 1.0)
            ),
            logits,
        )
        reading, most = tf.cond(
            weight > 0,
            lambda: at_image(lambda x: self.reading(x, batch), logits),
            lambda: (tf.zeros(()), tf.zeros_like(logits)),
        )
        limit = self.reading_bound * lengths(gradient) / PIXEL
        most *= tf.minimum(1.0, limit / (lengths(most) + 1e-30))
        variables = self.generator.trainable_variables
        self.optimizers[0].apply(
            tape.gradient(logits, variables, gradient + more + weight * most),
            variables,
        )
        self.improve_discriminator(batch["clean"], tf.sigmoid(logits))
        return pixel + adversarial + weight * reading

    def reading(self, logits, batch):
        nats = ctc(batch, self.recognizer(tf.sigmoid(logits), training=False))
        return tf.reduce_mean(nats / tf.cast(batch["label_lengths"], "float32"))

    def improve_discriminator(self, clean, restored):
        variables = self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            seen = self.discriminator(tf.concat([clean, restored], 0))
            real, made = tf.split(seen, 2)
            loss = 0.5 * (
                cross_entropy(real, SMOOTHED) + cross_entropy(made, 0.0)
            )
        self.optimizers[1].apply(tape.gradient(loss, variables), variables)


class Usual(Lean):
    """As such a GAN is usually written.

    One loss with a tape for each network; the reading loss of restored and of
    clean lines is always calculated, clipped, and weighted afterwards.
    """

    def step(self, batch, weight):
        variables = self.generator.trainable_variables
        with tf.GradientTape() as tape:
            logits = self.generator(batch["degraded"], training=True)
            restored = tf.sigmoid(logits)
            reading = self.clipped(restored, batch)
            reading += 0.0 * self.clipped(batch["clean"], batch)
            loss = (
                PIXEL * cross_entropy(logits, batch["clean"])
                + ADVERSARIAL * cross_entropy(self.discriminator(restored), 1.0)
                + weight * reading
            )
        self.optimizers[0].apply(tape.gradient(loss, variables), variables)
        self.improve_discriminator(batch["clean"], restored)
        return loss

    def clipped(self, images, batch):
        nats = ctc(batch, self.recognizer(images, training=False))
        return tf.minimum(tf.reduce_mean(nats), 100.0)


def at_image(loss, logits):
    """A critic's loss and its gradient at the image."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(logits)
        value = loss(logits)
    return value, tape.gradient(value, logits)


def cross_entropy(logits, target):
    return tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(
            tf.zeros_like(logits) + target, logits
        )
    )


def lengths(gradient):
    return tf.norm(tf.reshape(gradient, (tf.shape(gradient)[0], -1)), axis=1)[
        :, None, None, None
    ]


def ctc(batch, logits):
    labels = tf.RaggedTensor.from_tensor(
        batch["labels"], batch["label_lengths"]
    ).to_sparse()
    frames = tf.fill((tf.shape(logits)[0],), tf.shape(logits)[1])
    return tf.nn.ctc_loss(
        labels, logits, None, frames, logits_time_major=False, blank_index=0
    )


LOOPS = {"leanest": Lean, "usual": Usual}
