"""What tests are given, and what each begins with."""

import contextlib
import types

import keras
import numpy as np
import pytest
from click.testing import CliRunner

from keras_htr_gan.__main__ import main
from keras_htr_gan.sizes import SIZES
from tests import compiling, small
from tests.loopback import serving
from tests.loopback_hub import LoopbackHub

compiling.as_traced()
if keras.config.backend() != "tensorflow":
    # To draw the same numbers Keras would import TensorFlow and seed it, too.
    with contextlib.suppress(ImportError):
        from keras.src.utils import rng_utils

        rng_utils.tf = types.SimpleNamespace(available=False)


@pytest.fixture(autouse=True)
def seeded():
    """Lets each test draw the same numbers.

    TensorFlow compiles all anew once its own seed is set, which Keras draws
    nothing by.
    """
    with pytest.MonkeyPatch.context() as patch:
        if keras.config.backend() == "tensorflow":
            patch.setattr("tensorflow.random.set_seed", lambda seed: None)
        keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def preset(tmp_path_factory):
    """The folder of an untrained model whose every weight says something."""
    folder = tmp_path_factory.mktemp("preset") / "tiny"
    model = small.untrained()
    rng = np.random.default_rng(0)
    for network in (model.generator, model.recognizer):
        for variable in network.weights:
            value = keras.ops.convert_to_numpy(variable)
            variable.assign(value + rng.normal(0, 0.05, value.shape))
    model.save_to_preset(folder)
    return folder


@pytest.fixture(scope="session")
def exported(preset):
    """Its networks by name, as the command exports them: paths."""
    pytest.importorskip("onnx")
    paths = {}
    for network in ("generator", "recognizer"):
        paths[network] = preset.parent / f"{network}.onnx"
        command = ["export", preset, "-o", paths[network]]
        command += ["--network", network]
        done = CliRunner().invoke(main, list(map(str, command)))
        assert done.exit_code == 0, done.output
    assert not list(preset.parent.glob("*.partial*"))
    return paths


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
def eagerly():
    """Lets TensorFlow run each step as it is written.

    For what a command does about a few steps: to compile one takes longer.
    """
    if keras.config.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


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


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A `LoopbackHub`, which is the only one that there is; nobody is logged
    in, and nothing was downloaded before."""
    from huggingface_hub import constants

    real = constants.ENDPOINT
    with serving(LoopbackHub()) as running:
        monkeypatch.setattr(constants, "ENDPOINT", running.address)
        url = constants.HUGGINGFACE_CO_URL_TEMPLATE
        url = url.replace(real, running.address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "kept"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
        for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield running
