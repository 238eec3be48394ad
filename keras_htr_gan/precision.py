"""In which precision the layers calculate."""

import contextlib

import keras

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def calculate_in(precision):
    """Sets the precision of the layers that are built from now on.

    Args:
        precision: `"float32"`, or `"bfloat16"`: weights, logits and losses
            stay float32.
    """
    keras.config.set_dtype_policy(POLICIES[precision])


@contextlib.contextmanager
def calculating_in(precision):
    """The same within a `with` block."""
    before = keras.config.dtype_policy()
    calculate_in(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
