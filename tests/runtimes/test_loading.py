"""What running a model imports, and what it does without."""

import os
import subprocess
import sys

import onnxruntime
import pytest
from PIL import Image

from keras_htr_gan.errors import UserError
from keras_htr_gan.runtimes.loading import (
    load_reading_model,
    load_restoring_model,
)
from keras_htr_gan.runtimes.onnx_models import ON_GPUS, choose_gpu

SCRIPT = """
import json, sys
from keras_htr_gan.__main__ import main
main({arguments!r}, standalone_mode=False)
print("imported", json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def imported_by(*arguments):
    """The modules that a command has imported when it ends: set of str."""
    script = SCRIPT.format(arguments=[str(a) for a in arguments])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (row,) = [r for r in done.stderr.splitlines() if r.startswith("imported")]
    return set(row.replace('"', "").replace(",", "").strip("]").split())


@pytest.mark.backend
def test_to_restore_is_not_to_train(preset, tmp_path, rng):
    scan = tmp_path / "scan.png"
    Image.fromarray(rng.integers(0, 255, (40, 300), "uint8")).save(scan)
    modules = imported_by(
        "restore", scan, "-o", tmp_path / "out", "--model", preset,
        "--runtime", "keras",
    )  # fmt: skip
    assert (tmp_path / "out" / "scan.png").exists()
    assert "keras_htr_gan.htr_gan" in modules
    rooms = (
        *("training", "evaluation", "callbacks", "experiments"),
        *("data.sources", "data.pipeline", "data.feeding"),
    )
    for name in ("wandb", "grain", "datasets", "jiwer"):
        assert name not in modules
    for name in rooms:
        assert f"keras_htr_gan.{name}" not in modules


@pytest.mark.parametrize("command", ["restore", "read", "export"])
def test_help_does_not_wait_for_keras(command):
    modules = imported_by(command, "--help")
    assert f"keras_htr_gan.commands.{command}" in modules
    for name in ("keras", "tensorflow", "jax", "torch", "cv2"):
        assert name not in modules


@pytest.mark.parametrize("load", [load_restoring_model, load_reading_model])
def test_what_cannot_be_loaded_is_named(load, tmp_path):
    with pytest.raises(UserError, match="nothing: no preset"):
        load("nothing")
    with pytest.raises(UserError, match="absent.onnx: no such file"):
        load(tmp_path / "absent.onnx")
    with pytest.raises(UserError, match="Keras does not run ONNX files"):
        load(tmp_path / "absent.onnx", "keras")
    with pytest.raises(UserError, match="absent.keras: no such file"):
        load(tmp_path / "absent.keras", "keras")
    (tmp_path / "other.keras").write_bytes(b"no archive")
    with pytest.raises(UserError, match="other.keras: cannot be loaded"):
        load(tmp_path / "other.keras")
    with pytest.raises(UserError, match="other.keras: cannot be exported"):
        load(tmp_path / "other.keras", "onnx")


def test_a_gpu_is_taken_where_onnxruntime_knows_one(exported):
    known = ["CPUExecutionProvider", "DmlExecutionProvider"]
    assert choose_gpu(known) == "DmlExecutionProvider"
    assert choose_gpu([*known, "CUDAExecutionProvider"])[:4] == "CUDA"
    if set(ON_GPUS) & set(onnxruntime.get_available_providers()):
        return
    with pytest.raises(UserError, match="knows no GPU; install one"):
        load_restoring_model(exported["generator"], "gpu")
    with pytest.raises(UserError, match="knows no GPU; install one"):
        load_reading_model(exported["recognizer"], "gpu")


@pytest.mark.skipif(os.name == "nt", reason="HOME is that of others")
@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_runtimes_keep_no_identifier(runtime, exported, tmp_path):
    """Which they would send to their makers, with what they were used for."""
    if runtime == "openvino":
        pytest.importorskip("openvino")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")
    }
    code = "from keras_htr_gan.runtimes import loading"
    path = str(exported["generator"])
    code = f"{code}\nloading.load_restoring_model({path!r}, {runtime!r})"
    subprocess.run(
        [sys.executable, "-c", code],
        env=kept | {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        check=True,
    )
    assert not list(tmp_path.iterdir())
