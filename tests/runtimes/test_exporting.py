"""What is exported is what Keras calculates."""

import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from keras_htr_gan.__main__ import main
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.reading.lines import read
from keras_htr_gan.restoration.restorer import Restorer, restore_lines
from keras_htr_gan.runtimes.onnx_models import OnnxGenerator, OnnxRecognizer
from tests.processes import on_any_backend

pytest.importorskip("onnx")


def invoke(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_pages_of_any_size_are_restored_as_by_keras(preset, exported, rng):
    keras_model = HTRGAN.from_preset(preset)
    onnx_model = OnnxGenerator(exported["generator"])
    assert onnx_model.line_height == 32
    for shape in ((150, 230), (40, 400)):
        image = rng.random(shape).astype("float32")
        np.testing.assert_allclose(
            Restorer(onnx_model).restore(image, text_height=32),
            Restorer(keras_model).restore(image, text_height=32),
            atol=1e-4,
        )


def test_lines_are_read_as_by_keras(preset, exported, rng):
    lines = [rng.random((30, w)).astype("float32") for w in (90, 200, 31)]
    keras_model = Recognizer.from_preset(preset)
    readings = read(keras_model, lines)
    assert any(readings)
    assert read(OnnxRecognizer(exported["recognizer"]), lines) == readings


def test_a_generator_in_integers(preset, exported, tmp_path, rng):
    path = tmp_path / "int8.onnx"
    done = invoke("export", preset, "-o", path, "--precision", "int8")
    assert done.exit_code == 0, done.output
    lines = [rng.random((32, w)).astype("float32") for w in (96, 200)]
    float32, int8 = map(OnnxGenerator, (exported["generator"], path))
    assert int8.metadata == float32.metadata
    for a, b in zip(
        *(restore_lines(m, lines) for m in (float32, int8)), strict=True
    ):
        assert 0 < np.abs(a - b).mean() < 0.01
    done = invoke(
        *("export", preset, "-o", path, "--precision", "int8"),
        *("--network", "recognizer"),
    )
    assert done.exit_code == 1 and "float32 alone" in done.output


def test_a_file_says_what_it_holds(exported):
    import onnx

    proto = onnx.load(exported["recognizer"])
    said = {p.key: p.value for p in proto.metadata_props}
    assert said["keras_htr_gan.line_height"] == "32"
    assert "0 = ink, 1 = paper" in said["keras_htr_gan.polarity"]
    (end,) = proto.graph.input
    assert end.name == "images"
    axes = [d.dim_param or d.dim_value for d in end.type.tensor_type.shape.dim]
    assert axes == ["batch", 32, "width", 1]
    assert [end.name for end in proto.graph.output] == ["logits"]
    assert proto.opset_import[0].version == 18


def test_other_results_are_refused(model):
    """An axis too many is not to be broadcast away."""
    from keras_htr_gan.errors import UserError
    from keras_htr_gan.runtimes.exporting import refuse_differing

    class Wrong:
        def __init__(self, change):
            self.change = change

        def predict_on_batch(self, images):
            return self.change(model.predict_on_batch(images))

    refuse_differing(model, Wrong(lambda results: results), 32)
    for change, message in (
        (lambda results: results[None], r"gives \(1, 2, 32, 96, 1\)"),
        (lambda results: results + 0.1, "differs from the one in Keras by 0.1"),
    ):
        with pytest.raises(UserError, match=message):
            refuse_differing(model, Wrong(change), 32)


def test_mistakes_are_named(preset, exported, tmp_path):
    done = invoke("export", preset, "-o", tmp_path / "model.h5")
    assert done.exit_code == 1 and "must end in .onnx" in done.output
    scan = tmp_path / "scan.png"
    scan.write_bytes(b"")
    out = ("-o", tmp_path / "out", "--model")
    done = invoke("restore", scan, *out, exported["recognizer"])
    assert done.exit_code == 1
    assert "holds a recognizer, not a generator" in done.output
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"nothing")
    done = invoke("restore", scan, *out, broken)
    assert done.exit_code == 1 and "cannot be loaded" in done.output
    done = invoke("restore", scan, *out, tmp_path / "absent.onnx")
    assert done.exit_code == 1 and "no such file" in done.output


def test_scans_are_restored_without_keras(preset, tmp_path, rng):
    """A preset is exported once, and from then on Keras is not imported."""
    from PIL import Image

    scan = tmp_path / "scan.png"
    Image.fromarray(rng.integers(0, 255, (40, 300), "uint8")).save(scan)
    script = (
        "import sys; from keras_htr_gan.__main__ import main; "
        "main(sys.argv[1:], standalone_mode=False); "
        "assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules"
    )
    environment = on_any_backend() | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    said = []
    for name in ("first", "second"):
        done = subprocess.run(
            [sys.executable, "-c", script, "restore", str(scan)]
            + ["-o", str(tmp_path / name), "--model", str(preset)],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        said.append("once" in done.stderr)
        assert (tmp_path / name / "scan.png").exists()
    assert said == [True, False]
