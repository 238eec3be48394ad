"""The page of the shapes of generators, and its picture."""

import json

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from keras_htr_gan.evaluation.tables import format_table
from keras_htr_gan.experiments.shapes import SHAPES
from keras_htr_gan.storage import whole_file, write_whole

COLUMNS = {
    "CER": ("CER", "{:.1%}"),
    "judge_CER": ("CER, judge", "{:.1%}"),
    "PSNR": ("PSNR, dB", "{:.2f}"),
    "F-measure": ("F-measure", "{:.1f} %"),
    "speed": ("megapixels a second", "{:.2f}"),
    "speed_ratio": ("over `tiny`, side by side", "{:.2f}"),
    "parameters": ("parameters", "{:,.0f}"),
    "steps": ("steps", "{:,.0f}"),
    "minutes": ("minutes", "{:.1f}"),
}


def write_frontier(output, cells, command):
    """Writes `frontier.md` and `frontier.png`.

    Args:
        output: `Path` of a folder.
        cells: `Path` of the folder with the figures of each shape.
        command: str, what trained them.

    Returns:
        str, the report in Markdown.
    """
    found = read_cells(cells)
    rows = []
    for name, seeds in found.items():
        cells_of = [
            format_seeds([figures[key] for figures in seeds], form)
            for key, (_, form) in COLUMNS.items()
        ]
        rows.append([f"`{name}`", str(len(seeds)), *cells_of])
    titles = [title for title, _ in COLUMNS.values()]
    report = PAGE.format(
        command=command,
        shapes="\n".join(f"- `{n}`: {SHAPES[n].about};" for n in found),
        lines=next(iter(found.values()))[0]["lines"] if found else 0,
        table=format_table(["", "seeds", *titles], rows),
        front=", ".join(f"`{name}`" for name in find_front(found)),
    )
    with whole_file(output / "frontier.png") as partial:
        draw_front(found).savefig(partial, format="png", dpi=110)
    write_whole(output / "frontier.md", report)
    return report


def read_cells(folder):
    """The figures of each shape: dict of name to list of dict, by seed."""
    found = {}
    for name in SHAPES:
        paths = sorted(folder.glob(f"{name}_seed*.json"))
        if paths:
            found[name] = [json.loads(p.read_text("utf-8")) for p in paths]
    return found


def format_seeds(values, form):
    """The mean, and the range where there are several."""
    told = form.format(np.mean(values))
    if len(values) == 1:
        return told
    low, high = (form.format(end(values)) for end in (min, max))
    return f"{told} ({low} to {high})"


def locate(seeds):
    """Where a shape lies: speed over that of `tiny`, and CER by the judge."""
    return [
        float(np.mean([figures[key] for figures in seeds]))
        for key in ("speed_ratio", "judge_CER")
    ]


def find_front(found):
    """The shapes of which none other is both faster and better: list of str."""
    places = {name: locate(seeds) for name, seeds in found.items()}
    return [
        name
        for name, (speed, rate) in places.items()
        if not any(
            s >= speed and r <= rate and (s, r) != (speed, rate)
            for s, r in places.values()
        )
    ]


def draw_front(found):
    """CER by the judge over speed, a point a shape, and the front."""
    figure = Figure(figsize=(8, 6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name, seeds in found.items():
        speed, rate = locate(seeds)
        axes.scatter(speed, 100 * rate, s=60)
        axes.annotate(
            name, (speed, 100 * rate), (6, 4), textcoords="offset points"
        )
    front = sorted(locate(found[name]) for name in find_front(found))
    axes.plot(
        [speed for speed, _ in front],
        [100 * rate for _, rate in front],
        color="0.6",
        zorder=0,
    )
    axes.set_xscale("log")
    axes.set_xlabel("speed over that of tiny, exported")
    axes.set_ylabel("CER by the judge, %")
    axes.grid(alpha=0.3, which="both")
    return figure


PAGE = """# Shapes of generators

Written by

```sh
{command}
```

Each was trained from nothing for the same time, on the same lines, on lines 32
pixels high; so the quicker ones have taken more steps. {lines} test lines are
aged, restored and read by the recogniser that guided and by the judge. Speed is
that of the exported generator in onnxruntime, in turn with `tiny`.

{shapes}

{table}

![CER by the judge over speed](frontier.png)

No other shape is both as fast and as good as {front}.
"""
