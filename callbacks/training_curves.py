"""Plots of a training while it goes on."""

from pathlib import Path

import keras
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_htr_gan.callbacks.history_file import read_history
from keras_htr_gan.storage import whole_file

PANELS = (
    ("losses", ("generator_loss", "discriminator_loss", "adversarial_loss")),
    ("pixel loss, nats per pixel", ("pixel_loss", "val_pixel_loss")),
    ("CTC, nats per character", ("CTC_loss", "val_CTC_loss")),
    ("ctc_weight", ("ctc_weight",)),
    (
        "gradient norms at the image",
        (
            "pixel_gradient_norm",
            "adversarial_gradient_norm",
            "CTC_gradient_norm",
        ),
    ),
    ("validation error rates", ("val_CER", "val_WER")),
)
SHADES = {"warm-up": "#dbe9f6", "annealing": "#fdebd0"}


class TrainingCurves(keras.callbacks.Callback):
    """Draws the history file as a PNG after each epoch.

    Place it after `HistoryFile`.

    Args:
        history: path of the history file.
        path: path of the PNG.
        weight: str, the figure whose course shades the phases: zero is the
            warm-up, changing the annealing.
        panels: sequence of `(title, names of figures)`.

    Example:

    >>> model.fit(
    ...     data,
    ...     epochs=30,
    ...     callbacks=[
    ...         HistoryFile("history.csv"),
    ...         TrainingCurves("history.csv", "curves.png"),
    ...     ],
    ... )
    """

    def __init__(self, history, path, weight="ctc_weight", panels=PANELS):
        super().__init__()
        self.history = Path(history)
        self.path = Path(path)
        self.weight = weight
        self.panels = panels

    def on_epoch_end(self, epoch, logs=None):
        figure = draw_curves(
            read_history(self.history), self.weight, self.panels
        )
        with whole_file(self.path) as partial:
            figure.savefig(partial, format="png", dpi=80)


def draw_curves(rows, weight="ctc_weight", panels=PANELS):
    """Draws the figures of a history against epoch.

    Args:
        rows: list of dict, see `read_history`.
        weight, panels: see `TrainingCurves`.

    Returns:
        `matplotlib.figure.Figure`.
    """
    across = min(3, len(panels))
    down = -(-len(panels) // across)
    wide, high = 5 * across, 4 * down
    figure = Figure(figsize=(wide, high))
    FigureCanvasAgg(figure)
    epochs = [row["epoch"] for row in rows]
    # In inches; to let matplotlib find them takes as long as all the rest.
    edges = {"left": 0.7 / wide, "right": 1 - 0.2 / wide}
    edges |= {"bottom": 0.6 / high, "top": 1 - 0.4 / high}
    edges |= {"wspace": 0.2, "hspace": 0.3}
    grid = figure.subplots(down, across, squeeze=False, gridspec_kw=edges)
    for axes, (title, names) in zip(grid.flat, panels, strict=True):
        for name in names:
            points = [(r["epoch"], r[name]) for r in rows if name in r]
            if points:
                axes.plot(*zip(*points, strict=True), ".-", label=name)
        for label, start, end in find_phases(rows, weight):
            if label in SHADES and weight in rows[0]:
                axes.axvspan(start, end, color=SHADES[label], label=label)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.set_xlim(min(epochs) - 0.5, max(epochs) + 0.5)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    return figure


def find_phases(rows, weight="ctc_weight"):
    """The phases of a history: list of `(name, start, end)` in epochs."""
    weights = [row.get(weight, 0.0) for row in rows]
    found = []
    for i, row in enumerate(rows):
        if weights[i] == 0.0:
            name = "warm-up"
        elif weights[i] == max(weights) and weights.count(weights[i]) > 1:
            name = "full weight"
        else:
            name = "annealing"
        if not found or found[-1][0] != name:
            found.append((name, row["epoch"] - 0.5, row["epoch"] + 0.5))
        else:
            found[-1] = (name, found[-1][1], row["epoch"] + 0.5)
    return found
