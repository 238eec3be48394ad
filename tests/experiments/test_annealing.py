import csv
import json

import pytest
from click.testing import CliRunner

from keras_htr_gan.__main__ import main
from keras_htr_gan.callbacks.history_file import read_history
from keras_htr_gan.charset import LATIN
from keras_htr_gan.commands.experiment import annealing
from keras_htr_gan.htr_gan import READING_GRADIENT_BOUND
from keras_htr_gan.networks.recognizer import Recognizer

SHORT = [
    *("--epochs", 2, "--warmup-epochs", 1, "--annealing-epochs", 1),
    *("--steps-per-epoch", 2, "--batch-size", 2, "--max-width", 96),
    *("--validation-lines", 2, "--test-lines", 4, "--wandb", "disabled"),
]


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """Runs the experiment with some arguments in one folder."""
    folder = tmp_path_factory.mktemp("experiment")
    for size in ("tiny", "judge"):
        Recognizer(LATIN, size).save_to_preset(folder / size)

    def run(*arguments):
        return CliRunner().invoke(
            main,
            [
                *("experiment", "annealing", "--output", folder / "docs"),
                *("--cells", folder / "cells", "--runs", folder / "runs"),
                *("--recognizer", folder / "tiny", "--judge", folder / "judge"),
                *(*SHORT, *arguments),
            ],
        )

    run.folder = folder
    return run


CELLS = [
    *("--strategy", "none", "--strategy", "annealed", "--seeds", 1),
    *("--sweep", 1, "--sweep-seeds", 1),
]


@pytest.mark.slow
def test_trains_cells_and_reports_them(experiment):
    done = experiment(*CELLS)
    assert done.exit_code == 0, done.output
    folder = experiment.folder / "cells"
    annealed = read_history(folder / "annealed_target10_seed0" / "history.csv")
    assert [row["ctc_weight"] for row in annealed] == [0.0, 10.0]
    assert annealed[1]["silent_steps"] == 0.0
    swept = read_history(folder / "annealed_target1_seed0" / "history.csv")
    none = read_history(folder / "none_target10_seed0" / "history.csv")
    assert swept[1]["ctc_weight"] == 1.0 and none[1]["ctc_weight"] == 0.0
    # The same weights and batches until the strategies part.
    assert swept[0] == annealed[0] == none[0]
    with open(folder / "none_target10_seed0" / "errors.csv") as file:
        errors = list(csv.DictReader(file))
    scores = json.loads(
        (folder / "none_target10_seed0" / "scores.json").read_text()
    )
    for reader, name in (("recogniser", "CER"), ("judge", "judge_CER")):
        made = sum(int(row[reader]) for row in errors)
        written = sum(int(row["characters"]) for row in errors)
        assert made / written == pytest.approx(scores[name])
    report = (experiment.folder / "docs" / "annealing.md").read_text()
    assert "| `none` | 1 |" in report and "| (degraded lines) |" in report
    for target in (1, 10):
        assert f"| `annealed` | {target} | 1 |" in report
    assert "| `annealed` less `none` |" in report
    for picture in ("curves.png", "pareto.png", "lines.png"):
        assert (experiment.folder / "docs" / "annealing" / picture).exists()
        assert f"annealing/{picture}" in report


@pytest.mark.slow
def test_a_finished_cell_is_not_trained_again(experiment):
    experiment(*CELLS)
    folder = experiment.folder / "cells"
    kept = (folder / "none_target10_seed0" / "scores.json").stat().st_mtime_ns
    (folder / "annealed_target1_seed0" / "scores.json").unlink()
    done = experiment(*CELLS)
    assert done.exit_code == 0, done.output
    assert (folder / "annealed_target1_seed0" / "scores.json").exists()
    path = folder / "none_target10_seed0" / "scores.json"
    assert path.stat().st_mtime_ns == kept


@pytest.mark.slow
def test_cells_of_other_settings_are_not_mixed(experiment):
    experiment(*CELLS)
    done = experiment(*CELLS, "--degradation", "light")
    assert done.exit_code == 1 and "--degradation: the" in done.output
    assert "another folder as --cells" in done.output


def test_an_unknown_strategy_is_answered_with_those_there_are():
    done = CliRunner().invoke(
        main, ["experiment", "annealing", "--strategy", "hope"]
    )
    assert done.exit_code == 1 and "annealed_unbounded" in done.output
    assert "--strategy: no hope" in done.output


def test_the_bound_is_that_of_training():
    """The command, whose help does not wait for Keras, says it again."""
    options = {option.name: option for option in annealing.params}
    bound = options["reading_gradient_bound"]
    assert bound.default == READING_GRADIENT_BOUND
