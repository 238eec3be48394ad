"""What the annealing experiment showed: tables and pictures, no training."""

import itertools
import json
import re
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from callbacks.history_file import read_history
from keras_htr_gan.experiments.annealing import Cell
from keras_htr_gan.experiments.strategies import (
    ALL,
    STRATEGIES,
    SWEPT,
)

REFERENCE, OURS = "none", "annealed"
RESAMPLES = 10_000
PSNR_SHOWN = 1.5  # dB below the best, in the picture of those near it
READERS = ("recogniser", "judge")
PANELS = {
    "generator_loss": "generator loss",
    "highest_generator_loss": "highest generator loss of an epoch",
    "silent_steps": "steps without a reading gradient",
    "CTC_gradient_norm": "norm of the reading gradient, weighted",
    "pixel_gradient_norm": "norm of the pixel gradient, weighted",
    "bounded_lines": "lines at the bound",
    "val_pixel_loss": "validation pixel loss",
    "val_CTC_loss": "validation CTC, nats a character",
    "discriminator_loss": "discriminator loss",
}
LOGARITHMIC = {
    "generator_loss",
    "highest_generator_loss",
    "CTC_gradient_norm",
    "pixel_gradient_norm",
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
    lines_sheet(cells, folder)
    settings = json.loads((folder / "settings.json").read_text())
    target = max((f.cell.target for f in done), key=lambda t: t == 10.0)
    main = grouped(f for f in done if f.cell.target == target)
    swept = {strategy: by_target(done, strategy) for strategy in SWEPT}
    inputs = {
        name: json.loads((folder / name / "scores.json").read_text())
        for name in ("degraded", "clean")
    }
    curves(main).savefig(folder / "curves.png", dpi=70)
    pareto(main, swept).savefig(folder / "pareto.png", dpi=80)
    parts = [
        HEADING.format(**settings, lines=len(done[0].errors["judge"])),
        strategy_table(main, inputs),
        "## Against no reading loss\n",
        differences(main, set(main) - {REFERENCE}, {REFERENCE}),
        "## Annealing against the others\n",
        differences(main, {OURS}, set(main) - {OURS, REFERENCE}),
        "![every figure against epoch](annealing/curves.png)\n",
        sweep_table(swept),
        "![reading against pixels](annealing/pareto.png)\n",
    ]
    if (folder / "lines.png").exists():
        parts.append("![the same lines](annealing/lines.png)\n")
    report = "\n".join(parts)
    (Path(output) / "annealing.md").write_text(report, encoding="utf-8")
    return report


HEADING = """# Annealing against what failed before

Written by `python -m keras_htr_gan experiment annealing`, which trains every
cell and draws what is below. Size `tiny`, {epochs} epochs of
{steps_per_epoch} batches of {batch_size} lines up to {max_width} pixels wide,
32 high; the reading loss is off for {warmup_epochs} epochs; degradation
`{degradation}`, {precision}. All cells of a seed begin with the same weights
and see the same batches. {lines} test lines, read by the recogniser that
guided the training and by an independent judge; mean and range over seeds.
"""


def grouped(finished, by=lambda cell: cell.strategy):
    groups = {}
    for f in finished:
        groups.setdefault(by(f.cell), []).append(f)
    return groups


def by_target(finished, strategy):
    """Target to cells of a strategy, with the seeds that all targets have."""
    groups = grouped(
        (f for f in finished if f.cell.strategy == strategy),
        by=lambda cell: cell.target,
    )
    seeds = [{f.cell.seed for f in cells} for cells in groups.values()]
    return {
        target: [f for f in cells if all(f.cell.seed in s for s in seeds)]
        for target, cells in sorted(groups.items())
    }


def strategy_table(main, inputs):
    """A row a strategy, after the degraded and the clean lines."""
    columns = {
        "seeds": lambda fs: str(len(fs)),
        "highest generator loss": lambda fs: spread(fs, "highest", ".1f"),
        "silent steps": lambda fs: spread(fs, "silent_steps", ".1%"),
        "lines at the bound": lambda fs: spread(fs, "bounded_lines", ".1%"),
        "CTC, nats a character": lambda fs: spread(fs, "CTC", ".2f"),
        "pixel loss": lambda fs: spread(fs, "pixel_loss", ".4f"),
        "PSNR, dB": lambda fs: spread(fs, "PSNR", ".2f"),
        "SSIM": lambda fs: spread(fs, "SSIM", ".3f"),
        "CER": lambda fs: spread(fs, "CER", ".1%"),
        "WER": lambda fs: spread(fs, "WER", ".1%"),
        "CER, judge": lambda fs: spread(fs, "judge_CER", ".1%"),
        "WER, judge": lambda fs: spread(fs, "judge_WER", ".1%"),
    }
    rows = [
        ["strategy", *columns],
        ["---"] * (len(columns) + 1),
    ]
    for name, scores in inputs.items():
        cells = [""] * 6 + [
            format(scores[key], spec) if key in scores else "-"
            for key, spec in (
                ("PSNR", ".2f"),
                ("SSIM", ".3f"),
                ("CER", ".1%"),
                ("WER", ".1%"),
                ("judge_CER", ".1%"),
                ("judge_WER", ".1%"),
            )
        ]
        rows.append([f"({name} lines)", *cells])
    for name in STRATEGIES:
        if name in main:
            rows.append(
                [f"`{name}`", *(make(main[name]) for make in columns.values())]
            )
    meanings = "\n".join(
        f"- `{name}`: {STRATEGIES[name].about};"
        for name in STRATEGIES
        if name in main
    )
    return (
        f"## Strategies\n\n{meanings}\n\n{markdown(rows)}\n\n"
        "Silent steps: those after the warm-up whose reading gradient is "
        "exactly 0. Lines at the bound: those, after the warm-up, whose "
        "reading gradient it shortens. The CTC is the same for all: nats a "
        "character on validation lines, without any clip.\n"
    )


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
    return (
        "Points of CER on the same lines and seeds, with 95 % of "
        f"{RESAMPLES:,} paired bootstrap samples of the lines:\n\n"
        f"{markdown(rows)}\n"
    )


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
        "pixel loss": ("pixel_loss", ".4f"),
        "PSNR, dB": ("PSNR", ".2f"),
        "CER": ("CER", ".1%"),
        "CER, judge": ("judge_CER", ".1%"),
    }
    rows = [
        ["strategy", "target", "seeds", *columns],
        ["---"] * (len(columns) + 3),
    ]
    rows += [
        [f"`{strategy}`", f"{target:g}", str(len(cells))]
        + [spread(cells, *column) for column in columns.values()]
        for strategy, targets in swept.items()
        for target, cells in targets.items()
    ]
    return f"## The target weight\n\n{markdown(rows)}\n"


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


def curves(main):
    """Every figure against epoch, a line a strategy, a band over seeds."""
    figure = Figure(figsize=(16, 13), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(3, 3)
    for axes, (name, title) in zip(grid.flat, PANELS.items(), strict=True):
        for number, (strategy, finished) in enumerate(main.items()):
            epochs = [row["epoch"] for row in finished[0].history]
            values = np.array([[r[name] for r in f.history] for f in finished])
            color = f"C{number}"
            axes.plot(epochs, values.mean(axis=0), color=color, label=strategy)
            axes.fill_between(
                epochs,
                values.min(axis=0),
                values.max(axis=0),
                color=color,
                alpha=0.15,
            )
        if name in LOGARITHMIC:
            axes.set_yscale("symlog", linthresh=1e-3)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
    grid[0, 0].legend(fontsize="small")
    return figure


def pareto(main, swept):
    """CER by the judge against PSNR: strategies, and the targets' sweeps.

    On the left all of them, on the right those that restore.
    """
    figure = Figure(figsize=(14, 6), layout="constrained")
    FigureCanvasAgg(figure)
    everything, near = figure.subplots(1, 2)
    colors = {name: f"C{number}" for number, name in enumerate(main)}
    for strategy, finished in main.items():
        points = where(finished)
        color = colors[strategy]
        for axes in (everything, near):
            axes.scatter(*points.T, color=color, alpha=0.4, s=15)
            axes.scatter(*points.mean(0), color=color, s=70, label=strategy)
    seen = [where(cells).mean(0) for cells in main.values()]
    for strategy, targets in swept.items():
        if len(targets) < 2:
            continue
        path = np.array([where(cells).mean(0) for cells in targets.values()])
        seen += list(path)
        color = colors.get(strategy)
        near.plot(*path.T, ".--", color=color, alpha=0.6)
        for target, point in zip(targets, path, strict=True):
            near.annotate(f" {target:g}", point, fontsize="small", color=color)
    seen = np.array(seen)
    restored = seen[seen[:, 0] > seen[:, 0].max() - PSNR_SHOWN]
    (left, low), (right, high) = restored.min(0), restored.max(0)
    near.set_xlim(left - 0.2, right + 0.2)
    near.set_ylim(low - 0.01, high + 0.01)
    near.set_title("those near the best; dashed: by target weight")
    everything.set_title("all; small: seed by seed")
    for axes in (everything, near):
        axes.set_xlabel("PSNR, dB")
        axes.set_ylabel("CER by the judge")
        axes.grid(alpha=0.3)
    everything.legend(fontsize="small")
    return figure


def where(finished):
    """PSNR and the judge's CER of some cells: float `(cells, 2)`."""
    return np.array(
        [(f.figures["PSNR"], f.figures["judge_CER"]) for f in finished]
    )


def lines_sheet(cells, folder):
    """The same ten lines as each strategy restores them, side by side.

    Args:
        cells: list of `Cell`; of each strategy the first is shown.
        folder: `Path` of the cells, which gets `lines.png`.
    """
    names = {"degraded": "degraded"}
    for cell in cells:
        names.setdefault(cell.strategy, cell.name)
    names["clean"] = "clean"
    strips = {
        title: Image.open(folder / name / "lines.png")
        for title, name in names.items()
        if (folder / name / "lines.png").exists()
    }
    if len(strips) < 3:
        return
    width, height = next(iter(strips.values())).size
    across = 3
    down = -(-len(strips) // across)
    sheet = Image.new("L", (across * (width + 16), down * (height + 24)), 255)
    pen = ImageDraw.Draw(sheet)
    for i, (title, image) in enumerate(strips.items()):
        x, y = i % across * (width + 16) + 8, i // across * (height + 24)
        pen.text((x, y + 4), title, 0)
        sheet.paste(image, (x, y + 20))
    sheet.save(folder / "lines.png")
