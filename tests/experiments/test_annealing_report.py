import json

import numpy as np
import pytest

from keras_htr_gan.callbacks.history_file import HistoryFile
from keras_htr_gan.experiments.annealing_pictures import PANELS
from keras_htr_gan.experiments.annealing_report import (
    bootstrap,
    finished_cells,
    pairs_of_seeds,
    write_report,
)


class Cells:
    def __init__(self, seed, errors):
        self.cell = self
        self.seed = seed
        self.errors = {"characters": np.full(200, 40), "judge": errors}


def test_an_interval_holds_the_true_difference(rng):
    base = rng.poisson(8, 200)
    some = [Cells(seed, base + rng.poisson(2, 200)) for seed in range(3)]
    others = [Cells(seed, base) for seed in range(3)]
    mean, low, high = bootstrap(pairs_of_seeds(some, others), "judge")
    assert low < mean < high
    assert mean == pytest.approx(0.05, abs=0.01) and low > 0.03
    assert bootstrap(pairs_of_seeds(others, others), "judge") == (0.0, 0.0, 0.0)


def test_seeds_are_compared_with_their_like(rng):
    base = rng.poisson(8, 200)
    some = [Cells(0, base + 1), Cells(7, base + 99)]
    mean, low, high = bootstrap(pairs_of_seeds(some, [Cells(0, base)]), "judge")
    assert mean == low == high == 1 / 40


def write_cell(folder, name, judge, weights=(0.0, 10.0), silent=0.0):
    """A finished cell of two epochs and 200 lines of 40 characters."""
    folder = folder / name
    folder.mkdir(parents=True)
    scores = {"CER": 0.2, "WER": 0.5, "judge_CER": judge, "judge_WER": 0.7}
    scores |= {"PSNR": 20.0, "SSIM": 0.9, "minutes": 3.0}
    (folder / "scores.json").write_text(json.dumps(scores))
    errors = "characters,recogniser,judge\n" + 200 * f"40,8,{40 * judge:.0f}\n"
    (folder / "errors.csv").write_text(errors)
    history = HistoryFile(folder / "history.csv")
    for epoch, weight in enumerate(weights):
        figures = dict.fromkeys(PANELS, 1.0)
        figures |= {"ctc_weight": weight, "CTC_loss": 9 * weight}
        figures |= {"silent_steps": silent if weight else 1.0}
        history.on_epoch_begin(epoch)
        history.on_epoch_end(epoch, figures)


@pytest.fixture
def cells(tmp_path):
    folder = tmp_path / "annealing"
    write_cell(folder, "none_target10_seed0", 0.4, (0.0, 0.0))
    write_cell(folder, "annealed_target10_seed0", 0.3)
    write_cell(folder, "annealed_target30_seed0", 0.25)
    write_cell(folder, "on_off_bounded_target10_seed0", 0.35)
    write_cell(folder, "on_off_clipped_target10_seed0", 0.9, silent=0.75)
    write_cell(folder, "annealed_view_target10_seed0", 0.325)
    (folder / "annealed_target10_seed1").mkdir()
    for name in ("degraded", "clean"):
        write_cell(folder, name, 0.5)
    settings = ("epochs", "warmup_epochs", "steps_per_epoch", "batch_size")
    settings = dict.fromkeys((*settings, "max_width"), 2)
    settings |= {"degradation": "medium", "precision": "bfloat16"}
    settings |= {"reading_gradient_bound": 18.0}
    (folder / "settings.json").write_text(json.dumps(settings))
    return folder


def test_finished_cells_are_found_in_their_order(cells):
    found = finished_cells(cells)
    assert [(c.strategy, c.target) for c in found] == [
        ("none", 10.0),
        ("on_off_clipped", 10.0),
        ("on_off_bounded", 10.0),
        ("annealed", 10.0),
        ("annealed", 30.0),
        ("annealed_view", 10.0),
    ]


def test_a_report_compares_what_there_is(cells):
    report = write_report(cells.parent)
    assert report == (cells.parent / "annealing.md").read_text()
    main, _, rest = report.partition("## Against no reading loss")
    row = next(r for r in main.splitlines() if r.startswith("| `on_off_clip"))
    assert "| 75.0% | 75.0% | 90.00 |" in row
    row = next(r for r in main.splitlines() if r.startswith("| `none`"))
    assert "| - | - | - |" in row
    assert "annealed_view" not in main
    less = "| `annealed` less `none` | +0.00 (+0.00 to +0.00) | -10.00 (-10.00"
    assert less in rest
    _, _, sweep = rest.partition("## The target weight")
    assert "| `annealed` | 30 | 1 |" in sweep and "At 10:" in sweep
    assert "compare targets by seed 0," in sweep
    assert "At 30:" not in sweep
    _, _, ideas = sweep.partition("## Ideas that were tried")
    assert "| `annealed_view` less `annealed` | +0.00" in ideas
    assert "+2.50 (+2.50 to +2.50) | +2.5 | +0.00 |" in ideas
    for picture in ("curves.png", "pareto.png"):
        assert (cells / picture).exists()
