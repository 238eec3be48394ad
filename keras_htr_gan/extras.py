"""What the plain install lacks, and which extra brings it.

The plain install restores and reads, by onnxruntime. All else needs Keras, a
backend, and the packages below.
"""

import importlib.util
import os

from keras_htr_gan.backend import BACKENDS, installed_backends
from keras_htr_gan.errors import UserError

# What `keras_htr_gan[train]` brings beside Keras, as it is imported.
TRAINING = (
    "datasets",
    "doxapy",
    "fontTools",
    "fontpkg",
    "grain",
    "huggingface_hub",
    "matplotlib",
    "safetensors",
    "skimage",
    "wandb",
    "wordfreq",
)


def require_training(use, backend=True):
    """Sees that the packages of a training are here, before one is imported.

    Args:
        use: str, what needs them, as the message names it: "training".
        backend: bool, whether Keras and a backend are needed, too.

    Raises:
        UserError: if some are missing; names the extra that brings them.
    """
    if lack := find_lack(use, backend):
        raise UserError(lack)


def find_lack(use, backend=True):
    """What is missing and how to install it, see `require_training`.

    Returns:
        str, or `None` if nothing is.
    """
    if backend and not installed_backends():
        wanted = os.environ.get("KERAS_BACKEND")
        extra = wanted if wanted in BACKENDS else BACKENDS[0]
        return (
            f"{use} needs Keras and a backend: pip install "
            f"'keras_htr_gan[{extra}]'"
        )
    for name in TRAINING:
        if importlib.util.find_spec(name) is None:
            return (
                f"{use} needs the packages of training, and {name} is not "
                "here: pip install 'keras_htr_gan[train]'"
            )
    return None
