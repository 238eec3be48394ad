"""The training step on TensorFlow: gradient tapes in a `tf.function`."""

import keras
import tensorflow as tf


class TrainStep:
    """`train_step` and `test_step` of `HTRGAN`, differentiated by tapes."""

    def make_train_function(self, force=False):
        # An optimizer that is built within the step lets TensorFlow trace the
        # step twice.
        self.optimizer.build(self.trainable_variables)
        return super().make_train_function(force)

    def train_step(self, data):
        batch, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            logits = self.generator(batch["degraded"], training=True)
        gradient, figures = self.criticize(logits, batch)
        generator_gradients = tape.gradient(
            logits,
            self.generator.trainable_variables,
            output_gradients=gradient,
        )
        with tf.GradientTape() as tape:
            loss = self.discriminator_loss(logits, batch)
        discriminator_gradients = tape.gradient(
            loss, self.discriminator.trainable_variables
        )
        figures["discriminator_loss"] = loss
        gradients = generator_gradients + discriminator_gradients
        finite = self.finite(figures, gradients)
        tf.cond(finite, lambda: self.apply(gradients), lambda: True)
        return self.record_step(figures, finite)

    def apply(self, gradients):
        self.optimizer.apply(gradients, self.trainable_variables)
        return True

    def test_step(self, data):
        batch, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return self.examine(batch)

    def value_and_gradient(self, loss, logits):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(logits)
            value = loss(logits)
        return value, tape.gradient(value, logits)
