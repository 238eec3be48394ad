"""Which engine runs a model: onnxruntime, which is quick to start, or Keras."""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import click

from keras_htr_gan.backend import installed_backends
from keras_htr_gan.commands.export import NEEDED
from keras_htr_gan.errors import UserError
from keras_htr_gan.presets import CONFIG, preset_folder
from keras_htr_gan.runtimes.onnx_models import (
    PACKAGE,
    OnnxGenerator,
    OnnxRecognizer,
)
from keras_htr_gan.storage import cache_folder


def restoring_model(name, runtime="auto"):
    """The generator of a model, ready for `Restorer`.

    A preset or a run is exported once and kept in the cache, where that can
    be done; onnxruntime then runs it without Keras.

    Args:
        name: an `.onnx` file, or see `loaded_gan`.
        runtime: `"onnx"`, `"keras"`, or `"auto"` for the first if it can.

    Returns:
        `OnnxGenerator` or `HTRGAN`.

    Raises:
        UserError: if it cannot be loaded, or not so.
    """
    exported = exported_file(name, "generator", runtime)
    if exported:
        return OnnxGenerator(exported)
    from keras_htr_gan.training.recognizer_choice import loaded_gan

    return loaded_gan(name)


def reading_model(name, runtime="auto"):
    """The recogniser of a model, see `restoring_model`."""
    exported = exported_file(name, "recognizer", runtime)
    if exported:
        return OnnxRecognizer(exported)
    from keras_htr_gan.training.recognizer_choice import load_recognizer

    return load_recognizer(name)


def exported_file(name, network, runtime):
    """The ONNX file of a model, or `None` if Keras is to run it."""
    if str(name).endswith(".onnx"):
        if runtime == "keras":
            raise UserError(f"{name}: Keras does not run ONNX files")
        if not Path(name).is_file():
            raise UserError(f"{name}: no such file")
        return Path(name)
    if runtime != "keras" and not Path(name).is_file():
        folder = preset_folder(name)
        if importlib.util.find_spec("onnxruntime"):
            path = cached_file(folder, network)
            if path.exists() or exported_to(path, folder, network):
                return path
    if runtime == "onnx":
        raise UserError(
            f"{name}: cannot be exported here: {PACKAGE} is for .onnx files "
            "alone; pip install 'keras_htr_gan[tensorflow,export]' makes them "
            "of presets and runs"
        )
    if not installed_backends():
        raise UserError(
            f"{name}: needs a Keras backend: pip install "
            "'keras_htr_gan[tensorflow]'; or give an .onnx file that was "
            "exported elsewhere"
        )
    return None


def cached_file(folder, network):
    """Where the export of a preset is kept; others' weights, another file."""
    key = hashlib.sha256((folder / CONFIG).read_bytes()).hexdigest()[:16]
    return cache_folder() / "onnx" / f"{network}_{key}.onnx"


def exported_to(path, folder, network):
    """Exports a preset in a process of its own: whether that went well."""
    if not all(map(importlib.util.find_spec, NEEDED)):
        return False
    click.echo("Preparing the model for onnxruntime, once", err=True)
    command = [sys.executable, "-m", "keras_htr_gan", "export", str(folder)]
    done = subprocess.run(
        [*command, "--network", network, "-o", str(path)],
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["unknown"]
        click.echo(f"It could not be: {reason[0]}; Keras runs it", err=True)
    return not done.returncode
