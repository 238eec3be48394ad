"""The cells of the annealing experiment: what is trained, and what is kept."""

import dataclasses
import json
import re

import numpy as np

from keras_htr_gan.callbacks.history_file import read_history
from keras_htr_gan.errors import UserError
from keras_htr_gan.experiments.strategies import ALL, SWEPT
from keras_htr_gan.storage import write_whole

SETTINGS, SCORES = "settings.json", "scores.json"
HISTORY, ERRORS, STRIP = "history.csv", "errors.csv", "lines.png"
INPUTS = ("degraded", "clean")
# What the cells of one folder may differ in.
FREE = ("target", "wandb_mode", "wandb_project")


@dataclasses.dataclass(frozen=True)
class AnnealingSettings:
    """What all cells of an experiment have in common.

    Args:
        target: float, the weight of the reading loss in the end, where a cell
            has no other.
        precision: str, `"float32"` or `"bfloat16"`.
        reading_gradient_bound: float, of the strategies that have one.
        epochs, warmup_epochs, annealing_epochs: int.
        steps_per_epoch, batch_size: int.
        max_width: int, pixels of the longest line, 32 high.
        language: str, of drawn lines.
        degradation: str, see `load_recipe`.
        validation_lines, test_lines: int.
        recognizer: `"auto"`, or see `load_guide`.
        recognizer_steps: int, batches that it is trained on, if it is.
        judge: see `select_judge`.
        wandb_mode, wandb_project: str, see `WandbLogger`.
    """

    target: float
    precision: str
    reading_gradient_bound: float
    epochs: int
    warmup_epochs: int
    annealing_epochs: int
    steps_per_epoch: int
    batch_size: int
    max_width: int
    language: str
    degradation: str
    validation_lines: int
    test_lines: int
    recognizer: str
    recognizer_steps: int
    judge: str
    wandb_mode: str
    wandb_project: str

    def keep(self, folder):
        """Notes them, or sees that those of earlier cells are equal.

        Args:
            folder: `Path` of the cells.

        Raises:
            UserError: names a setting that differs.
        """
        own = dataclasses.asdict(self)
        keep_settings(folder, {k: v for k, v in own.items() if k not in FREE})


def keep_settings(folder, own):
    """Notes the settings of cells, or sees that earlier ones have the same.

    Args:
        folder: `Path` of the cells.
        own: dict of JSON.

    Raises:
        UserError: names a setting that differs.
    """
    path = folder / SETTINGS
    if not path.exists():
        write_whole(path, json.dumps(own, indent=2))
        return
    for name, value in read_figures(path).items():
        if own.get(name) != value:
            raise UserError(
                f"`{name}`: the cells in {folder} were trained with "
                f"{value!r}; give that, or another folder as `cells`"
            )


@dataclasses.dataclass(frozen=True)
class AnnealingCell:
    """One training.

    Args:
        strategy: str, of `ALL`.
        target: float, the weight of the reading loss in the end.
        seed: int, of weights and of the order of the data.
    """

    strategy: str
    target: float
    seed: int

    @property
    def name(self):
        return f"{self.strategy}_target{self.target:g}_seed{self.seed}"


def list_cells(strategies, target, seeds, sweep, sweep_seeds):
    """The cells of an experiment, the main ones first.

    Args:
        strategies: sequence of str, of `ALL`.
        target: float.
        seeds: int, how many.
        sweep: sequence of float, further targets of the strategies `SWEPT`.
        sweep_seeds: int, how many of these.

    Returns:
        list of `AnnealingCell`.

    Raises:
        UserError: names a strategy that there is not.
    """
    unknown = [name for name in strategies if name not in ALL]
    if unknown:
        raise UserError(
            f"`strategies`: no {unknown[0]}; there are {', '.join(ALL)}"
        )
    cells = [
        AnnealingCell(strategy, target, seed)
        for seed in range(seeds)
        for strategy in strategies
    ]
    cells += [
        AnnealingCell(strategy, other, seed)
        for seed in range(sweep_seeds)
        for strategy in SWEPT
        for other in sweep
    ]
    return list(dict.fromkeys(cells))


def find_finished(folder):
    """The cells of a folder that are finished, as `ALL` orders them: list."""
    found = []
    for path in folder.glob(f"*/{SCORES}"):
        match = re.fullmatch(
            r"(\w+)_target([\d.e+-]+)_seed(\d+)", path.parent.name
        )
        if match and match[1] in ALL:
            found.append(
                AnnealingCell(match[1], float(match[2]), int(match[3]))
            )
    order = list(ALL)
    return sorted(
        found, key=lambda c: (order.index(c.strategy), c.target, c.seed)
    )


class FinishedCell:
    """The figures of one finished cell.

    Args:
        folder: `Path` of all cells.
        cell: `AnnealingCell`.

    Attributes:
        history: list of dict, see `read_history`.
        errors: dict of `"characters"` and each reader to int `(lines,)`.
        figures: dict of name to float.
    """

    def __init__(self, folder, cell):
        folder = folder / cell.name
        self.cell = cell
        self.history = read_history(folder / HISTORY)
        self.errors = read_errors(folder / ERRORS)
        guided = [row for row in self.history if row["ctc_weight"] > 0]
        last = self.history[-1]
        self.figures = {
            "highest": max(r["highest_generator_loss"] for r in self.history),
            "pixel_loss": last["val_pixel_loss"],
            "CTC": last["val_CTC_loss"],
            **read_figures(folder / SCORES),
        }
        if guided:
            self.figures["first_silent"] = guided[0]["silent_steps"]
            self.figures["logged_CTC"] = max(r["CTC_loss"] for r in guided)
            for name in ("silent_steps", "bounded_lines"):
                self.figures[name] = np.mean([row[name] for row in guided])


def read_errors(path):
    """The columns of a cell's errors: dict of name to int array."""
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=int)
    return {name: table[name] for name in table.dtype.names}


def read_figures(path):
    """The settings or the scores of cells, a JSON file: dict."""
    return json.loads(path.read_text(encoding="utf-8"))
