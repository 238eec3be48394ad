"""Chooses the Keras backend before Keras is first imported.

Keras takes the backend from `KERAS_BACKEND` or from its own `keras.json`, and
falls back to TensorFlow. Here the fallback is the first backend that is
installed, and a missing one is answered by the command that installs it.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

BACKENDS = ("tensorflow", "jax", "torch")


def installed_backends():
    """Names of the Keras backends that can be imported here, preferred first.

    Returns:
        list of str, a subset of `["tensorflow", "jax", "torch"]`.
    """
    return [
        name for name in BACKENDS if importlib.util.find_spec(name) is not None
    ]


def choose_backend():
    """Sets `KERAS_BACKEND` where the user has not, or stops with the remedy.

    Raises:
        SystemExit: if the chosen backend, or every backend, is missing, or
            if the name is not one that keras_htr_gan trains on.
    """
    if "keras" in sys.modules:
        return
    quiet_native_logs()
    installed = installed_backends()
    wanted = os.environ.get("KERAS_BACKEND")
    if wanted is None:
        if not installed:
            if importlib.util.find_spec("onnxruntime"):
                return  # Exported models run without Keras.
            raise SystemExit(
                "keras_htr_gan: no Keras backend is installed; add one with "
                "pip install 'keras_htr_gan[tensorflow]' (or [jax], [torch])."
            )
        # Keras writes its file by itself: it may be that of another
        # environment.
        if configured_backend() not in installed:
            os.environ["KERAS_BACKEND"] = installed[0]
        return
    if wanted not in BACKENDS:
        raise SystemExit(
            f"keras_htr_gan: KERAS_BACKEND={wanted} is not supported; "
            f"use one of {', '.join(BACKENDS)}."
        )
    if wanted not in installed:
        raise SystemExit(
            f"keras_htr_gan: KERAS_BACKEND={wanted}, but {wanted} is not "
            f"installed; add it with pip install 'keras_htr_gan[{wanted}]'"
            + (f", or use KERAS_BACKEND={installed[0]}." if installed else ".")
        )


def keras_json():
    """Where Keras looks for the user's own settings (it may not exist)."""
    home = os.environ.get("KERAS_HOME", Path.home() / ".keras")
    return Path(home) / "keras.json"


def configured_backend():
    """The backend that Keras' own settings name, or `None`."""
    try:
        return json.loads(keras_json().read_text("utf-8"))["backend"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def quiet_native_logs():
    """Keeps TensorFlow's start-up notices out of the user's terminal."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")


def calculate_deterministically():
    """Lets equal calculations have equal results, to the last digit.

    JAX does so on a CPU. TensorFlow and torch raise an error where they cannot.
    """
    match os.environ.get("KERAS_BACKEND") or configured_backend():
        case "tensorflow":
            import tensorflow

            tensorflow.config.experimental.enable_op_determinism()
        case "torch":
            import torch

            torch.use_deterministic_algorithms(True)
