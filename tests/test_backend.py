import contextlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from keras_htr_gan.backend import installed_backends

ROOT = Path(__file__).parents[1]
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


@pytest.mark.parametrize("chosen", [{}, {"KERAS_BACKEND": "jax"}])
def test_without_a_backend_there_is_none_to_choose(chosen):
    then = """
import keras_htr_gan.backend
assert keras_htr_gan.backend.installed_backends() == []
assert "keras" not in sys.modules
"""
    for hidden in (["tensorflow", "jax", "torch"], ["keras"]):
        done = run(hidden, then, **chosen)
        assert done.returncode == 0, done.stderr


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


# What a `tensorflow` writes in its place while it is imported.
NATIVE = (
    "WARNING: All log messages before absl::InitializeLog() is called are "
    "written to STDERR\n"
    "I0000 00:00:1795645331.715672    7877 port.cc:153] oneDNN is on.\n"
    "W1125 22:33:41.955031   13356 pjrt_client.cc:579] a warning\n"
    "E0000 00:00:1795645934.736785   11283 cuda_platform.cc:52] no cuInit\n"
    "2025-09-17 14:44:05.157831: I external/local_xla/xla/tsl/cuda/"
    "cudart_stub.cc:32] Could not find cuda drivers\n"
)
OTHERS = (
    b"F0000 00:00:1.2 3 cpu.cc:1] fatal\n\rtakes \xff time\nI0000 of .cc:1] \n"
)
IMPORTING = """
import contextlib, os, sys
with contextlib.suppress(OSError):
    os.write(2, {native!r})
    os.write(2, {others!r})
    print("printed", file=sys.stderr, flush=True)
{then}
"""


def import_tensorflow(folder, then="", command="", **environment):
    """Imports a stand-in for TensorFlow as a command does: its end."""
    package = folder / "tensorflow"
    package.mkdir()
    (package / "__init__.py").write_text(
        IMPORTING.format(native=NATIVE.encode(), others=OTHERS, then=then)
    )
    code = f"""
import os, sys
sys.path.insert(0, {str(folder)!r})
import importlib.util
from keras_htr_gan.backend import hide_native_logs
hide_native_logs()
hide_native_logs()
importlib.util.find_spec("tensorflow")  # as others look for it
print("before", file=sys.stderr)
{command or "import tensorflow"}
print("after", file=sys.stderr)
"""
    kept = {k: v for k, v in os.environ.items() if k not in LEVELS}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "KERAS_BACKEND": "tensorflow", **environment},
        capture_output=True,
    )


LEVELS = ("TF_CPP_MIN_LOG_LEVEL", "PYTHONFAULTHANDLER")
needs_tensorflow = pytest.mark.skipif(
    "tensorflow" not in installed_backends(), reason="needs TensorFlow"
)


def written(done):
    return done.stderr.replace(b"\r\n", b"\n")


@needs_tensorflow
def test_native_lines_of_the_import_are_left_out_and_all_else_is_not(tmp_path):
    done = import_tensorflow(tmp_path)
    assert written(done) == b"before\n" + OTHERS + b"printed\nafter\n"


@needs_tensorflow
@pytest.mark.parametrize(
    "level, shown", [("0", "WIWEI"), ("1", "WE"), ("2", "E"), ("much", "WIWEI")]
)
def test_the_level_of_native_lines_is_the_users(tmp_path, level, shown):
    done = import_tensorflow(tmp_path, TF_CPP_MIN_LOG_LEVEL=level)
    native = written(done).decode(errors="replace").partition("F0000")[0]
    lines = native.splitlines()[1:]
    severities = [line[28 if line[:2] == "20" else 0] for line in lines]
    assert "".join(severities) == shown


@needs_tensorflow
def test_an_error_of_the_import_is_told_whole(tmp_path):
    then = "def load():\n    raise ImportError('DLL load failed')\nload()"
    done = import_tensorflow(tmp_path, then)
    told = written(done).decode(errors="replace")
    assert done.returncode == 1 and ".cc:153" not in told
    assert "printed\nTraceback (most recent call last):\n" in told
    assert told.endswith("ImportError: DLL load failed\n")


@needs_tensorflow
def test_a_crash_of_the_import_says_where_it_was(tmp_path):
    done = import_tensorflow(tmp_path, "os.abort()")
    assert done.returncode != 0
    assert b"Fatal Python error: Aborted" in done.stderr
    assert os.path.join("tensorflow", "__init__.py").encode() in done.stderr


@needs_tensorflow
def test_error_output_that_is_closed_harms_no_import(tmp_path):
    command = """
os.close(2)
import tensorflow
print("imported", flush=True)
os._exit(0)
"""
    done = import_tensorflow(tmp_path, command=command)
    assert done.stdout.strip() == b"imported"


@needs_tensorflow
def test_after_the_import_error_output_is_the_terminal_again(tmp_path):
    pty = pytest.importorskip("pty", reason="needs a terminal")
    termios = pytest.importorskip("termios", reason="needs a terminal")
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from keras_htr_gan.backend import hide_native_logs
hide_native_logs()
errors = sys.stderr
import tensorflow
from tqdm import tqdm
assert sys.stderr is errors and errors.isatty()
for _ in tqdm(range(3), mininterval=0):
    pass
"""
    (tmp_path / "tensorflow.py").write_text(
        IMPORTING.format(native=NATIVE.encode(), others=b"", then="")
    )
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how Linux tells the end
        while some := os.read(ours, 65536):
            shown += some
    os.close(ours)
    assert done.returncode == 0, shown
    assert shown.startswith(b"printed\r\n\r") and b".cc" not in shown
    assert shown.count(b"\r") >= 5 and b"| 3/3 [" in shown


def test_importing_the_library_redirects_nothing():
    done = run([], "import keras_htr_gan; print(sys.meta_path)")
    assert "Quiet" not in done.stdout and done.stdout


NATIVE_LINE = re.compile(
    r"^[IWEF]\d{4} |\.cc:\d+\]|InitializeLog|^WARNING", re.M
)


def run_quietly(*arguments):
    """Runs a Python that writes no native log lines: its end."""
    kept = {k: v for k, v in os.environ.items() if k not in LEVELS}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
    )
    assert not NATIVE_LINE.search(done.stdout + done.stderr), done.stderr
    return done


@pytest.mark.parametrize(
    "start", [["train.py"], ["-m", "keras_htr_gan", "train"]]
)
def test_help_writes_no_errors(start):
    done = run_quietly(*start, "--help")
    assert done.returncode == 0 and done.stderr == ""
    assert "--warmup-epochs" in done.stdout


@pytest.mark.slow
@pytest.mark.backend
def test_a_training_writes_no_errors(tmp_path):
    short = (
        "--epochs 2 --warmup-epochs 1 --annealing-epochs 1 --steps-per-epoch 2 "
        "--batch-size 2 --validation-steps 1 --test-steps 1 --wandb disabled"
    )
    done = run_quietly(
        "train.py", "--run-dir", tmp_path / "run", *short.split()
    )
    assert done.returncode == 0 and done.stderr == ""
    assert "2/2" in done.stdout, "the progress bars"
