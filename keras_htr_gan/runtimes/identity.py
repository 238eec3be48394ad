"""Which model it is that runs, and what runs it."""

import dataclasses
import importlib
from importlib.metadata import version
from pathlib import Path

from keras_htr_gan.cores import multiplies_int8
from keras_htr_gan.hub import names_repository
from keras_htr_gan.presets import find_preset, name_weights, shipped_presets
from keras_htr_gan.runtimes.onnx_models import (
    ON_CPU,
    OnnxGenerator,
    OpenVinoGenerator,
)
from keras_htr_gan.storage import hash_file

# Without products of four such integers onnxruntime adds two and two of them in
# 16 bits, which may overflow: what comes out differs.
INT8, SATURATING = "int8", "int8 in pairs"
WEIGHTS = name_weights("generator")


@dataclasses.dataclass(frozen=True)
class ModelIdentity:
    """A model, by the files that make it what it is.

    Args:
        name: str, of a shipped preset, of a repository, or of a folder or
            file without what lies above it.
        runtime: `"onnx"`, `"int8"`, `"gpu"`, `"openvino"` or `"keras"`, see
            `load_restoring_model`.
        library: str, what runs it, with its version.
        precision: str, `"float32"`, `INT8` or `SATURATING`, by the processor,
            or `None` where only the file knows.
        files: dict of the name of each file to its SHA-256, hexadecimal.
    """

    name: str
    runtime: str
    library: str
    precision: str | None
    files: dict

    def is_made_of_one(self, other):
        """Whether it has a file in common with another: bool.

        Weights that are exported on two machines may be two files, beside
        the one of the weights.
        """
        return bool(self.files.items() & other.files.items())


def identify_model(model, name):
    """What is known of a model that was loaded.

    Args:
        model: what `load_restoring_model` returns.
        name: str or path, by which it was loaded.

    Returns:
        `ModelIdentity`.
    """
    if isinstance(model, OnnxGenerator):
        paths, of_preset = [model.path], not str(name).endswith(".onnx")
        runtime, precision = "onnx", "float32" if of_preset else None
        if isinstance(model, OpenVinoGenerator):
            runtime, library = "openvino", f"openvino {version('openvino')}"
        else:
            library, gpu = describe_onnxruntime(model.session)
            runtime = "gpu" if gpu else runtime
            if of_preset and not gpu and "_int8" in model.path.name:
                runtime = "int8"
                precision = INT8 if multiplies_int8() else SATURATING
        weights = model.path.with_name(WEIGHTS)
        if not weights.is_file() and of_preset:
            weights = find_preset(name) / WEIGHTS
    else:
        import keras

        backend = keras.config.backend()
        library = f"keras {version('keras')}, {backend} {find_version(backend)}"
        runtime, precision = "keras", "float32"
        given = Path(name)
        paths = [given] if given.is_file() else []
        weights = given if paths else find_preset(name) / WEIGHTS
    if weights.is_file() and weights not in paths:
        paths.append(weights)
    files = {path.name: hash_file(path) for path in paths}
    return ModelIdentity(call_model(name), runtime, library, precision, files)


def describe_onnxruntime(session):
    """What runs a session, and whether it is a GPU: str, bool."""
    import onnxruntime

    (used, *_) = session.get_providers()
    library = f"onnxruntime {onnxruntime.__version__}"
    gpu = used != ON_CPU
    return (f"{library}, {used}" if gpu else library), gpu


def find_version(backend):
    """The version of a backend of Keras: str."""
    return importlib.import_module(backend).__version__


def call_model(name):
    """The name of a model, without the folders of this machine: str."""
    name = str(name)
    if name in shipped_presets() or names_repository(name):
        return name
    return Path(name).resolve().name
