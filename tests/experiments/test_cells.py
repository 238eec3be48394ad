import json
from pathlib import Path

import pytest

from keras_htr_gan.commands.experiment import annealing
from keras_htr_gan.errors import UserError
from keras_htr_gan.experiments.cells import (
    AnnealingCell,
    AnnealingSettings,
    FinishedCell,
    find_finished,
    list_cells,
)

KEPT = Path(__file__).parents[2] / "results" / "annealing"


def settings(*arguments):
    """What the command makes of its options."""
    given = annealing.make_context("annealing", list(arguments)).params
    names = AnnealingSettings.__dataclass_fields__
    return AnnealingSettings(**{name: given[name] for name in names})


def test_settings_are_those_of_earlier_cells(tmp_path):
    folder = tmp_path / "cells"
    settings().keep(folder)
    settings("--target", "3", "--wandb", "disabled").keep(folder)
    with pytest.raises(UserError, match="`epochs`: .* 30; give"):
        settings("--epochs", "2").keep(folder)
    with pytest.raises(UserError, match="no hope"):
        list_cells(["hope"], 10.0, 1, [], 0)


@pytest.mark.skipif(not KEPT.exists(), reason="not in a checkout")
def test_the_kept_cells_are_those_of_the_command():
    content = (KEPT / "settings.json").read_bytes()
    settings("--precision", "bfloat16").keep(KEPT)
    assert (KEPT / "settings.json").read_bytes() == content
    cells = [FinishedCell(KEPT, cell) for cell in find_finished(KEPT)]
    assert cells
    for cell in cells:
        assert len(cell.history) == json.loads(content)["epochs"]
        assert len(cell.errors["judge"]) == json.loads(content)["test_lines"]


def test_the_main_cells_come_first_and_none_twice():
    cells = list_cells(["none", "annealed"], 10.0, 2, [1.0, 10.0], 1)
    assert cells == [
        AnnealingCell("none", 10.0, 0),
        AnnealingCell("annealed", 10.0, 0),
        AnnealingCell("none", 10.0, 1),
        AnnealingCell("annealed", 10.0, 1),
        AnnealingCell("annealed", 1.0, 0),
        AnnealingCell("on_off_bounded", 1.0, 0),
        AnnealingCell("on_off_bounded", 10.0, 0),
    ]
    assert cells[4].name == "annealed_target1_seed0"


def test_finished_cells_are_found_in_their_order(cells):
    found = find_finished(cells)
    assert [(c.strategy, c.target) for c in found] == [
        ("none", 10.0),
        ("on_off_clipped", 10.0),
        ("on_off_bounded", 10.0),
        ("annealed", 10.0),
        ("annealed", 30.0),
        ("annealed_view", 10.0),
    ]
