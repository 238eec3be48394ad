"""What the annealing experiment showed: its tables; it trains nothing."""

import itertools
import json
import re
from pathlib import Path

import numpy as np

from keras_htr_gan.callbacks.history_file import read_history
from keras_htr_gan.experiments.annealing import Cell
from keras_htr_gan.experiments.annealing_pictures import (
    curves,
    lines_sheet,
    pareto,
)
from keras_htr_gan.experiments.strategies import ALL, IDEAS, SWEPT

REFERENCE, OURS = "none", "annealed"
RESAMPLES = 10_000
READERS = ("recogniser", "judge")
SCORES = {
    "PSNR, dB": ("PSNR", ".2f"),
    "SSIM": ("SSIM", ".3f"),
    "CER": ("CER", ".1%"),
    "WER": ("WER", ".1%"),
    "CER, judge": ("judge_CER", ".1%"),
    "WER, judge": ("judge_WER", ".1%"),
}


class Finished:
    """The figures of one finished cell.

    Args:
        folder: `Path`.
        cell: `Cell`.
    """

    def __init__(self, folder, cell):
        self.cell = cell
        self.history = read_history(folder / "history.csv")
        scores = json.loads((folder / "scores.json").read_text())
        self.errors = read_errors(folder)
        guided = [row for row in self.history if row["ctc_weight"] > 0]
        last = self.history[-1]
        self.figures = {
            "highest": max(r["highest_generator_loss"] for r in self.history),
            "pixel_loss": last["val_pixel_loss"],
            "CTC": last["val_CTC_loss"],
            **scores,
        }
        if guided:
            self.figures["first_silent"] = guided[0]["silent_steps"]
            self.figures["logged_CTC"] = max(r["CTC_loss"] for r in guided)
            for name in ("silent_steps", "bounded_lines"):
                self.figures[name] = np.mean([row[name] for row in guided])


def read_errors(folder):
    """The columns of a cell's errors: dict of name to int array."""
    table = np.genfromtxt(
        folder / "errors.csv", delimiter=",", names=True, dtype=int
    )
    return {name: table[name] for name in table.dtype.names}


def finished_cells(folder):
    """The cells of a folder that are finished, as `ALL` orders them: list."""
    found = []
    for path in folder.glob("*/scores.json"):
        match = re.fullmatch(
            r"(\w+)_target([\d.e+-]+)_seed(\d+)", path.parent.name
        )
        if match and match[1] in ALL:
            found.append(Cell(match[1], float(match[2]), int(match[3])))
    order = list(ALL)
    return sorted(
        found, key=lambda c: (order.index(c.strategy), c.target, c.seed)
    )


def write_report(output):
    """Writes `annealing.md` and its pictures on the cells that are finished.

    Args:
        output: `Path` of the folder that holds `annealing/`.

    Returns:
        str, the report in Markdown.
    """
    folder = Path(output) / "annealing"
    cells = finished_cells(folder)
    done = [Finished(folder / cell.name, cell) for cell in cells]
    if not done:
        return "No cell is finished yet."
    settings = json.loads((folder / "settings.json").read_text())
    target = max((f.cell.target for f in done), key=lambda t: t == 10.0)
    main = grouped(f for f in done if f.cell.target == target)
    lines_sheet(main, folder)
    ideas = {name: main.pop(name) for name in IDEAS if name in main}
    swept = {strategy: by_target(done, strategy) for strategy in SWEPT}
    inputs = {
        name: json.loads((folder / name / "scores.json").read_text())
        for name in ("degraded", "clean")
    }
    curves(main).savefig(folder / "curves.png", dpi=70)
    pareto(main, of_shared_seeds(swept)).savefig(folder / "pareto.png", dpi=80)
    parts = [
        HEADING.format(
            **settings,
            lines=len(done[0].errors["judge"]),
            target=f"{target:g}",
            minutes=max(f.figures["minutes"] for f in done),
        ),
        strategy_table(main, inputs),
        COLUMNS,
        "## Against no reading loss\n",
        DIFFERENCES,
        differences(main, set(main) - {REFERENCE}, {REFERENCE}),
        "## Annealing against the others\n",
        differences(main, {OURS}, set(main) - {OURS, REFERENCE}),
        "![every figure against epoch](annealing/curves.png)\n",
        sweep_table(swept),
        "![reading against pixels](annealing/pareto.png)\n",
    ]
    if ideas:
        parts += [
            "## Ideas that were tried\n",
            strategy_table(ideas, {}),
            differences({**main, **ideas}, set(ideas), {OURS}),
        ]
    if (folder / "lines.png").exists():
        parts.append("![the same lines](annealing/lines.png)\n")
    report = "\n".join(parts)
    (Path(output) / "annealing.md").write_text(report, encoding="utf-8")
    return report


HEADING = """# Annealing against what failed before

Written, with all pictures, by

```sh
python -m keras_htr_gan experiment annealing --precision {precision}
```

Size `tiny`, {epochs} epochs of {steps_per_epoch} batches of {batch_size} lines
up to {max_width} pixels wide, 32 high; degradation `{degradation}`. The reading
loss is off for {warmup_epochs} epochs, which all cells of a seed share, and
after them they see the same batches; its weight is {target} in the end, and
where there is a bound, a line's reading gradient is at most
{reading_gradient_bound:g} times its pixel gradient before the weights multiply.
{lines} test lines, read by the recogniser that guided the training and by an
independent judge; mean and range over seeds. A cell takes at most
{minutes:.1f} minutes. What has no row here was not trained; the command does
that too. When a clipped reading loss says nothing, and how long after the
warm-up: [saturation.md](saturation.md).

## Strategies
"""

COLUMNS = """Silent steps: those after the warm-up whose reading gradient is
exactly 0, and those in the first epoch after it. CTC as logged: the loss in the
units of the strategy, in the worst epoch. Lines at the bound: those, after the
warm-up, whose reading gradient it shortens. CTC: the same for all, on
validation lines, nats a character without any clip. Silent steps and lines are
shares of all steps that read.
"""

DIFFERENCES = f"""Points of CER on the same lines and seeds, with 95 % of
{RESAMPLES:,} paired bootstrap samples of the lines.
"""


def grouped(finished, by=lambda cell: cell.strategy):
    groups = {}
    for f in finished:
        groups.setdefault(by(f.cell), []).append(f)
    return groups


def by_target(finished, strategy):
    """Target to the cells of a strategy."""
    groups = grouped(
        (f for f in finished if f.cell.strategy == strategy),
        by=lambda cell: cell.target,
    )
    return dict(sorted(groups.items()))


def strategy_table(main, inputs):
    """A row a strategy, after the degraded and the clean lines."""
    columns = {
        "highest generator loss": ("highest", ".1f"),
        "silent steps": ("silent_steps", ".1%"),
        "at first": ("first_silent", ".1%"),
        "CTC as logged": ("logged_CTC", ".2f"),
        "lines at the bound": ("bounded_lines", ".1%"),
        "CTC": ("CTC", ".2f"),
        "pixel loss": ("pixel_loss", ".4f"),
        **SCORES,
    }
    rows = [
        ["strategy", "seeds", *columns],
        ["---"] * (len(columns) + 2),
    ]
    for name, scores in inputs.items():
        cells = [
            format(scores[key], spec) if key in scores else "-"
            for key, spec in SCORES.values()
        ]
        blank = [""] * (len(rows[0]) - 1 - len(cells))
        rows.append([f"({name} lines)", *blank, *cells])
    rows += [
        [f"`{name}`", str(len(cells))]
        + [spread(cells, *column) for column in columns.values()]
        for name, cells in main.items()
    ]
    meanings = "\n".join(f"- `{name}`: {ALL[name].about};" for name in main)
    return f"{meanings}\n\n{markdown(rows)}\n"


def differences(main, strategies, references):
    """What each of some strategies has more than each of some others.

    Args:
        main: dict of strategy to list of `Finished`.
        strategies, references: sets of names, compared each with each.
    """
    rows = [
        ["", *(f"CER, {reader}" for reader in READERS)]
        + ["CER, judge, seed by seed", "PSNR, dB"],
        ["---"] * (len(READERS) + 3),
    ]
    for name, reference in itertools.product(main, main):
        if name not in strategies or reference not in references:
            continue
        pairs = pairs_of_seeds(main[name], main[reference])
        if not pairs:
            continue
        cells = []
        for reader in READERS:
            mean, low, high = bootstrap(pairs, reader)
            cells.append(
                f"{100 * mean:+.2f} ({100 * low:+.2f} to {100 * high:+.2f})"
            )
        by_seed, psnr = (
            [a.figures[figure] - b.figures[figure] for a, b in pairs]
            for figure in ("judge_CER", "PSNR")
        )
        cells.append(", ".join(f"{100 * value:+.1f}" for value in by_seed))
        cells.append(f"{np.mean(psnr):+.2f}")
        rows.append([f"`{name}` less `{reference}`", *cells])
    return f"{markdown(rows)}\n"


def pairs_of_seeds(some, others):
    """The cells of one strategy and of another, by the seeds both have."""
    a, b = ({f.cell.seed: f for f in fs} for fs in (some, others))
    return [(a[seed], b[seed]) for seed in sorted(a.keys() & b.keys())]


def bootstrap(pairs, reader):
    """The mean difference of CER over pairs of cells.

    Returns:
        The difference and the 2.5th and 97.5th percentile.
    """
    surplus = np.mean(
        [a.errors[reader] - b.errors[reader] for a, b in pairs], axis=0
    )
    characters = pairs[0][0].errors["characters"]
    rng = np.random.default_rng(0)
    count = len(surplus)
    means = np.empty(RESAMPLES)
    for i in range(RESAMPLES):
        chosen = rng.integers(count, size=count)
        means[i] = surplus[chosen].sum() / characters[chosen].sum()
    low, high = np.percentile(means, (2.5, 97.5))
    return surplus.sum() / characters.sum(), low, high


def sweep_table(swept):
    """A row a target weight of each of the strategies that are swept."""
    columns = {
        "highest generator loss": ("highest", ".1f"),
        "CTC": ("CTC", ".2f"),
        "pixel loss": ("pixel_loss", ".4f"),
        "PSNR, dB": ("PSNR", ".2f"),
        "CER": ("CER", ".1%"),
        "CER, judge": ("judge_CER", ".1%"),
    }
    shared = of_shared_seeds(swept)
    seeds = sorted({f.cell.seed for f in cells_of(shared)})
    named = f"seed {', '.join(map(str, seeds))}"
    again = ("PSNR, dB", "CER, judge")
    rows = [["strategy", "target", "seeds", *columns]]
    rows[0] += [f"{name}, {named}" for name in again]
    rows.append(["---"] * len(rows[0]))
    for strategy, targets in swept.items():
        for target, cells in targets.items():
            same = shared[strategy].get(target, [])
            rows.append(
                [f"`{strategy}`", f"{target:g}", str(len(cells))]
                + [spread(cells, *column) for column in columns.values()]
                + [spread(same, *columns[name]) for name in again]
            )
    parts = ["## The target weight\n", markdown(rows) + "\n"]
    parts.append(
        f"Seeds differ more than targets: compare targets by {named}, which "
        "all of them have. So does the picture.\n"
    )
    for target in sorted(set.intersection(*map(set, swept.values()))):
        named = {strategy: swept[strategy][target] for strategy in SWEPT}
        parts += [
            f"At {target:g}:\n",
            differences(named, {SWEPT[0]}, {SWEPT[1]}),
        ]
    return "\n".join(parts)


def cells_of(swept):
    """All cells of some strategies at some targets: list of `Finished`."""
    return [f for by in swept.values() for cells in by.values() for f in cells]


def of_shared_seeds(swept):
    """The cells of those seeds that were trained at every target.

    Args:
        swept: dict of strategy to dict of target to list of `Finished`.
    """
    trained = [
        {f.cell.seed for f in cells}
        for targets in swept.values()
        for cells in targets.values()
    ]
    shared = set.intersection(*trained) if trained else set()
    if not shared:
        return {strategy: {} for strategy in swept}
    return {
        strategy: {
            target: [f for f in cells if f.cell.seed in shared]
            for target, cells in targets.items()
        }
        for strategy, targets in swept.items()
    }


def spread(finished, name, spec):
    """Mean, and the range if there are several: str."""
    values = [f.figures[name] for f in finished if name in f.figures]
    if not values:
        return "-"
    mean = format(np.mean(values), spec)
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):{spec}} to {max(values):{spec}})"


def markdown(rows):
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
