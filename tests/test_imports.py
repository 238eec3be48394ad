"""What is imported with what, each in a process of its own."""

import collections
import itertools
import json
import os
import subprocess
import sys

import keras
import pytest

import keras_htr_gan
from tests.test_architecture import modules

FACE = {
    "Charset",
    "HTRGAN",
    "LossAnnealingCallback",
    "Recognizer",
    "Restorer",
    "UserError",
    "WandbLogger",
    "build_discriminator",
    "build_generator",
    "generator_discriminator_optimizer",
    "read",
    "restore_files",
    "shipped_presets",
}
KERAS = {"jax", "keras", "tensorflow", "torch"}
HEAVY = KERAS | {"cv2", "datasets", "grain", "matplotlib", "wandb"}


def imported_by(code):
    """The modules and their files after some code: dict of str to str."""
    told = """
import json, sys
print(json.dumps({
    name: getattr(module, "__file__", None)
    for name, module in list(sys.modules.items())
}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code + told],
        env={**os.environ, "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_package_offers_its_face():
    assert set(keras_htr_gan.__all__) == FACE
    for name in FACE:
        offered = getattr(keras_htr_gan, name)
        assert offered.__name__ == name and offered.__doc__


def test_importing_the_package_is_light():
    assert not HEAVY & set(imported_by("import keras_htr_gan"))


@pytest.mark.parametrize(
    "module", ["callbacks", "charset", "errors", "presets", "sizes", "storage"]
)
def test_what_needs_no_keras_imports_none(module):
    assert not KERAS & set(imported_by(f"import keras_htr_gan.{module}"))


def test_help_of_each_command_imports_no_keras():
    code = """
import click
from click.testing import CliRunner
from keras_htr_gan.__main__ import COMMANDS, main

def ask(command, *names):
    done = CliRunner().invoke(main, [*names, "--help"])
    assert done.exit_code == 0, done.output
    assert "keras" not in sys.modules, names
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            ask(command.get_command(context, name), *names, name)

import sys
ask(main)
import keras_htr_gan.train
"""
    imported = set(imported_by(code))
    assert not HEAVY & imported
    assert "keras_htr_gan.commands.restore" in imported


@pytest.mark.backend
def test_no_file_is_imported_under_two_names():
    """Nor is there a module that cannot be imported on this backend."""
    others = {"tensorflow", "jax", "torch"} - {keras.config.backend()}
    steps = {f"keras_htr_gan.train_steps.{name}" for name in others}
    names = sorted(set(modules()) - steps - {"keras_htr_gan.__main__"})
    code = f"""
import importlib
for name in {names!r}:
    importlib.import_module(name)
"""
    ours = {os.path.realpath(path) for path in modules().values()}
    files = collections.defaultdict(list)
    for name, file in imported_by(code).items():
        if file and os.path.realpath(file) in ours:
            files[os.path.realpath(file)].append(name)
    assert sorted(itertools.chain.from_iterable(files.values())) == names
    assert len(files) == len(names)
