"""What a wheel puts into site-packages, and that it works from there."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = (
    "LICENSE",
    "README.md",
    "callbacks",
    "keras_htr_gan",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "tests",
    "train.py",
)


def build(source, kind, folder):
    """Builds a "wheel" or "sdist" as pip does: its path."""
    folder.mkdir()
    call = f"import setuptools.build_meta as b; b.build_{kind}({str(folder)!r})"
    done = subprocess.run(
        [sys.executable, "-c", call], cwd=source, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout, as building leaves things behind."""
    folder = tmp_path_factory.mktemp("checkout")
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    return build(checkout, "wheel", tmp_path_factory.mktemp("built") / "wheel")


@pytest.fixture(scope="module")
def site_packages(wheel, tmp_path_factory):
    """The wheel as pip installs it, beside a stranger's files."""
    folder = tmp_path_factory.mktemp("site-packages")
    zipfile.ZipFile(wheel).extractall(folder)
    (folder / "setup.cfg").touch()
    (folder / "train.py").write_text("raise SystemExit('a stranger')")
    (folder / "callbacks").mkdir()
    (folder / "callbacks" / "__init__.py").touch()
    return folder


def names(wheel):
    return sorted(zipfile.ZipFile(wheel).namelist())


def test_a_wheel_holds_the_package_alone(wheel, checkout):
    held = names(wheel)
    tops = {name.split("/")[0] for name in held}
    assert tops == {"keras_htr_gan", "keras_htr_gan-0.1.0.dist-info"}
    package = checkout / "keras_htr_gan"
    expected = {
        f"keras_htr_gan/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file()
    }
    expected |= {
        f"keras_htr_gan/callbacks/{path.name}"
        for path in (checkout / "callbacks").glob("*.py")
    }
    expected.add("keras_htr_gan/train.py")
    assert {n for n in held if "dist-info" not in n} == expected
    assert sum(n.endswith("generator.safetensors") for n in held) >= 2


def test_a_source_distribution_builds_the_same_wheel(checkout, wheel, tmp_path):
    sdist = build(checkout, "sdist", tmp_path / "sdist")
    # Python 3.11 before 3.11.4 has no filters.
    safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, **safely)
    (source,) = (p for p in tmp_path.iterdir() if p.name != "sdist")
    again = build(source, "wheel", tmp_path / "wheel")
    assert again.name == wheel.name and names(again) == names(wheel)


def run_installed(site_packages, folder, *arguments):
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(site_packages)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_installed_is_imported_from_there(site_packages, tmp_path):
    code = """
import importlib.util, keras_htr_gan
print(*keras_htr_gan.__path__, sep="\\n")
print(importlib.util.find_spec("keras_htr_gan.callbacks.checkpoints").origin)
print(*keras_htr_gan.shipped_presets())
"""
    told = run_installed(site_packages, tmp_path, "-c", code).splitlines()
    package = site_packages / "keras_htr_gan"
    assert told[:-1] == [
        str(package),
        str(package / "callbacks" / "checkpoints.py"),
    ]
    assert "latin_small" in told[-1]


@pytest.mark.parametrize("command", [[], ["restore"], ["train"]])
def test_installed_commands_help(site_packages, tmp_path, command):
    told = run_installed(
        site_packages, tmp_path, "-m", "keras_htr_gan", *command, "--help"
    )
    assert told.startswith("Usage: python -m keras_htr_gan")
    assert "stranger" not in told and "--help" in told


def test_the_installed_command_is_the_module_s(site_packages, tmp_path):
    code = """
import importlib.metadata, sys
(entry,) = (
    e for e in importlib.metadata.distribution("keras_htr_gan").entry_points
    if e.name == "keras-htr-gan"
)
sys.argv = ["keras-htr-gan", "train", "--help"]
entry.load()()
"""
    told = run_installed(site_packages, tmp_path, "-c", code)
    assert told.startswith("Usage: keras-htr-gan train")


def test_a_checkout_has_its_callbacks_and_training_beside_it(
    checkout, tmp_path
):
    code = """
import importlib.util, keras_htr_gan
print(importlib.util.find_spec("keras_htr_gan.callbacks").origin)
print(importlib.util.find_spec("keras_htr_gan.train").origin)
"""
    told = run_installed(checkout, tmp_path, "-c", code)
    assert told.splitlines() == [
        str(checkout / "callbacks" / "__init__.py"),
        str(checkout / "train.py"),
    ]
