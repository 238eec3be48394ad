"""Chooses the Keras backend before Keras is first imported, and quiets it.

Keras takes the backend from `KERAS_BACKEND` or from its own `keras.json`, and
falls back to TensorFlow. Here the fallback is the first backend that is
installed, and a missing one is answered by the command that installs it.
"""

import contextlib
import faulthandler
import importlib.abc
import importlib.machinery
import importlib.util
import json
import logging
import os
import re
import sys
import tempfile
from pathlib import Path

BACKENDS = ("tensorflow", "jax", "torch")

# Of native log lines, those below this level are not shown: 0 shows all, 1 no
# information, 2 no warnings, 3 no errors either (Python raises those).
LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
NATIVE_LINE = re.compile(
    rb"(?:\d{4}-\d\d-\d\d [\d:.]+: (?P<old>[IWE]) |"
    rb"(?P<new>[IWE])\d{4} \d\d:\d\d:[\d.]+ +\d+ )"
    rb"\S+\.(?:cc|cpp|cu|h):\d+\] "
)
NOT_INITIALIZED = b"WARNING: All log messages before absl::InitializeLog()"


def installed_backends():
    """Names of the Keras backends that can be imported here, preferred first.

    Returns:
        list of str, a subset of `["tensorflow", "jax", "torch"]`; empty
        where Keras itself is missing.
    """
    if importlib.util.find_spec("keras") is None:
        return []
    return [
        name for name in BACKENDS if importlib.util.find_spec(name) is not None
    ]


def choose_backend():
    """Sets `KERAS_BACKEND` where the user has not, or stops with the remedy.

    Where no backend is installed there is none to choose: exported models
    run without Keras.

    Raises:
        SystemExit: if the chosen backend is missing and another is not, or
            if the name is not one that keras_htr_gan trains on.
    """
    if "keras" in sys.modules:
        return
    quiet_native_logs()
    installed = installed_backends()
    wanted = os.environ.get("KERAS_BACKEND")
    if not installed:
        return
    if wanted is None:
        # Keras writes its file by itself: it may be that of another
        # environment.
        if configured_backend() not in installed:
            os.environ["KERAS_BACKEND"] = installed[0]
        return
    if wanted not in BACKENDS:
        raise SystemExit(
            f"keras_htr_gan: KERAS_BACKEND={wanted} is not supported; "
            f"use one of {', '.join(BACKENDS)}."
        )
    if wanted not in installed:
        raise SystemExit(
            f"keras_htr_gan: KERAS_BACKEND={wanted}, but {wanted} is not "
            f"installed; add it with pip install 'keras_htr_gan[{wanted}]', "
            f"or use KERAS_BACKEND={installed[0]}."
        )


def keras_json():
    """Where Keras looks for the user's own settings (it may not exist)."""
    home = os.environ.get("KERAS_HOME", Path.home() / ".keras")
    return Path(home) / "keras.json"


def configured_backend():
    """The backend that Keras' own settings name, or `None`."""
    try:
        return json.loads(keras_json().read_text("utf-8"))["backend"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def quiet_native_logs():
    """Keeps native log lines out of the user's terminal, but for the first.

    The environment variables hold for this process and its children, once
    TensorFlow or JAX is imported. What the user has set stays.
    """
    os.environ.setdefault(LOG_LEVEL, "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")


def hide_native_logs():
    """Keeps all native log lines out of a command's terminal.

    TensorFlow 2.21 logs while its libraries are loaded, before it looks at
    `TF_CPP_MIN_LOG_LEVEL`. While it is imported, file descriptor 2 is
    therefore a file, whose other lines are passed on. This is for commands,
    to be called before Keras is imported: a program that uses the library
    may not like it. `TF_CPP_MIN_LOG_LEVEL=0` shows all.
    """
    quiet_native_logs()
    if log_level() >= 2:
        # Tracing anew for lines of another width is meant.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if log_level() and not any(
        isinstance(finder, QuietTensorFlow) for finder in sys.meta_path
    ):
        sys.meta_path.insert(0, QuietTensorFlow())


def log_level():
    """The level that `TF_CPP_MIN_LOG_LEVEL` sets: int."""
    try:
        return int(os.environ.get(LOG_LEVEL, 0))
    except ValueError:
        return 0


class QuietTensorFlow(importlib.abc.MetaPathFinder):
    """Finds TensorFlow as Python does, but has it imported `without_logs`."""

    def find_spec(self, name, path=None, target=None):
        """See `importlib.abc.MetaPathFinder`; `None` but for TensorFlow."""
        if name != "tensorflow":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec and spec.loader:
            load = spec.loader.exec_module
            spec.loader.exec_module = without_logs(log_level())(load)
        return spec


@contextlib.contextmanager
def without_logs(level):
    """Holds back what is written to file descriptor 2, and then writes it.

    Native log lines below a level are left out. If the process crashes
    meanwhile, all of it is, and Python tells where it was.

    Args:
        level: int, see `LOG_LEVEL`.
    """
    with contextlib.ExitStack() as stack:
        try:
            shown = os.dup(2)
            stack.callback(os.close, shown)
            held = stack.enter_context(tempfile.TemporaryFile())
        except OSError:  # There is no terminal, or no room.
            yield
            return
        if not faulthandler.is_enabled():
            faulthandler.enable(shown)
            stack.callback(faulthandler.disable)
        flush_errors()
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            flush_errors()
            os.dup2(shown, 2)
            held.seek(0)
            kept = without_native_lines(held.read(), level)
            with (
                contextlib.suppress(OSError),
                open(2, "wb", closefd=False) as file,
            ):
                file.write(kept)


def flush_errors():
    """Writes what Python has not written yet of its error output."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sys.stderr.flush()


def without_native_lines(output, level):
    """What was written, without native log lines below a level: bytes."""

    def is_shown(line):
        native = NATIVE_LINE.match(line)
        if native:
            return b"IWE".index(native["old"] or native["new"]) >= level
        return not (level and line.startswith(NOT_INITIALIZED))

    return b"".join(filter(is_shown, output.splitlines(keepends=True)))


def calculate_deterministically():
    """Lets equal calculations have equal results, to the last digit.

    JAX does so on a CPU. TensorFlow and torch raise an error where they cannot.
    """
    match os.environ.get("KERAS_BACKEND") or configured_backend():
        case "tensorflow":
            import tensorflow

            tensorflow.config.experimental.enable_op_determinism()
        case "torch":
            import torch

            torch.use_deterministic_algorithms(True)
