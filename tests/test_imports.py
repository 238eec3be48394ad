"""What is imported with what, each in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

import keras_htr_gan

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
    "find_unsupported_ink",
    "generator_discriminator_optimizer",
    "read",
    "restore_files",
    "shipped_presets",
    "upload_preset",
}
KERAS = {"jax", "keras", "tensorflow", "torch"}
HEAVY = KERAS | {"cv2", "datasets", "grain", "matplotlib", "wandb"}


def imported_by(code, environment=os.environ, arguments=()):
    """The modules and their files after some code: dict of str to str."""
    told = """
import json, sys
print(json.dumps({
    name: getattr(module, "__file__", None)
    for name, module in list(sys.modules.items())
}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code + told, *map(str, arguments)],
        env={**environment, "MPLBACKEND": "Agg"},
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
    for name in ("restore", "read", "export"):
        assert f"keras_htr_gan.commands.{name}" in imported
