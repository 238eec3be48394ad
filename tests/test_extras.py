"""The plain install: what `setup.cfg` lists alone, and what it says it lacks.

Python is started with all other packages hidden, as if they were not there.
"""

import configparser
import functools
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from packaging.requirements import Requirement
from PIL import Image

from keras_htr_gan.backend import BACKENDS
from keras_htr_gan.extras import TRAINING
from tests import pages, pdfs
from tests.test_architecture import modules, read
from tests.test_imports import FACE, HEAVY

ROOT = Path(__file__).parents[1]
# Finders of others look there, too, and so does `find_spec`.
HIDE = """
import importlib.machinery, sys
hidden = set({hidden!r})
find = importlib.machinery.PathFinder.find_spec
def find_shown(name, path=None, target=None):
    if name.partition(".")[0] not in hidden:
        return find(name, path, target)
importlib.machinery.PathFinder.find_spec = find_shown
{then}
"""
COMMAND = """
from keras_htr_gan.__main__ import main
try:
    main({arguments!r})
finally:
    print("imported", *sys.modules, file=sys.stderr)
"""
# Each ends as in a process of its own, and starts in less time.
COMMANDS = """
import contextlib, io, json
from keras_htr_gan.__main__ import main
for arguments in {commands!r}:
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        try:
            main(arguments)
        except SystemExit as end:
            print(json.dumps([end.code, told.getvalue()]))
print("imported", *sys.modules, file=sys.stderr)
"""
OFFER = """
import json
told = {{}}
for name in {names!r}:
    try:
        exec("from keras_htr_gan import " + name)
    except ImportError as error:
        told[name] = type(error).__name__ + ": " + str(error)
print(json.dumps(told))
"""
WITHOUT_KERAS = {"Charset", "Restorer", "UserError", "read"} | {
    "find_unsupported_ink",
    "restore_files",
    "shipped_presets",
    "upload_preset",
}


def required(section, option):
    """The requirements that `setup.cfg` lists: list of `Requirement`."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return list(map(Requirement, setup[section][option].split("\n")[1:]))


def plain_install():
    """The distributions of a plain install, with all that these need: set."""
    found, new = set(), required("options", "install_requires")
    while new:
        requirement = new.pop()
        name = normalized(requirement.name)
        marker = requirement.marker
        if name in found or (marker and not marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        new += map(Requirement, importlib.metadata.requires(name) or ())
    return found


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.cache
def owners():
    """The distributions that bring each package here: dict of str to set."""
    packages = importlib.metadata.packages_distributions()
    return {name: set(map(normalized, of)) for name, of in packages.items()}


@functools.cache
def all_but_the_plain_install():
    """The packages that a plain install lacks: list of str."""
    plain = plain_install() | {"keras-htr-gan"}
    hidden = [package for package, of in owners().items() if not plain & of]
    assert {"keras", "wandb"} < set(hidden)
    return hidden


def run(then, hidden=None, **environment):
    """Runs some code in a Python that has the plain install alone."""
    if hidden is None:
        hidden = all_but_the_plain_install()
    kept = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    return subprocess.run(
        [sys.executable, "-c", HIDE.format(hidden=hidden, then=then)],
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        encoding="utf-8",
    )


def run_command(*arguments, **options):
    arguments = [str(argument) for argument in arguments]
    return run(COMMAND.format(arguments=arguments), **options)


def run_commands(*commands):
    """Runs commands one after the other in one such Python.

    Returns:
        list of an exit status and what was written as errors, for each; and
        the process, as of `run`.
    """
    commands = [[str(word) for word in command] for command in commands]
    done = run(COMMANDS.format(commands=commands))
    assert done.returncode == 0, done.stderr
    rows = [row for row in done.stdout.splitlines() if row.startswith("[")]
    ended = [json.loads(row) for row in rows]
    assert len(ended) == len(commands), done.stdout
    return ended, done


def imported(done):
    """What a command had imported in the end, if it went well: set of str."""
    assert done.returncode == 0, done.stderr
    (row,) = [r for r in done.stderr.splitlines() if r.startswith("imported")]
    return set(row.split()[1:])


def refuse_heavy(done):
    """Sees that a command imported nothing heavy, and nothing unlisted.

    What ours import may be here only because another package needs it.
    """
    names = imported(done)
    assert not (HEAVY - {"cv2"}) & names
    listed = {
        normalized(requirement.name)
        for requirement in required("options", "install_requires")
    }
    unlisted = {
        package
        for name in names & set(modules())
        for whole, _, now in read(name).imported()
        if now
        and (package := whole.partition(".")[0]) in owners()
        and not listed & owners()[package]
    }
    assert not unlisted - {"keras_htr_gan"}


def test_the_plain_install_restores(exported, tmp_path, rng):
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    image = Image.fromarray(rng.integers(0, 255, (40, 300), "uint8"))
    image.save(scans / "lines.tif", save_all=True, append_images=[image])
    image.convert("RGB").save(scans / "line.png")
    with pikepdf.new() as pdf:
        drawn = pdfs.add_image(pdf, pdfs.draw_scan(300, 200))
        pdfs.add_page(pdf, [(drawn, (200, 0, 0, 300, 0, 0))])
        pdf.save(scans / "scan.pdf")
    pages.write_pages(scans, 1, 3)
    done = run_command(
        *("restore", scans, "-o", out, "--model", exported["generator"]),
        *("--preview", "--evidence", "--keep-colour"),
    )
    refuse_heavy(done)
    names = {"line.png", "lines.tif", "page_0001.png", "scan.pdf"}
    names |= {"page_0001.xml"}
    assert names <= {path.name for path in out.iterdir()}


def test_the_plain_install_reads(exported, tmp_path):
    pages.write_pages(tmp_path / "pages", 1, 3)
    forms = ("text", "json", "xml")
    ended, done = run_commands(
        *(
            ("read", tmp_path / "pages", "--recognizer", exported["recognizer"])
            + ("--restore", "--model", exported["generator"])
            + ("--format", form, "-o", tmp_path / form)
            for form in forms
        )
    )
    refuse_heavy(done)
    for form, (status, told) in zip(forms, ended, strict=True):
        assert status == 0, told
        assert "CER" in told and (tmp_path / form).exists(), form


NEED_KERAS = {
    ("train",): ("training", 1),
    ("pretrain",): ("training", 1),
    ("evaluate", "DATA"): ("evaluation", 1),
    ("audit",): ("an audit", 1),
    ("experiment", "annealing"): ("an experiment", 1),
    ("experiment", "saturation"): ("an experiment", 1),
    ("inspect", "DATA", "--model", "latin_tiny"): ("inspection", 2),
}
NEED_AN_EXTRA = {
    ("inspect", "DATA"): (2, "keras_htr_gan[train]"),
    ("export", "latin_small", "-o", "a.onnx"): (
        1,
        "keras_htr_gan[tensorflow,export]",
    ),
    ("restore", "{scan}", "--model", "{model}", "-o", "a"): (
        1,
        "keras_htr_gan[tensorflow]",
    ),
    ("read", "{scan}", "--recognizer", "{model}"): (
        1,
        "keras_htr_gan[tensorflow]",
    ),
    ("view", "{scan}"): (1, "keras_htr_gan[view]"),
    ("dashboard", "mine"): (1, "keras_htr_gan[dashboard]"),
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """How commands end that lack something: dict of words to `(int, str)`."""
    folder = tmp_path_factory.mktemp("refused")
    scan, model = folder / "scan.png", folder / "model.keras"
    Image.new("L", (300, 40), 200).save(scan)
    model.touch()
    commands = [*NEED_KERAS, *NEED_AN_EXTRA]
    ended, done = run_commands(
        *(
            [word.format(scan=scan, model=model) for word in command]
            for command in commands
        )
    )
    assert "Traceback" not in done.stderr
    return dict(zip(commands, ended, strict=True))


@pytest.mark.parametrize("command", NEED_KERAS)
def test_commands_that_need_keras_say_so(refused, command):
    status, told = refused[command]
    use, expected = NEED_KERAS[command]
    assert status == expected
    assert told.splitlines()[0] == (
        f"Error: {use} needs Keras and a backend: pip install "
        "'keras_htr_gan[tensorflow]'"
    )
    assert "Traceback" not in told


@pytest.mark.parametrize("command", NEED_AN_EXTRA)
def test_commands_name_the_extra(refused, command):
    status, told = refused[command]
    expected, extra = NEED_AN_EXTRA[command]
    assert status == expected and "Traceback" not in told
    first = told.splitlines()[0]
    assert first.startswith("Error: ") and extra in first


def test_the_backend_that_is_wished_for_is_the_extra():
    done = run_command("train", KERAS_BACKEND="jax")
    assert "pip install 'keras_htr_gan[jax]'" in done.stderr


def test_a_package_of_training_that_is_missing_is_named():
    done = run_command("train", hidden=["wandb"])
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "wandb is not here: pip install 'keras_htr_gan[train]'" in (
        done.stderr
    )


def test_without_a_backend_data_is_inspected(tmp_path):
    pages.write_pages(tmp_path, 3, 2)
    done = run_command(
        *("inspect", tmp_path, "--output", tmp_path / "seen"),
        hidden=list(BACKENDS),
    )
    assert "keras" not in imported(done), done.stdout
    assert (tmp_path / "seen" / "report.json").exists()


@pytest.fixture(scope="module")
def lacking():
    """What each public name that cannot be had says: dict of str."""
    done = run(OFFER.format(names=sorted(FACE)))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", sorted(FACE))
def test_a_public_name_says_what_it_lacks(lacking, name):
    if name in WITHOUT_KERAS:
        assert name not in lacking
        return
    assert lacking[name] == (
        f"ImportError: {name} needs Keras and a backend: pip install "
        "'keras_htr_gan[tensorflow]'"
    )


def test_what_training_needs_is_what_the_extra_brings():
    extra = {
        normalized(requirement.name)
        for requirement in required("options.extras_require", "train")
    }
    for name in TRAINING:
        assert extra & owners()[name], name
    brought = {owner for name in TRAINING for owner in owners()[name]}
    fonts = {name for name in extra if name.startswith("fontpkg-")}
    assert extra - fonts - brought == {"keras"}
    assert not extra & plain_install()


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_backend_brings_what_training_needs(backend):
    (own, *_) = required("options.extras_require", backend)
    assert own.name == "keras_htr_gan" and own.extras == {"train"}
