"""The plain install: what `setup.cfg` lists alone, and what it says it lacks.

Python is started with all other packages hidden, as if they were not there.
"""

import configparser
import importlib.metadata
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
WITHOUT_KERAS = {"Charset", "Restorer", "UserError", "read"} | {
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


def run(then, hidden=None, **environment):
    """Runs some code in a Python that has the plain install alone."""
    if hidden is None:
        plain = plain_install() | {"keras-htr-gan"}
        packages = importlib.metadata.packages_distributions()
        hidden = [
            package
            for package, owners in packages.items()
            if not plain & set(map(normalized, owners))
        ]
        assert {"keras", "wandb"} < set(hidden)
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
    packages = importlib.metadata.packages_distributions()
    unlisted = {
        package
        for name in names & set(modules())
        for whole, _, now in read(name).imported()
        if now
        and (package := whole.partition(".")[0]) in packages
        and not listed & set(map(normalized, packages[package]))
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
        *("--preview", "--keep-colour"),
    )
    refuse_heavy(done)
    names = {"line.png", "lines.tif", "page_0001.png", "scan.pdf"}
    names |= {"page_0001.xml"}
    assert names <= {path.name for path in out.iterdir()}


@pytest.mark.parametrize("form", ["text", "json", "xml"])
def test_the_plain_install_reads(exported, tmp_path, form):
    pages.write_pages(tmp_path, 1, 3)
    done = run_command(
        *("read", tmp_path, "--recognizer", exported["recognizer"]),
        *("--restore", "--model", exported["generator"]),
        *("--format", form, "-o", tmp_path / "read"),
    )
    refuse_heavy(done)
    assert "CER" in done.stderr and (tmp_path / "read").exists()


@pytest.mark.parametrize(
    "command, use, status",
    [
        (["train"], "training", 1),
        (["pretrain"], "training", 1),
        (["evaluate", "DATA"], "evaluation", 1),
        (["experiment", "annealing"], "an experiment", 1),
        (["experiment", "saturation"], "an experiment", 1),
        (["inspect", "DATA", "--model", "latin_tiny"], "inspection", 2),
    ],
)
def test_commands_that_need_keras_say_so(command, use, status):
    done = run_command(*command)
    assert done.returncode == status
    assert done.stderr.splitlines()[0] == (
        f"Error: {use} needs Keras and a backend: pip install "
        "'keras_htr_gan[tensorflow]'"
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command, status, told",
    [
        (["inspect", "DATA"], 2, "keras_htr_gan[train]"),
        (
            ["export", "latin_small", "-o", "a.onnx"],
            1,
            "keras_htr_gan[tensorflow,export]",
        ),
        (
            ["restore", "{scan}", "--model", "{model}", "-o", "a"],
            1,
            "keras_htr_gan[tensorflow]",
        ),
        (
            ["read", "{scan}", "--recognizer", "{model}"],
            1,
            "keras_htr_gan[tensorflow]",
        ),
        (["view", "{scan}"], 1, "keras_htr_gan[view]"),
        (["dashboard", "mine"], 1, "keras_htr_gan[dashboard]"),
    ],
)
def test_commands_name_the_extra(command, status, told, tmp_path):
    scan, model = tmp_path / "scan.png", tmp_path / "model.keras"
    Image.new("L", (300, 40), 200).save(scan)
    model.touch()
    command = [word.format(scan=scan, model=model) for word in command]
    done = run_command(*command)
    assert done.returncode == status and "Traceback" not in done.stderr
    first = done.stderr.splitlines()[0]
    assert first.startswith("Error: ") and told in first


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


@pytest.mark.parametrize("name", sorted(FACE))
def test_a_public_name_says_what_it_lacks(name):
    done = run(f"from keras_htr_gan import {name}")
    if name in WITHOUT_KERAS:
        assert done.returncode == 0, done.stderr
        return
    assert done.stderr.splitlines()[-1] == (
        f"ImportError: {name} needs Keras and a backend: pip install "
        "'keras_htr_gan[tensorflow]'"
    )


def test_what_training_needs_is_what_the_extra_brings():
    packages = importlib.metadata.packages_distributions()
    extra = {
        normalized(requirement.name)
        for requirement in required("options.extras_require", "train")
    }
    for name in TRAINING:
        assert extra & set(map(normalized, packages[name])), name
    brought = {normalized(o) for name in TRAINING for o in packages[name]}
    fonts = {name for name in extra if name.startswith("fontpkg-")}
    assert extra - fonts - brought == {"keras"}
    assert not extra & plain_install()


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_backend_brings_what_training_needs(backend):
    (own, *_) = required("options.extras_require", backend)
    assert own.name == "keras_htr_gan" and own.extras == {"train"}
