"""Shipped models are there for onnxruntime, too, and are the same."""

import pytest

from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.presets import SHIPPED
from keras_htr_gan.runtimes.exporting import refuse_differing
from keras_htr_gan.runtimes.loading import find_exported_file
from keras_htr_gan.runtimes.onnx_models import OnnxGenerator, OnnxRecognizer

FILES = sorted(p.relative_to(SHIPPED) for p in SHIPPED.glob("*/*.onnx"))


def test_all_that_restore_or_read_by_default_are_there():
    assert [str(path) for path in FILES] == [
        "latin_historic/recognizer.onnx",
        "latin_small/generator.onnx",
        "latin_small/recognizer.onnx",
        "latin_tiny/generator.onnx",
        "latin_tiny/recognizer.onnx",
    ]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_they_are_what_keras_calculates(path):
    name, network = path.parent.name, path.stem
    assert find_exported_file(name, network, "auto") == SHIPPED / path
    generates = network == "generator"
    model = (HTRGAN if generates else Recognizer).from_preset(name)
    exported = (OnnxGenerator if generates else OnnxRecognizer)(SHIPPED / path)
    height = model.line_height if generates else model.height
    refuse_differing(model, exported, height)
    if generates:
        assert exported.context_rows == model.context_rows
