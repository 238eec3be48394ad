"""The training step on TensorFlow: gradient tapes in a `tf.function`."""

import tensorflow as tf

from keras_htr_gan.distribution.hosts import has_several_hosts
from keras_htr_gan.networks.batch_form import unpack_pairs
from keras_htr_gan.train_steps.values import first_of


class TensorFlowStep:
    """`train_step` and `test_step` of `HTRGAN`, differentiated by tapes."""

    def make_train_function(self, force=False):
        # An optimizer that is built within the step lets TensorFlow trace the
        # step twice.
        self.optimizer.build(self.trainable_variables)
        if has_several_hosts():
            # Keras' own metric of a single loss, which there is not: all hosts
            # would be asked for it when one of them saves the model.
            self._loss_tracker = None
        return super().make_train_function(force)

    def unpack(self, data):
        """The dict of a batch that `HTRGAN` is given, see `unpack_pairs`.

        A device's part of a batch may lie in the memory of NumPy arrays, and
        TensorFlow, which writes to no such array as a whole, takes a part for
        its own and calculates in it. So several devices have copies.
        """
        batch = unpack_pairs(data, self.line_height)
        if self.devices > 1:
            batch = {k: tf.raw_ops.DeepCopy(x=v) for k, v in batch.items()}
        return batch

    def train_step(self, data):
        batch = self.unpack(data)
        with tf.GradientTape() as tape:
            logits = self.generate(batch)
        gradient, figures = self.criticize(logits, batch, self.ctc_weight > 0)
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
        figures["discriminator_loss"] = self.over_devices(loss)
        gradients = generator_gradients + discriminator_gradients
        finite = self.finite(figures, gradients)
        if self.devices == 1:
            tf.cond(finite, lambda: self.apply(gradients), lambda: True)
        else:
            self.apply_on_all(gradients, finite)
        return self.for_all_hosts(self.record_step(figures, finite))

    def apply(self, gradients):
        self.optimizer.apply(gradients, self.trainable_variables)
        return True

    def apply_on_all(self, gradients, finite):
        """The optimizer adds up the gradients of all devices.

        It cannot do so within a conditional, so a step that is not finite is
        taken back.
        """
        variables = self.trainable_variables + self.optimizer.variables
        before = [tf.identity(v.value) for v in variables]
        self.apply(gradients)

        def put_back(strategy, finite, before):
            for variable, value in zip(variables, before, strict=True):
                strategy.extended.update(
                    variable.value,
                    lambda v, f, old: v.assign(tf.where(f, v, old)),
                    args=(finite, value),
                    group=False,
                )

        context = tf.distribute.get_replica_context()
        context.merge_call(put_back, args=(finite, before))

    @property
    def devices(self):
        return self.distribute_strategy.num_replicas_in_sync

    def over_devices(self, values):
        """The sum of each value over all devices that share a batch."""
        if self.devices == 1:
            return values
        context = tf.distribute.get_replica_context()
        flat = tf.nest.flatten(values)
        summed = context.all_reduce(tf.distribute.ReduceOp.SUM, flat)
        return tf.nest.pack_sequence_as(values, summed)

    def test_step(self, data):
        batch = self.unpack(data)
        return self.for_all_hosts(self.examine(batch))

    def for_all_hosts(self, logs):
        """Logs as Keras takes them: over several hosts the mean of each's rows.

        They are those of all devices already, so any mean will do.
        """
        if has_several_hosts():
            logs = {name: tf.reshape(v, (1,)) for name, v in logs.items()}
        return logs

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Keras' own fails over several hosts; here all is built already."""

    def value_and_gradient(self, loss, logits):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(logits)
            value = loss(logits)
        return value, tape.gradient(first_of(value), logits)
