"""What only Linux has is not used: macOS and Windows lack it.

Python is started with those names taken away; the rest of what differs is
looked for in the source.
"""

import ast
import collections
import importlib.util
import itertools
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.charset import LATIN
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.sizes import SIZES
from tests import small
from tests.test_architecture import modules
from tests.test_imports import imported_by

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path
    for place in ("keras_htr_gan", "callbacks", "benchmarks")
    for path in (ROOT / place).rglob("*.py")
) + [ROOT / "train.py"]
MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "pty", "posix"}
NAMES = {
    "errno": {"EDQUOT"},
    "os": {
        *("EX_OK", "EX_TEMPFAIL", "fork", "forkpty", "getgid", "getloadavg"),
        *("getuid", "geteuid", "kill", "killpg", "mkfifo", "nice", "setsid"),
        *("sched_getaffinity", "statvfs", "uname"),
    },
    "signal": {
        *("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "alarm"),
        *("pause", "sigwait"),
    },
}
# Python starts this by itself. Libraries for Linux use some of the names: what
# is taken away is what they can do without.
TAKEN_AWAY = """
import errno, importlib.abc, os, signal, sys

class NotHere(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "resource"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotHere())
for module, name in (
    (errno, "EDQUOT"),
    (os, "fork"),
    (os, "forkpty"),
    (os, "mkfifo"),
    (os, "nice"),
    (os, "sched_getaffinity"),
    (signal, "SIGALRM"),
    (signal, "SIGHUP"),
    (signal, "SIGUSR1"),
    (signal, "SIGUSR2"),
):
    if hasattr(module, name):
        delattr(module, name)
"""
IMPORT_ALL = """
import importlib, os, runpy, sys
assert not hasattr(os, "sched_getaffinity")
if sys.argv[1:]:
    runpy.run_module("tests.training.least_train", run_name="__main__")
for name in {names!r}:
    importlib.import_module(name)
"""
JOB = [
    *("--epochs", "1", "--warmup-epochs", "0", "--annealing-epochs", "0"),
    *("--steps-per-epoch", "1", "--batch-size", "2", "--judge", "none"),
    *("--validation-steps", "1", "--test-steps", "1", "--wandb", "disabled"),
]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The environment of a Python that lacks what Linux alone has."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(TAKEN_AWAY, encoding="utf-8")
    return {
        **os.environ,
        "KERAS_BACKEND": keras.config.backend(),
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
    }


def run(environment, *arguments):
    """Output of a Python that ends well."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def own():
    """The modules that can be imported here: sorted list of str."""
    others = {"tensorflow", "jax", "torch"} - {keras.config.backend()}
    steps = {f"keras_htr_gan.train_steps.{name}" for name in others}
    # A class of OCR-D's own, which cannot be there without it.
    if importlib.util.find_spec("ocrd") is None:
        steps.add("keras_htr_gan.plugins.ocrd")
    return sorted(set(modules()) - steps - {"keras_htr_gan.__main__"})


@pytest.fixture(scope="module")
def started(request, elsewhere, own, tmp_path_factory):
    """A Python that trains, where a test asks for that, and imports all.

    Returns:
        the folder of its run; and the modules that it imported and their
        files: dict of str to str.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    job = []
    if any(test.name == "test_a_training" for test in request.session.items):
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(SIZES, "tiny", small.LEAST)
            Recognizer(LATIN).save(folder / "recognizer.keras")
        job = [*JOB, "--recognizer", folder / "recognizer.keras"]
        job += ["--run-dir", folder / "run"]
    code = IMPORT_ALL.format(names=own)
    return folder / "run", imported_by(code, elsewhere, job)


@pytest.mark.backend
def test_every_module_can_be_imported(started, own):
    """None of them under two names."""
    ours = {os.path.realpath(path) for path in modules().values()}
    files = collections.defaultdict(list)
    for name, file in started[1].items():
        if file and os.path.realpath(file) in ours:
            files[os.path.realpath(file)].append(name)
    assert sorted(itertools.chain.from_iterable(files.values())) == own
    assert len(files) == len(own)


def test_a_training(started):
    folder, _ = started
    for name in ("history.csv", "report.md", "checkpoints/epoch_0001.keras"):
        assert (folder / name).is_file(), name


@pytest.fixture
def generator(exported):
    """A generator as an ONNX file."""
    return exported["generator"]


@pytest.fixture
def scan(tmp_path, rng):
    path = tmp_path / "scan.png"
    Image.fromarray(rng.integers(0, 255, (40, 300), "uint8")).save(path)
    return path


def test_onnxruntime_restores(elsewhere, generator, scan, tmp_path):
    command = ("-m", "keras_htr_gan", "restore", scan)
    run(elsewhere, *command, "-o", tmp_path / "out", "--model", generator)
    with Image.open(tmp_path / "out" / "scan.png") as restored:
        assert np.asarray(restored).shape[:2] == (40, 300)


def test_a_screen_that_lacks_characters_stops_nothing(
    generator, scan, tmp_path
):
    """As on Windows, where what is piped is not UTF-8."""
    out = tmp_path / "ć"
    run(
        {**os.environ, "PYTHONIOENCODING": "cp1252"},
        *("-m", "keras_htr_gan", "restore", scan, "-o", out),
        *("--model", generator),
    )
    assert (out / "scan.png").exists()


def test_the_source():
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}: {reason}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (reason := what_is_wrong(node))
    ]
    assert not found, "\n".join(found)


def what_is_wrong(node):
    """Why a part of a program is not for every desktop, or `None`."""
    match node:
        case ast.Import(names=names):
            for alias in names:
                if alias.name in MODULES:
                    return f"{alias.name} is not everywhere"
        case ast.ImportFrom(module=module) if module in MODULES:
            return f"{module} is not everywhere"
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            if name in NAMES.get(module, ()):
                return f"{module}.{name} is not everywhere"
        case ast.Call():
            return what_is_wrong_in_call(node)
    return None


def what_is_wrong_in_call(call):
    named = {keyword.arg for keyword in call.keywords}
    match call.func:
        case ast.Name(id="open"):
            if is_text(call) and "encoding" not in named:
                return "a text file without its encoding"
        case ast.Attribute(attr="read_text"):
            if not (call.args or "encoding" in named):
                return "a text file without its encoding"
        case ast.Attribute(attr="write_text"):
            if not (call.args[1:] or "encoding" in named):
                return "a text file without its encoding"
        case ast.Attribute(value=ast.Name(id="subprocess")):
            if {
                "text",
                "universal_newlines",
            } & named and "encoding" not in named:
                return "a text pipe without its encoding"
        case ast.Attribute(attr="rename") if len(call.args) == 1:
            return "Windows does not rename over a file: os.replace"
        case ast.Attribute(value=ast.Name(id="os"), attr="rename"):
            return "Windows does not rename over a file: os.replace"
    return None


def is_text(call):
    """Whether a call of `open` opens a text file."""
    modes = [
        keyword.value for keyword in call.keywords if keyword.arg == "mode"
    ]
    mode = (*call.args[1:2], *modes)
    return not mode or "b" not in ast.literal_eval(mode[0])


@pytest.mark.parametrize(
    "line",
    [
        "import fcntl",
        "from resource import getrusage",
        "os.sched_getaffinity(0)",
        "errno.EDQUOT",
        "open(path)",
        "open(path, 'w', newline='')",
        "path.read_text()",
        "path.write_text(text)",
        "partial.rename(path)",
        "os.rename(a, b)",
        "subprocess.run(words, text=True)",
    ],
)
def test_what_is_looked_for_is_found(line):
    assert any(map(what_is_wrong, ast.walk(ast.parse(line))))
