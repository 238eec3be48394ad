"""What the annealing experiment showed: its pictures."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from keras_htr_gan.experiments.cells import INPUTS, STRIP

PSNR_SHOWN = 1.5  # dB below the best, in the picture of those near it
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


def draw_strategies(main):
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


def draw_pareto(main, swept):
    """CER by the judge against PSNR: strategies, and the targets' sweeps.

    On the left all of them, on the right those that restore.
    """
    figure = Figure(figsize=(14, 6), layout="constrained")
    FigureCanvasAgg(figure)
    everything, near = figure.subplots(1, 2)
    colors = {name: f"C{number}" for number, name in enumerate(main)}
    for strategy, finished in main.items():
        points = locate_cells(finished)
        color = colors[strategy]
        for axes in (everything, near):
            axes.scatter(*points.T, color=color, alpha=0.4, s=15)
            axes.scatter(*points.mean(0), color=color, s=70, label=strategy)
    seen = [locate_cells(cells).mean(0) for cells in main.values()]
    for strategy, targets in swept.items():
        if len(targets) < 2:
            continue
        path = np.array(
            [locate_cells(cells).mean(0) for cells in targets.values()]
        )
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
    near.set_title(
        "those near the best; dashed: by target weight, the same seeds"
    )
    everything.set_title("all; small: seed by seed")
    for axes in (everything, near):
        axes.set_xlabel("PSNR, dB")
        axes.set_ylabel("CER by the judge")
        axes.grid(alpha=0.3)
    everything.legend(fontsize="small")
    return figure


def locate_cells(finished):
    """PSNR and the judge's CER of some cells: float `(cells, 2)`."""
    return np.array(
        [(f.figures["PSNR"], f.figures["judge_CER"]) for f in finished]
    )


def draw_lines(main, folder):
    """The same ten lines as each strategy restores them, side by side.

    Args:
        main: dict of strategy to list of `FinishedCell`, whose first is shown.
        folder: `Path` of the cells.

    Returns:
        `PIL.Image.Image`, or `None` if hardly any is there.
    """
    degraded, clean = INPUTS
    names = {name: cells[0].cell.name for name, cells in main.items()}
    names = {degraded: degraded, **names, clean: clean}
    strips = {
        title: Image.open(folder / name / STRIP)
        for title, name in names.items()
        if (folder / name / STRIP).exists()
    }
    if len(strips) < 3:
        return None
    width, height = next(iter(strips.values())).size
    across = 3
    down = -(-len(strips) // across)
    sheet = Image.new("L", (across * (width + 16), down * (height + 24)), 255)
    pen = ImageDraw.Draw(sheet)
    for i, (title, image) in enumerate(strips.items()):
        x, y = i % across * (width + 16) + 8, i // across * (height + 24)
        pen.text((x, y + 4), title, 0)
        sheet.paste(image, (x, y + 20))
    return sheet
