import os

os.environ.setdefault("WANDB_MODE", "offline")
os.environ.setdefault("MPLBACKEND", "Agg")

import keras_htr_gan  # noqa: F401  isort: skip

import keras
import numpy as np
import pytest

from tests import small


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def preset(tmp_path_factory):
    """The folder of an untrained model."""
    folder = tmp_path_factory.mktemp("preset") / "tiny"
    small.untrained().save_to_preset(folder)
    return folder


@pytest.fixture
def batch():
    return small.batch()


@pytest.fixture(scope="session")
def compiled():
    """A model with all its variables, and what they are in the beginning."""
    gan = small.model()
    gan.optimizer.build(gan.trainable_variables)
    variables = gan.weights + gan.optimizer.variables
    return gan, [
        (v, np.array(keras.ops.convert_to_numpy(v))) for v in variables
    ]


@pytest.fixture
def model(compiled):
    """A model as new, whose step is compiled once for all tests."""
    gan, beginning = compiled
    for variable, value in beginning:
        variable.assign(value)
    return gan


@pytest.fixture
def rng():
    return np.random.default_rng(0)
