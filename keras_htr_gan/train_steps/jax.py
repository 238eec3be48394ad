"""The training step on JAX: pure functions of the model's state.

The shared code reads variables as anywhere else in Keras; a `StatelessScope`
tells them their traced values. Only trainable variables, optimizer slots and
metrics change in a step: `HTRGAN` refuses networks with other state.
"""

import functools

import jax
import jax.numpy as jnp
import keras

from keras_htr_gan.networks.batch_form import unpack_pairs
from keras_htr_gan.train_steps.values import first_of

# What Keras hands to a step and takes back, by its names.
EXAMINED = (
    "trainable_variables",
    "non_trainable_variables",
    "metrics_variables",
)
TRAINED = (*EXAMINED[:2], "optimizer_variables", EXAMINED[2])


class JaxStep:
    """`train_step` and `test_step` of `HTRGAN` as functions of the state."""

    def make_train_function(self, force=False):
        """A function for the warm-up and one for the rest.

        On a CPU, XLA calculates the branches of a conditional on one thread:
        a full step would take half as long again (`benchmarks/choices.py`).
        """
        if self.train_function is not None and not force:
            return
        step, functions = self.train_step, []
        for guided in (False, True):
            self.train_step = functools.partial(step, guided=guided)
            super().make_train_function(force=True)
            functions.append(self.train_function)
        del self.train_step
        place = [v is self.ctc_weight for v in self.non_trainable_variables]
        place = place.index(True)
        weight, function = None, None

        def train_function(state, iterator):
            nonlocal weight, function
            _, non_trainable, _, _ = state
            # To look at a number is to wait for the step that hands it on.
            if non_trainable[place] is not weight:
                function = functions[float(non_trainable[place]) > 0]
            logs, state = function(state, iterator)
            weight = state[1][place]
            return logs, state

        self.train_function = self.keeping_state(train_function, TRAINED)

    def make_test_function(self, force=False):
        if self.test_function is None or force:
            super().make_test_function(force)
            self.test_function = self.keeping_state(
                self.test_function, EXAMINED
            )

    def keeping_state(self, function, names):
        """The function of state and iterator, which loses no state.

        Keras takes the values away from a model while it runs, and a batch
        that is refused in its first step would leave a model without any.
        """

        def kept(state, iterator):
            try:
                return function(state, iterator)
            except (TypeError, ValueError):
                self._jax_state = dict(zip(names, state, strict=True))
                self.jax_state_sync()
                raise

        return kept

    def train_step(self, state, data, guided=None):
        trainable, non_trainable, optimizer_state, metrics = state
        batch = unpack_pairs(data, self.line_height)
        split = len(self.generator.trainable_variables)

        def generate(values):
            with read_values(self.generator.trainable_variables, values):
                return self.generate(batch)

        def discriminator_loss(values):
            with read_values(self.discriminator.trainable_variables, values):
                return self.discriminator_loss(logits, batch)

        logits, pull_back = jax.vjp(generate, trainable[:split])
        with self.state_scope(trainable, non_trainable, metrics) as step:
            if guided is None:
                guided = self.ctc_weight > 0
            gradient, figures = self.criticize(logits, batch, guided)
            loss, discriminator_gradients = jax.value_and_grad(
                discriminator_loss
            )(trainable[split:])
            figures["discriminator_loss"] = loss
            (generator_gradients,) = pull_back(gradient)
            gradients = generator_gradients + discriminator_gradients
            finite = self.finite(figures, gradients)
            logs = self.record_step(figures, finite)
        applied = self.optimizer.stateless_apply(
            optimizer_state, gradients, trainable
        )
        trainable, optimizer_state = jax.tree.map(
            lambda new, old: jnp.where(finite, new, old),
            applied,
            (trainable, optimizer_state),
        )
        metrics = self.metric_values(step)
        return logs, (trainable, non_trainable, optimizer_state, metrics)

    def test_step(self, state, data):
        trainable, non_trainable, metrics = state
        batch = unpack_pairs(data, self.line_height)
        with self.state_scope(trainable, non_trainable, metrics) as step:
            logs = self.examine(batch)
        return logs, (trainable, non_trainable, self.metric_values(step))

    def over_devices(self, values):
        """The sum of each value over all devices that share a batch."""
        return values

    def value_and_gradient(self, loss, logits):
        def first_and_all(logits):
            value = loss(logits)
            return first_of(value), value

        gradient, value = jax.grad(first_and_all, has_aux=True)(logits)
        return value, gradient

    def state_scope(self, trainable, non_trainable, metrics):
        return read_values(
            self.trainable_variables
            + self.non_trainable_variables
            + self.metrics_variables,
            trainable + non_trainable + metrics,
        )

    def metric_values(self, step):
        return [step.get_current_value(v) for v in self.metrics_variables]


def read_values(variables, values):
    return keras.StatelessScope(
        state_mapping=list(zip(variables, values, strict=True))
    )
