import json

import click
import pytest
from click.testing import CliRunner

from keras_htr_gan import train
from keras_htr_gan.commands.training_options import training_options
from keras_htr_gan.training.settings import TrainingSettings

RECIPE = TrainingSettings(
    data=("lines:0.5", "synthetic:0.5"),
    epochs=7,
    strict=True,
    ctc_weight=3.0,
    jit_compile=False,
)


@click.command()
@training_options
def command(**options):
    click.echo(json.dumps(options, default=str))


def options_of(*arguments):
    result = CliRunner().invoke(command, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


@pytest.fixture
def run(tmp_path):
    config = RECIPE.as_json() | {"backend": "jax", "command": "python train.py"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    return tmp_path


def test_a_run_is_a_recipe(run):
    for path in (run, run / "config.json"):
        options = options_of("--config", path)
        found = TrainingSettings.from_json(
            {name: value for name, value in options.items()}
        )
        assert found == RECIPE


def test_what_is_given_counts_before_it(run):
    options = options_of("--epochs", 9, "--config", run, "--data", "synthetic")
    assert options["epochs"] == 9 and options["data"] == ["synthetic"]
    assert options["ctc_weight"] == 3.0


@pytest.mark.parametrize("text", ["{", "[]", '{"colour": 3}'])
def test_what_is_no_recipe_is_told(run, text):
    (run / "config.json").write_text(text)
    result = CliRunner().invoke(command, ["--config", str(run)])
    assert result.exit_code == 1 and "config.json" in result.output
    assert "Traceback" not in result.output


def test_a_wrong_value_is_told_by_its_option(run):
    (run / "config.json").write_text(json.dumps({"epochs": "many"}))
    result = CliRunner().invoke(command, ["--config", str(run)])
    assert result.exit_code == 2 and "--epochs" in result.output


def test_a_run_that_is_resumed_has_its_own(run):
    result = CliRunner().invoke(
        train.train, ["--resume", str(run), "--config", str(run)]
    )
    assert result.exit_code == 1 and "leave --config out" in result.output
