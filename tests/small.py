"""A small model and small batches, so that tests take seconds."""

import keras
import numpy as np

from keras_htr_gan.charset import LATIN
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from keras_htr_gan.sizes import SIZES, Size

# Every kind of block once: what compiles a step takes most of a test's time.
SIZES["least"] = LEAST = Size(
    height=32,
    recognizer={
        "stem": 2,
        "frame": 4,
        "filters": (8, 16),
        "blocks": (0, 1),
        "contexts": 1,
    },
    generator={"patch": 4, "filters": (8,), "blocks": (1,)},
    discriminator={"filters": 8},
)
LEAST_JUDGE = Size(
    height=48,
    recognizer={"frame": 4, "filters": (4, 8, 8, 16), "units": 8},
)

CHARACTERS = "abcdefgh "
HEIGHT, WIDTH, LONGEST = 32, 64, 8


def model(
    compiled=True,
    optimizer=None,
    recognizer=None,
    reading_gradient_bound=1.0,
    **options,
):
    gan = HTRGAN(
        build_generator("least"),
        build_discriminator("least"),
        recognizer or Recognizer(CHARACTERS, "least"),
        reading_gradient_bound=reading_gradient_bound,
        **options,
    )
    if compiled:
        gan.compile(optimizer or generator_discriminator_optimizer())
    return gan


def state(gan):
    """Weights of both networks and all that the optimizer holds."""
    return [
        np.array(keras.ops.convert_to_numpy(v))
        for v in gan.trainable_variables + gan.optimizer.variables
    ]


def untrained():
    """A whole model of the least size that reads Latin letters."""
    return HTRGAN(build_generator(), build_discriminator(), Recognizer(LATIN))


def batch(lines=4, seed=0):
    rng = np.random.default_rng(seed)
    shape = (lines, HEIGHT, WIDTH, 1)
    clean = (rng.random(shape) > 0.2).astype("float32")
    noise = rng.normal(0, 0.3, shape)
    return {
        "clean": clean,
        "degraded": np.clip(clean + noise, 0, 1).astype("float32"),
        "widths": np.full(lines, WIDTH, "int32"),
        "labels": rng.integers(1, len(CHARACTERS) + 1, (lines, LONGEST)).astype(
            "int32"
        ),
        "label_lengths": rng.integers(3, LONGEST, lines).astype("int32"),
    }


class Batches(keras.utils.PyDataset):
    """A list of batches as `fit` takes it."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return (self.batches[index],)


def train(gan, batches, weight=0.0, **options):
    """Trains on the batches in order; returns the last epoch's logs."""
    gan.ctc_weight.assign(weight)
    history = gan.fit(
        Batches(batches), shuffle=False, verbose=0, **options
    ).history
    return {name: values[-1] for name, values in history.items()}


def assert_descended(before, network, gradients):
    """A step of gradient descent at rate 1 went down exactly these.

    Args:
        before: list of arrays, the weights of the network before it.
        gradients: list of arrays, see `ordinary_gradients`.
    """
    for a, b, g in zip(before, network.get_weights(), gradients, strict=True):
        np.testing.assert_allclose(
            np.array(a) - np.array(b), g, atol=1e-5 * np.abs(g).max() + 1e-6
        )


def assert_alike(networks, images):
    """Two networks give the same, and the same gradients."""
    ours, theirs = networks
    images = keras.ops.convert_to_tensor(images)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(ours(images)),
        keras.ops.convert_to_numpy(theirs(images)),
        atol=1e-5,
    )
    gradients = [
        ordinary_gradients(
            n, lambda n=n: keras.ops.sum(keras.ops.square(n(images)))
        )
        for n in networks
    ]
    for own, usual in zip(*gradients, strict=True):
        np.testing.assert_allclose(own, usual, rtol=1e-4, atol=1e-4)


def ordinary_gradients(network, loss):
    """Plain back-propagation through the whole chain, on any backend."""
    variables = network.trainable_variables
    match keras.config.backend():
        case "tensorflow":
            import tensorflow as tf

            with tf.GradientTape() as tape:
                value = loss()
            gradients = tape.gradient(value, [v.value for v in variables])
        case "jax":
            import jax

            def of(values):
                mapping = list(zip(variables, values, strict=True))
                with keras.StatelessScope(state_mapping=mapping):
                    return loss()

            gradients = jax.jit(jax.grad(of))([v.value for v in variables])
        case "torch":
            import torch

            gradients = torch.autograd.grad(
                loss(), [v.value for v in variables]
            )
    return [keras.ops.convert_to_numpy(g) for g in gradients]


def shaken(model):
    """Weights that are not those of a fresh model, nor float16."""
    rng = np.random.default_rng(0)
    for variable in model.weights:
        noise = rng.normal(0, 0.05, variable.shape)
        variable.assign(keras.ops.convert_to_numpy(variable) + noise)
    return model
