"""In which precision the layers calculate."""

import contextlib

import keras

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


@contextlib.contextmanager
def calculating_in(precision):
    """The precision of the layers that are built within a `with` block.

    Args:
        precision: `"float32"`, or `"bfloat16"`: weights, logits and losses
            stay float32.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(POLICIES[precision])
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
