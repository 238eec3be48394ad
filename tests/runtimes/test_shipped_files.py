"""Shipped models are there for onnxruntime, too, and are the same."""

import numpy as np
import pytest

from keras_htr_gan.errors import UserError
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.presets import SHIPPED
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.runtimes.exporting import refuse_differing
from keras_htr_gan.runtimes.loading import (
    find_exported_file,
    load_restoring_model,
)
from keras_htr_gan.runtimes.onnx_models import (
    OnnxGenerator,
    OnnxRecognizer,
)

FILES = sorted(p.relative_to(SHIPPED) for p in SHIPPED.glob("*/*.onnx"))


def test_all_that_restore_or_read_by_default_are_there():
    assert [str(path) for path in FILES] == [
        "latin_small/generator_float32.onnx",
        "latin_small/generator_int8.onnx",
        "latin_small/recognizer_float32.onnx",
        "latin_tiny/generator_float32.onnx",
        "latin_tiny/generator_int8.onnx",
        "latin_tiny/recognizer_float32.onnx",
    ]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_they_are_what_keras_calculates(path):
    name = path.parent.name
    network, precision = path.stem.split("_")
    generates = network == "generator"
    runtime = "int8" if precision == "int8" else "onnx"
    found = find_exported_file(name, network, runtime)
    assert found == SHIPPED / path
    model = (HTRGAN if generates else Recognizer).from_preset(name)
    exported = (OnnxGenerator if generates else OnnxRecognizer)(found)
    height = model.line_height if generates else model.height
    refuse_differing(model, exported, height, precision)
    if generates:
        assert exported.context_rows == model.context_rows


@pytest.mark.parametrize("fast", [True, False])
def test_integers_are_taken_where_they_are_fast(monkeypatch, fast):
    monkeypatch.setattr(
        "keras_htr_gan.runtimes.loading.multiplies_int8", lambda: fast
    )
    found = find_exported_file("latin_small", "generator", "auto")
    assert found.stem == f"generator_{'int8' if fast else 'float32'}"
    found = find_exported_file("latin_small", "recognizer", "auto")
    assert found.stem == "recognizer_float32"


@pytest.mark.parametrize("runtime", ["int8", "openvino"])
def test_faster_ways_restore_nearly_the_same(runtime, rng):
    if runtime == "openvino":
        pytest.importorskip("openvino")
    ink = rng.random((16, 40)) < 0.3
    line = 0.9 - 0.6 * np.kron(ink, np.ones((4, 8), "float32"))
    line += rng.normal(0, 0.03, line.shape)
    slow, fast = (
        Restorer.from_preset("latin_small", way).restore(
            line.astype("float32"), kind="line"
        )
        for way in ("onnx", runtime)
    )
    assert np.abs(slow - fast).mean() < 1 / 255


def test_openvino_is_asked_for_where_it_lacks(monkeypatch):
    monkeypatch.setattr(
        "keras_htr_gan.runtimes.loading.find_spec", lambda name: None
    )
    with pytest.raises(UserError, match=r"keras_htr_gan\[openvino\]"):
        load_restoring_model("latin_tiny", "openvino")
