"""What must be there before a network is exported; needs no Keras itself."""

import importlib.util

from keras_htr_gan.backend import installed_backends
from keras_htr_gan.errors import UserError

PACKAGES = ("onnx", "onnxruntime")


def can_export():
    """Whether Keras and what writes ONNX are here: bool."""
    return bool(installed_backends()) and not find_missing_packages()


def find_missing_packages():
    """The packages that exporting needs and that are not here: list of str."""
    return [n for n in PACKAGES if importlib.util.find_spec(n) is None]


def prepare_export():
    """Sees that networks can be exported.

    Raises:
        UserError: if a package is missing.
    """
    missing = find_missing_packages()
    if missing:
        raise UserError(
            f"export needs {', '.join(missing)}: pip install "
            "'keras_htr_gan[export]'"
        )
