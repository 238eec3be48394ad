"""Which engine runs a model: onnxruntime, which is quick to start, or Keras.

The one place that chooses: whoever runs a model, and trains none, asks here.
"""

import hashlib
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from keras_htr_gan.cores import multiplies_int8
from keras_htr_gan.errors import UserError
from keras_htr_gan.extras import find_lack
from keras_htr_gan.presets import CONFIG, find_preset
from keras_htr_gan.runtimes.export_needs import find_export_lack
from keras_htr_gan.runtimes.onnx_models import (
    OnnxGenerator,
    OnnxRecognizer,
    OpenVinoGenerator,
)
from keras_htr_gan.storage import cache_folder

# Raised when `exporting.py` mends what it wrote: old files are left alone.
EDITION = b"3"


def load_restoring_model(name, runtime="auto"):
    """The generator of a model, ready for `Restorer`.

    What is shipped is there for onnxruntime, too. Another preset or a run is
    exported once and kept in the cache, where that can be done, and then runs
    without Keras.

    Args:
        name: str or path: an `.onnx` file, or see `HTRGAN.from_preset`.
        runtime: `"onnx"`; `"int8"`, the same in integers, see `quantize`;
            `"openvino"`; `"keras"`; or `"auto"` for integers, where the
            processor has products of them, else onnxruntime, else Keras;
            `"gpu"`, onnxruntime on a GPU, which must be one that knows it.

    Returns:
        `OnnxGenerator` or `HTRGAN`.

    Raises:
        UserError: if it cannot be loaded, or not so.
    """
    if runtime == "openvino" and not find_spec("openvino"):
        raise UserError(
            "`runtime`: OpenVINO is not installed: pip install "
            "'keras_htr_gan[openvino]'"
        )
    exported = find_exported_file(name, "generator", runtime)
    if exported:
        if runtime == "openvino":
            return OpenVinoGenerator(exported)
        return OnnxGenerator(exported, on_gpu=runtime == "gpu")
    from keras_htr_gan.htr_gan import HTRGAN

    return HTRGAN.from_preset(name)


def load_reading_model(name, runtime="auto"):
    """The recogniser of a model, ready for `read`.

    Args, Raises: see `load_restoring_model`.

    Returns:
        `OnnxRecognizer` or `Recognizer`.
    """
    runtime = "onnx" if runtime in ("int8", "openvino") else runtime
    exported = find_exported_file(name, "recognizer", runtime)
    if exported:
        return OnnxRecognizer(exported, on_gpu=runtime == "gpu")
    from keras_htr_gan.networks.recognizer import Recognizer

    return Recognizer.from_preset(name)


def find_exported_file(name, network, runtime):
    """The ONNX file of a model, or `None` if Keras is to run it."""
    if str(name).endswith(".onnx"):
        if runtime == "keras":
            raise UserError(f"{name}: Keras does not run ONNX files")
        if not Path(name).is_file():
            raise UserError(f"{name}: no such file")
        return Path(name)
    if runtime != "keras" and not Path(name).is_file():
        precision = choose_precision(network, runtime)
        folder = find_preset(name)
        path = place_export(folder, network, precision)
        if path.exists() or export_apart(folder, network, precision, path):
            return path
    if runtime not in ("auto", "keras"):
        lack = find_export_lack() or "export says why"
        raise UserError(f"{name}: cannot be exported here: {lack}")
    if lack := find_lack(name):
        raise UserError(f"{lack}; or give an .onnx file, exported elsewhere")
    return None


def choose_precision(network, runtime):
    """`"int8"` where that is asked for, or is fastest; else `"float32"`."""
    fastest = network == "generator" and multiplies_int8()
    chosen = runtime == "int8" or (runtime == "auto" and fastest)
    return "int8" if chosen else "float32"


def place_export(folder, network, precision):
    """Where the export of a preset is, or is to be: beside its weights if it
    comes with them, else in the cache; others' weights, another file."""
    shipped = folder / f"{network}_{precision}.onnx"
    if shipped.is_file():
        return shipped
    content = EDITION + (folder / CONFIG).read_bytes()
    key = hashlib.sha256(content).hexdigest()[:16]
    return cache_folder() / "onnx" / f"{network}_{precision}_{key}.onnx"


def export_apart(folder, network, precision, path):
    """Exports a preset in a process of its own: whether that went well.

    Here Keras may not be wanted at all.
    """
    if find_export_lack():
        return False
    print("Preparing the model for onnxruntime, once", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, "-m", "keras_htr_gan.runtimes.exporting"]
        + [str(folder), network, precision, str(path)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["unknown"]
        print(f"It could not be: {reason[0]}; Keras runs it", file=sys.stderr)
    return not done.returncode
