"""The step by hand in JAX: pure functions, Adam written out."""

import jax
import jax.numpy as jnp
from keras import ops

PIXEL, ADVERSARIAL, SMOOTHED = 10.0, 0.2, 0.9
RATES, BETA_1, BETA_2, EPSILON = (1e-3, 2e-4), 0.5, 0.999, 1e-7


class Lean:
    """The mathematics of `HTRGAN`'s step, and nothing else.

    No figures but the generator's loss, no guard against what is not finite,
    no line that cannot be read, no padding.

    Args:
        model: `HTRGAN`, whose networks and bound are taken.
    """

    def __init__(self, model):
        self.model = model
        self.state = [
            [
                [jnp.copy(v.value) for v in network.trainable_variables],
                *(
                    [
                        jnp.zeros_like(v.value)
                        for v in network.trainable_variables
                    ]
                    for _ in range(2)
                ),
            ]
            for network in (model.generator, model.discriminator)
        ]
        self.frozen = [v.value for v in model.recognizer.variables]
        self.count = jnp.zeros(())
        self.compiled = jax.jit(
            self.step, donate_argnums=(0, 1), static_argnames="guided"
        )

    def __call__(self, batch, weight):
        self.state, self.count, loss = self.compiled(
            self.state,
            self.count,
            self.frozen,
            batch,
            jnp.float32(weight),
            guided=weight > 0,
        )
        return float(loss)

    def step(self, state, count, frozen, batch, weight, guided):
        model, count = self.model, count + 1
        generator, discriminator = state

        def generate(values):
            return call(model.generator, values, batch["degraded"])

        def judge(image):
            return call(model.discriminator, discriminator[0], image)

        def pixel(logits):
            return PIXEL * cross_entropy(logits, batch["clean"])

        def adversarial(logits):
            seen = judge(jax.nn.sigmoid(logits))
            return ADVERSARIAL * cross_entropy(seen, 1.0)

        def reading(logits):
            image = jax.nn.sigmoid(logits)
            read, _ = model.recognizer.stateless_call([], frozen, image)
            frames = jnp.full(len(read), read.shape[1])
            lengths = batch["label_lengths"]
            nats = ops.ctc_loss(batch["labels"], read, lengths, frames, 0)
            return jnp.mean(nats / lengths)

        logits, pull_back = jax.vjp(generate, generator[0])
        loss, gradient = jax.value_and_grad(pixel)(logits)
        more_loss, more = jax.value_and_grad(adversarial)(logits)
        most_loss, most = (
            jax.value_and_grad(reading)(logits)
            if guided
            else (jnp.zeros(()), jnp.zeros_like(logits))
        )
        limit = model.reading_gradient_bound * norms(gradient) / PIXEL
        most *= jnp.minimum(1.0, limit / (norms(most) + 1e-30))
        (gradients,) = pull_back(gradient + more + weight * most)

        def own_loss(values):
            images = jnp.concatenate([batch["clean"], jax.nn.sigmoid(logits)])
            real, made = jnp.split(call(model.discriminator, values, images), 2)
            return 0.5 * (
                cross_entropy(real, SMOOTHED) + cross_entropy(made, 0.0)
            )

        others = jax.grad(own_loss)(discriminator[0])
        state = [
            adam(generator, gradients, RATES[0], count),
            adam(discriminator, others, RATES[1], count),
        ]
        return state, count, loss + more_loss + weight * most_loss


def call(network, values, images):
    return network.stateless_call(values, [], images, training=True)[0]


def adam(state, gradients, rate, count):
    values, first, second = state
    rate *= jnp.sqrt(1 - BETA_2**count) / (1 - BETA_1**count)
    first = jax.tree.map(
        lambda m, g: BETA_1 * m + (1 - BETA_1) * g, first, gradients
    )
    second = jax.tree.map(
        lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, second, gradients
    )
    values = jax.tree.map(
        lambda x, m, v: x - rate * m / (jnp.sqrt(v) + EPSILON),
        values,
        first,
        second,
    )
    return [values, first, second]


def cross_entropy(logits, target):
    """Binary, of logits: mean over everything."""
    return jnp.mean(jax.nn.softplus(logits) - target * logits)


def norms(gradient):
    return jnp.sqrt(jnp.sum(gradient**2, axis=(1, 2, 3), keepdims=True))


LOOPS = {"leanest": Lean}
