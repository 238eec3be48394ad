"""Pythons that tests start."""

import os

from keras_htr_gan.backend import installed_backends

BY_START = ("jax", "tensorflow", "torch")  # quickest first


def on_any_backend():
    """The environment of a Python that imports Keras on whichever backend.

    Returns:
        dict of str, with the backend of those installed that starts first.
    """
    backend = min(installed_backends(), key=BY_START.index)
    return {**os.environ, "KERAS_BACKEND": backend}
