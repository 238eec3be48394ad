"""What the annealing experiment showed: its tables."""

import itertools

import numpy as np

from keras_htr_gan.evaluation.metrics.resampling import (
    find_interval,
    resample_rates,
)
from keras_htr_gan.evaluation.tables import format_table
from keras_htr_gan.experiments.strategies import ALL, SWEPT

READERS = ("recogniser", "judge")
SCORES = {
    "PSNR, dB": ("PSNR", ".2f"),
    "SSIM": ("SSIM", ".3f"),
    "CER": ("CER", ".1%"),
    "WER": ("WER", ".1%"),
    "CER, judge": ("judge_CER", ".1%"),
    "WER, judge": ("judge_WER", ".1%"),
}
STRATEGY_COLUMNS = {
    "highest generator loss": ("highest", ".1f"),
    "silent steps": ("silent_steps", ".1%"),
    "at first": ("first_silent", ".1%"),
    "CTC as logged": ("logged_CTC", ".2f"),
    "lines at the bound": ("bounded_lines", ".1%"),
    "CTC": ("CTC", ".2f"),
    "pixel loss": ("pixel_loss", ".4f"),
    **SCORES,
}
SWEEP_COLUMNS = {
    "highest generator loss": ("highest", ".1f"),
    "CTC": ("CTC", ".2f"),
    "pixel loss": ("pixel_loss", ".4f"),
    "PSNR, dB": ("PSNR", ".2f"),
    "CER": ("CER", ".1%"),
    "CER, judge": ("judge_CER", ".1%"),
}
# What is also shown of the seeds that all targets have.
OF_SHARED_SEEDS = ("PSNR, dB", "CER, judge")


def group_by_strategy(finished):
    """Cells, iterable of `FinishedCell`, by strategy: dict of lists."""
    groups = {}
    for f in finished:
        groups.setdefault(f.cell.strategy, []).append(f)
    return groups


def group_by_target(finished, strategy):
    """The cells of one strategy by target, from the lowest: dict of lists."""
    groups = {}
    for f in finished:
        if f.cell.strategy == strategy:
            groups.setdefault(f.cell.target, []).append(f)
    return dict(sorted(groups.items()))


def format_strategies(main, inputs):
    """A row a strategy, after the degraded and the clean lines.

    Args:
        main: dict of strategy to list of `FinishedCell`.
        inputs: dict of the name of other lines to their scores.

    Returns:
        str, what the strategies are and the table.
    """
    header = ["strategy", "seeds", *STRATEGY_COLUMNS]
    rows = []
    for name, scores in inputs.items():
        cells = [
            format(scores[key], spec) if key in scores else "-"
            for key, spec in SCORES.values()
        ]
        blank = [""] * (len(header) - 1 - len(cells))
        rows.append([f"({name} lines)", *blank, *cells])
    rows += [
        [f"`{name}`", str(len(cells))]
        + [format_range(cells, *c) for c in STRATEGY_COLUMNS.values()]
        for name, cells in main.items()
    ]
    meanings = "\n".join(f"- `{name}`: {ALL[name].about};" for name in main)
    return f"{meanings}\n\n{format_table(header, rows)}\n"


def format_differences(main, strategies, references):
    """What each of some strategies has more than each of some others.

    Args:
        main: dict of strategy to list of `FinishedCell`.
        strategies, references: sets of names, compared each with each.

    Returns:
        str, the table.
    """
    header = ["", *(f"CER, {reader}" for reader in READERS)]
    header += ["CER, judge, seed by seed", "PSNR, dB"]
    rows = []
    for name, reference in itertools.product(main, main):
        if name not in strategies or reference not in references:
            continue
        pairs = pair_seeds(main[name], main[reference])
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
    return f"{format_table(header, rows)}\n"


def pair_seeds(some, others):
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
    low, high = find_interval(resample_rates(surplus, characters))
    return surplus.sum() / characters.sum(), low, high


def format_sweep(swept):
    """A row a target weight of each strategy that is swept, and comparisons.

    Args:
        swept: dict of strategy to dict of target to list of `FinishedCell`.

    Returns:
        str, a section of the report.
    """
    shared = keep_shared_seeds(swept)
    seeds = {
        f.cell.seed
        for targets in shared.values()
        for cells in targets.values()
        for f in cells
    }
    named = f"seed {', '.join(map(str, sorted(seeds)))}"
    header = ["strategy", "target", "seeds", *SWEEP_COLUMNS]
    header += [f"{name}, {named}" for name in OF_SHARED_SEEDS]
    rows = []
    for strategy, targets in swept.items():
        for target, cells in targets.items():
            same = shared[strategy].get(target, [])
            rows.append(
                [f"`{strategy}`", f"{target:g}", str(len(cells))]
                + [format_range(cells, *c) for c in SWEEP_COLUMNS.values()]
                + [
                    format_range(same, *SWEEP_COLUMNS[name])
                    for name in OF_SHARED_SEEDS
                ]
            )
    parts = ["## The target weight\n", format_table(header, rows) + "\n"]
    parts.append(
        f"Seeds differ more than targets: compare targets by {named}, which "
        "all of them have. So does the picture.\n"
    )
    for target in sorted(set.intersection(*map(set, swept.values()))):
        both = {strategy: swept[strategy][target] for strategy in SWEPT}
        parts += [
            f"At {target:g}:\n",
            format_differences(both, {SWEPT[0]}, {SWEPT[1]}),
        ]
    return "\n".join(parts)


def keep_shared_seeds(swept):
    """The cells of those seeds that were trained at every target.

    Args:
        swept: dict of strategy to dict of target to list of `FinishedCell`.
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


def format_range(finished, name, spec):
    """Mean, and the range if there are several: str."""
    values = [f.figures[name] for f in finished if name in f.figures]
    if not values:
        return "-"
    mean = format(np.mean(values), spec)
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):{spec}} to {max(values):{spec}})"
