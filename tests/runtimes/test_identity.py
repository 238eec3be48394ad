"""Models are known by their files."""

import hashlib
import shutil

import keras
import pytest

from keras_htr_gan.presets import SHIPPED
from keras_htr_gan.runtimes.identity import identify_model
from keras_htr_gan.runtimes.loading import load_restoring_model

TINY = SHIPPED / "latin_tiny"


def identify(name, runtime):
    return identify_model(load_restoring_model(name, runtime), name)


def test_a_shipped_model_is_its_weights_and_its_graph():
    made = identify("latin_tiny", "onnx")
    told = (made.name, made.runtime, made.precision)
    assert told == ("latin_tiny", "onnx", "float32")
    assert made.library.startswith("onnxruntime 1.")
    names = ("generator.safetensors", "generator_float32.onnx")
    assert made.files == {
        name: hashlib.sha256((TINY / name).read_bytes()).hexdigest()
        for name in names
    }
    small = identify("latin_tiny", "int8")
    assert small.runtime == "int8" and small.precision.startswith("int8")
    assert made.files != small.files and made.is_made_of_one(small)


def test_a_file_is_known_without_its_folder(tmp_path):
    path = tmp_path / "mine.onnx"
    shutil.copy(TINY / "generator_int8.onnx", path)
    made = identify(path, "onnx")
    assert (made.name, made.runtime, made.precision) == (
        *("mine.onnx", "onnx"),
        None,
    )
    assert list(made.files) == ["mine.onnx"]
    assert not made.is_made_of_one(identify("latin_tiny", "int8"))


def test_one_that_keras_runs_is_its_weights(preset, tmp_path):
    """The model itself says nothing of where it is from."""
    made = identify_model(object(), preset)
    assert (made.name, made.runtime) == (preset.name, "keras")
    assert list(made.files) == ["generator.safetensors"]
    assert keras.__version__ in made.library
    (tmp_path / "a.keras").write_bytes(b"weights")
    made = identify_model(object(), tmp_path / "a.keras")
    assert made.files == {"a.keras": hashlib.sha256(b"weights").hexdigest()}


def test_openvino_is_named():
    pytest.importorskip("openvino")
    made = identify("latin_tiny", "openvino")
    assert (made.runtime, made.precision) == ("openvino", "float32")
    assert made.library.startswith("openvino 2")
