import importlib
import inspect
import json
import pkgutil
import subprocess
import sys

import keras
import pytest

from keras_htr_gan import callbacks
from tests.processes import on_any_backend

IMPORTED_EARLY = """
import json, sys
import keras_htr_gan.callbacks
dir(keras_htr_gan.callbacks)
from keras_htr_gan import callbacks
print(json.dumps([n for n in sys.argv[1:] if n in sys.modules]))
callbacks.LossAnnealingCallback
print(json.dumps([n for n in sys.argv[1:] if n in sys.modules]))
"""
HEAVY = ["keras", "wandb", "matplotlib", "numpy", "PIL"]


def modules():
    return [
        importlib.import_module(f"{callbacks.__name__}.{module.name}")
        for module in pkgutil.iter_modules(callbacks.__path__)
    ]


def own_callbacks():
    return [
        member
        for module in modules()
        for _, member in inspect.getmembers(module, inspect.isclass)
        if member.__module__ == module.__name__
        and issubclass(member, keras.callbacks.Callback)
    ]


def test_importing_them_imports_nothing_that_is_slow():
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED_EARLY, *HEAVY],
        env=on_any_backend(),
        capture_output=True,
        check=True,
    )
    first, then = map(json.loads, done.stdout.splitlines())
    assert first == []
    assert "keras" in then and "wandb" not in then


def test_every_name_can_be_had():
    for name in callbacks.__all__:
        exported = getattr(callbacks, name)
        assert exported.__name__ == name
        assert not inspect.ismodule(exported)


@pytest.mark.parametrize("callback", own_callbacks())
def test_every_callback_is_exported_and_explained(callback):
    assert getattr(callbacks, callback.__name__) is callback
    arguments, _, example = callback.__doc__.partition("Example:")
    assert ">>> " in example and callback.__name__ in example
    for name in inspect.signature(callback).parameters:
        assert name in arguments.partition("Args:")[2], name
