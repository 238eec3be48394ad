"""What must be there before a network is exported; needs no Keras itself."""

import importlib.util
import os
import sys

from keras_htr_gan.errors import UserError

PACKAGES = (
    *("tensorflow", "keras", "safetensors"),
    *("tf2onnx", "onnx", "onnxruntime"),
)
BACKEND = {"KERAS_BACKEND": "tensorflow"}


def find_missing_packages():
    """The packages that exporting needs and that are not here: list of str."""
    return [n for n in PACKAGES if importlib.util.find_spec(n) is None]


def prepare_export():
    """Sees that networks can be exported, and lets Keras run on TensorFlow.

    Call it before Keras is imported, where that can be.

    Raises:
        UserError: if a package is missing, or Keras runs on another backend.
    """
    missing = find_missing_packages()
    if missing:
        raise UserError(
            f"export needs {', '.join(missing)}: pip install "
            "'keras_htr_gan[tensorflow,export]'"
        )
    if "keras" not in sys.modules:
        os.environ.update(BACKEND)
    import keras

    if keras.config.backend() != "tensorflow":
        raise UserError(
            "export runs on TensorFlow: leave KERAS_BACKEND out, whatever the "
            "model was trained on"
        )
