"""What the annealing experiment showed: a page; it trains nothing."""

from keras_htr_gan.evaluation.metrics.resampling import RESAMPLES
from keras_htr_gan.experiments.annealing_pictures import (
    draw_lines,
    draw_pareto,
    draw_strategies,
)
from keras_htr_gan.experiments.annealing_tables import (
    format_differences,
    format_strategies,
    format_sweep,
    group_by_strategy,
    group_by_target,
    keep_shared_seeds,
)
from keras_htr_gan.experiments.cells import (
    INPUTS,
    SCORES,
    SETTINGS,
    FinishedCell,
    find_finished,
    read_figures,
)
from keras_htr_gan.experiments.strategies import IDEAS, SWEPT
from keras_htr_gan.storage import whole_file, write_whole

REFERENCE, OURS = "none", "annealed"
PICTURES = "annealing"


def write_annealing_report(output, cells, command):
    """Writes `annealing.md` and its pictures on the cells that are finished.

    Args:
        output: `Path` of the folder for the page, and for `annealing/`, its
            pictures.
        cells: `Path` of the folder of the cells.
        command: str, what trains them, for the page; the names of settings
            of the cells in braces become their values.

    Returns:
        str, the report in Markdown.
    """
    finished = [FinishedCell(cells, cell) for cell in find_finished(cells)]
    if not finished:
        return "No cell is finished yet."
    settings = read_figures(cells / SETTINGS)
    target = max((f.cell.target for f in finished), key=lambda t: t == 10.0)
    main = group_by_strategy(f for f in finished if f.cell.target == target)
    ideas = {name: main[name] for name in IDEAS if name in main}
    swept = {name: group_by_target(finished, name) for name in SWEPT}
    sheet = save_pictures(output / PICTURES, cells, main, swept)
    for name in ideas:
        del main[name]
    heading = HEADING.format(
        **settings,
        command=command.format(**settings),
        lines=len(finished[0].errors["judge"]),
        target=f"{target:g}",
        minutes=max(f.figures["minutes"] for f in finished),
    )
    inputs = {name: read_figures(cells / name / SCORES) for name in INPUTS}
    report = "\n".join(
        [heading, *list_sections(main, ideas, swept, inputs, sheet)]
    )
    write_whole(output / "annealing.md", report)
    return report


def list_sections(main, ideas, swept, inputs, sheet):
    """Yields what follows the heading of the report.

    Args:
        main, ideas: dicts of strategy to list of `FinishedCell`.
        swept: see `format_sweep`.
        inputs: see `format_strategies`.
        sheet: bool, whether there is a picture of lines.
    """
    yield format_strategies(main, inputs)
    yield COLUMNS
    yield "## Against no reading loss\n"
    yield DIFFERENCES
    yield format_differences(main, set(main) - {REFERENCE}, {REFERENCE})
    yield "## Annealing against the others\n"
    yield format_differences(main, {OURS}, set(main) - {OURS, REFERENCE})
    yield f"![every figure against epoch]({PICTURES}/curves.png)\n"
    yield format_sweep(swept)
    yield f"![reading against pixels]({PICTURES}/pareto.png)\n"
    if ideas:
        yield "## Ideas that were tried\n"
        yield format_strategies(ideas, {})
        yield format_differences({**main, **ideas}, set(ideas), {OURS})
    if sheet:
        yield f"![the same lines]({PICTURES}/lines.png)\n"


def save_pictures(folder, cells, main, swept):
    """Writes the pictures of the report.

    Args:
        folder: `Path` for them.
        cells: `Path` of the folder of the cells.
        main: dict of strategy to list of `FinishedCell`, ideas among them.
        swept: see `format_sweep`.

    Returns:
        bool, whether there is one of lines.
    """
    plain = {name: some for name, some in main.items() if name not in IDEAS}
    for name, figure, dpi in (
        ("curves.png", draw_strategies(plain), 70),
        ("pareto.png", draw_pareto(plain, keep_shared_seeds(swept)), 80),
    ):
        with whole_file(folder / name) as partial:
            figure.savefig(partial, dpi=dpi)
    sheet = draw_lines(main, cells)
    if sheet is not None:
        with whole_file(folder / "lines.png") as partial:
            sheet.save(partial)
    return sheet is not None


HEADING = """# Annealing against what failed before

Written, with all pictures, by

```sh
{command}
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
