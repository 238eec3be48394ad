from pathlib import Path

import yaml
from click.testing import CliRunner

from keras_htr_gan import train

SWEEP = yaml.safe_load(
    (Path(__file__).parents[1] / "sweep.yaml").read_text(encoding="utf-8")
)


def some_value(parameter):
    return parameter.get("min", parameter.get("values", [None])[0])


def test_an_agent_starts_a_training_with_every_parameter(tmp_path):
    """It writes ${args} as --name=value; a run folder that is in use stops it
    once all options are understood."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "file").touch()
    own = [a for a in SWEEP["command"] if a.startswith("--")]
    args = [
        f"--{name}={some_value(parameter)}"
        for name, parameter in SWEEP["parameters"].items()
    ]
    result = CliRunner().invoke(
        train.train, [*own, *args, "--run-dir", str(tmp_path / "run")]
    )
    assert "is not empty" in result.output
    assert SWEEP["program"] == "train.py"
    assert SWEEP["metric"] == {"name": "val_CER", "goal": "minimize"}
