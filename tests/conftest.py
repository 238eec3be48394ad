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


@pytest.fixture
def batch():
    return small.batch()


@pytest.fixture
def model():
    return small.model()


@pytest.fixture
def rng():
    return np.random.default_rng(0)
