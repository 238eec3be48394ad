import os
import subprocess
import sys
import tempfile

import pytest

from keras_htr_gan.backend import installed_backends

HIDE = """
import importlib.util, os, sys
found = importlib.util.find_spec
hidden = set({hidden!r})
importlib.util.find_spec = lambda name, *a: (
    None if name in hidden else found(name, *a))
{then}
"""


def run(hidden, then, **environment):
    home = tempfile.mkdtemp()
    kept = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    return subprocess.run(
        [sys.executable, "-c", HIDE.format(hidden=hidden, then=then)],
        env={**kept, "KERAS_HOME": home, "XDG_CACHE_HOME": home, **environment},
        capture_output=True,
        text=True,
    )


def test_without_a_backend_one_line_says_what_to_install():
    hidden = ["tensorflow", "jax", "torch"]
    done = run([*hidden, "onnxruntime"], "import keras_htr_gan")
    assert done.returncode != 0
    assert "keras_htr_gan[tensorflow]" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_with_onnxruntime_alone_a_model_has_to_be_exported():
    hidden = ["tensorflow", "jax", "torch"]
    then = """
if not found("onnxruntime"):
    importlib.util.find_spec = lambda name, *a: name == "onnxruntime" or None
from keras_htr_gan.__main__ import main
sys.argv = ["keras_htr_gan", "restore", __import__("keras_htr_gan").__file__]
sys.argv += ["-o", "nowhere"]
main()
"""
    done = run(hidden, then)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "needs a Keras backend" in done.stderr


def test_a_chosen_but_missing_backend_is_named():
    done = run(["jax"], "import keras_htr_gan", KERAS_BACKEND="jax")
    assert "keras_htr_gan[jax]" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_backend_is_named():
    done = run([], "import keras_htr_gan", KERAS_BACKEND="numpy")
    assert "KERAS_BACKEND=numpy is not supported" in done.stderr


def test_a_backend_of_another_environment_is_passed_over(tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": "tensorflow"}')
    then = "import keras_htr_gan; print(os.environ.get('KERAS_BACKEND'))"
    home = {"KERAS_HOME": str(tmp_path)}
    if installed_backends() == ["tensorflow"]:
        pytest.skip("one backend alone is installed")
    done = run(["tensorflow"], then, **home)
    assert done.stdout.strip() in ("jax", "torch"), done.stderr
    # One that is there stays the user's choice.
    other = installed_backends()[-1]
    (tmp_path / "keras.json").write_text(f'{{"backend": "{other}"}}')
    assert run([], then, **home).stdout.strip() == "None"


def test_falls_back_to_the_backend_there_is():
    then = """
from keras_htr_gan.backend import choose_backend
choose_backend(); print(os.environ['KERAS_BACKEND'])
assert not {"tensorflow", "torch"} & set(sys.modules), "imported needlessly"
"""
    done = run(["tensorflow", "torch"], then)
    assert done.stdout.strip() == "jax", done.stderr


def test_needs_no_tensorflow_to_import_everything():
    done = run(
        ["tensorflow"],
        "import train; print('tensorflow' in sys.modules)",
        KERAS_BACKEND="jax",
    )
    assert done.stdout.strip().endswith("False"), done.stderr
