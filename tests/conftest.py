import os

from tests import compiling

os.environ.setdefault("WANDB_MODE", "offline")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.update(compiling.environment())

import keras_htr_gan  # noqa: F401  isort: skip

import keras
import numpy as np
import pytest

from keras_htr_gan.sizes import SIZES
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


@pytest.fixture(scope="module")
def least_networks():
    """Lets those of size `tiny`, and judges, be the least there are.

    For commands that train in this process; shipped presets do not fit.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "tiny", small.LEAST)
        patch.setitem(SIZES, "judge", small.LEAST_JUDGE)
        yield


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
