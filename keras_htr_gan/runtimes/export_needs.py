"""What must be there before a network is exported; needs no Keras itself."""

import importlib.util

from keras_htr_gan.errors import UserError
from keras_htr_gan.extras import find_lack


def prepare_export():
    """Sees that networks can be exported.

    Raises:
        UserError: if a package is missing; names the extra that brings it.
    """
    if lack := find_export_lack():
        raise UserError(lack)


def find_export_lack():
    """What is missing and how to install it: str, or `None` if nothing is."""
    if importlib.util.find_spec("onnx") is None:
        return (
            "export needs onnx: pip install 'keras_htr_gan[tensorflow,export]'"
        )
    return find_lack("export")
