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
from tests.test_backend import run_quietly

# As `python -m keras_htr_gan` does, which does not say what it imported.
COMMAND = """
import atexit, runpy, sys
atexit.register(lambda: print("imported", *sys.modules))
runpy.run_module("keras_htr_gan", run_name="__main__", alter_sys=True)
"""


@pytest.mark.backend
def test_to_restore_is_not_to_train(preset, tmp_path, rng):
    """Nor to write other errors than one's own: Keras is imported, a network
    is compiled and run on a generator."""
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    scan = Image.fromarray(rng.integers(0, 255, (40, 300), "uint8"))
    scan.save(scans / "scan.png")
    (scans / "broken.png").write_bytes(b"\x89PNG")
    done = run_quietly(
        *("-c", COMMAND, "restore", scans, "-o", out),
        *("--model", preset, "--runtime", "keras"),
    )
    assert done.returncode == 1
    told = done.stderr.splitlines()[-1]
    assert told.startswith(f"not restored: {scans / 'broken.png'}: ")
    assert (out / "scan.png").is_file()
    (row,) = [r for r in done.stdout.splitlines() if r.startswith("imported")]
    modules = set(row.split())
    assert {"keras", "keras_htr_gan.htr_gan"} <= modules
    rooms = (
        *("training", "evaluation", "callbacks", "experiments"),
        *("data.sources", "data.pipeline", "data.feeding"),
    )
    unwanted = {"wandb", "grain", "datasets", "jiwer"}
    assert not modules & (unwanted | {f"keras_htr_gan.{r}" for r in rooms})


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
