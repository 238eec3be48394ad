"""python -m keras_htr_gan experiment annealing|saturation|frontier"""

from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import tells_mistakes
from keras_htr_gan.commands.options import (
    ABOVE_0,
    COUNT,
    COUNT_OR_NONE,
    SHARE,
    WEIGHT,
    judge_option,
)
from keras_htr_gan.commands.settings_options import (
    data_options,
    options_of,
    precision_option,
    wandb_options,
)
from keras_htr_gan.errors import UserError
from keras_htr_gan.extras import require_training
from keras_htr_gan.networks.refusals import GUIDANCE
from keras_htr_gan.training.settings import TrainingSettings

TRAINED_BY = (
    "python -m keras_htr_gan experiment annealing --precision {precision}"
)


def folder(name, default, what):
    """The option of a folder that is written to."""
    kind = click.Path(file_okay=False, path_type=Path)
    return click.option(name, type=kind, default=Path(default), help=what)


@click.group()
def experiment():
    """Trainings that compare ways to train."""


@experiment.command(context_settings={"show_default": True})
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    metavar="NAME",
    help="Only these; repeat it.  [default: all but the ideas: "
    "annealed_balanced, annealed_at_plateau, annealed_view, "
    "annealed_features, annealed_both, annealed_dual_modal]",
)
@click.option("--seeds", type=COUNT, default=3)
@click.option(
    "--target", type=WEIGHT, default=10.0, help="Weight of the reading loss."
)
@click.option(
    "--sweep",
    type=WEIGHT,
    multiple=True,
    default=(0.1, 0.3, 1.0, 3.0, 30.0),
    help="Further targets for annealed and on_off_bounded; repeat it.",
)
@click.option("--sweep-seeds", type=COUNT_OR_NONE, default=1)
@click.option(
    "--reading-gradient-bound",
    type=WEIGHT,
    default=18.0,
    help="Of the strategies that have one, see train.py.",
)
@click.option("--epochs", type=COUNT, default=30)
@click.option("--warmup-epochs", type=COUNT_OR_NONE, default=10)
@click.option("--annealing-epochs", type=COUNT_OR_NONE, default=10)
@click.option("--steps-per-epoch", type=COUNT, default=24)
@click.option("--batch-size", type=COUNT, default=16)
@click.option(
    "--max-width",
    type=click.IntRange(min=64),
    default=576,
    help="Pixels of the longest line, 32 high; 576 are about 40 characters.",
)
@click.option("--language", default="en")
@click.option("--degradation", default="medium", metavar="RECIPE")
@click.option("--validation-lines", type=COUNT, default=64)
@click.option("--test-lines", type=COUNT, default=1000)
@click.option(
    "--recognizer",
    default="auto",
    metavar="auto|PRESET|FILE",
    help="The frozen reader, as for train.py.",
)
@click.option("--recognizer-steps", type=COUNT, default=1500)
@judge_option
@precision_option
@wandb_options
@folder(
    "--output", "docs", "Folder for annealing.md and annealing/, its pictures."
)
@folder("--cells", "results/annealing", "Folder for the figures of each cell.")
@folder(
    "--runs",
    "runs/annealing",
    "Folder for what is large: generators, W&B runs.",
)
@click.option(
    "--report-only",
    is_flag=True,
    help="Train nothing; write the report on the cells that are finished.",
)
@tells_mistakes
def annealing(output, cells, runs, report_only, **settings):
    """The failed strategies and annealing, side by side.

    Trains each strategy from the same weights on the same batches, several
    seeds of each, and the two that are bounded with several target weights. A
    cell that is finished is not trained again: stop it when you like. The
    report is written after each cell.
    """
    require_training("an experiment")
    # Imported here, as --help should not wait for Keras.
    from keras_htr_gan.experiments.annealing_report import (
        write_annealing_report,
    )
    from keras_htr_gan.experiments.cells import AnnealingSettings, list_cells
    from keras_htr_gan.experiments.strategies import STRATEGIES

    wanted = list_cells(
        settings.pop("strategies") or tuple(STRATEGIES),
        settings["target"],
        settings.pop("seeds"),
        settings.pop("sweep"),
        settings.pop("sweep_seeds"),
    )
    settings = AnnealingSettings(**settings)
    if not report_only:
        from keras_htr_gan.experiments.annealing import Experiment
        from keras_htr_gan.networks.precision import calculating_in

        with calculating_in(settings.precision):
            for _ in Experiment(settings, cells, runs).run(wanted):
                write_annealing_report(output, cells, TRAINED_BY)
    click.echo(write_annealing_report(output, cells, TRAINED_BY))


@experiment.command(context_settings={"show_default": True})
@click.option(
    "--max-width",
    "widths",
    type=click.IntRange(min=64),
    multiple=True,
    default=(224, 576),
    help="Pixels of the longest line, 32 high; repeat it.",
)
@click.option(
    "--recognizer-steps",
    type=COUNT,
    multiple=True,
    default=(300, 1500),
    help="Batches that a recogniser is trained on; repeat it.",
)
@click.option(
    "--warmup-steps",
    type=COUNT_OR_NONE,
    multiple=True,
    default=(0, 60, 240),
    help="Batches of warm-up after which to look; repeat it.",
)
@click.option("--batch-size", type=COUNT, default=16)
@click.option("--lines", type=COUNT, default=256)
@click.option("--language", default="en")
@folder("--output", "docs", "Folder for saturation.md and saturation.csv.")
@tells_mistakes
def saturation(output, **settings):
    """When a clipped reading loss says nothing.

    By line length, recogniser, degradation and length of the warm-up: the
    share of batches whose loss, summed over lines and clipped at 100, would
    have no gradient.
    """
    require_training("an experiment")
    from keras_htr_gan.experiments.saturation import (
        measure_saturation,
        write_saturation,
    )
    from keras_htr_gan.training.run import command_line

    settings["warmup_steps"] = sorted(settings["warmup_steps"])
    rows = list(measure_saturation(**settings))
    click.echo(write_saturation(output, rows, command_line()))


option = options_of(TrainingSettings)


@experiment.command(context_settings={"show_default": True})
@data_options
@click.option(
    "--shape",
    "shapes",
    multiple=True,
    metavar="NAME",
    help="Only these; repeat it.  [default: all]",
)
@click.option(
    "--minutes", type=ABOVE_0, default=10.0, help="Each trains so long."
)
@option("seed", type=COUNT_OR_NONE)
@option("batch_size", type=COUNT)
@option("page_share", type=SHARE, help="As of train.py.")
@click.option(
    "--guidance",
    type=click.Choice(GUIDANCE),
    default="features",
    help="As of train.py.",
)
@option("reading_gradient_bound", type=WEIGHT, help="As of train.py.")
@click.option("--test-lines", type=COUNT, default=500)
@option(
    "recognizer",
    metavar="auto|PRESET|FILE",
    help="The frozen reader: latin_tiny, or another of its size.",
)
@judge_option
@precision_option
@folder("--output", "docs", "Folder for frontier.md and frontier.png.")
@folder("--cells", "results/frontier", "Folder for the figures of each shape.")
@tells_mistakes
def frontier(output, cells, shapes, minutes, test_lines, **settings):
    """What shapes of generators cost and bring, in equal time.

    Trains each from nothing, and writes their error rates over their speed. A
    shape that has figures is not trained again: stop it when you like.
    """
    require_training("an experiment")
    from keras_htr_gan.experiments.frontier import Frontier
    from keras_htr_gan.experiments.frontier_report import write_frontier
    from keras_htr_gan.experiments.shapes import SHAPES
    from keras_htr_gan.networks.precision import calculating_in
    from keras_htr_gan.training.run import command_line

    for name in shapes:
        if name not in SHAPES:
            raise UserError(
                f"`shapes`: no shape {name!r}; choose from {', '.join(SHAPES)}"
            )
    settings = TrainingSettings(**settings, size="tiny")
    with calculating_in(settings.precision):
        trained = Frontier(settings, minutes, test_lines, cells)
        for _ in trained.run(shapes or tuple(SHAPES)):
            write_frontier(output, cells, command_line())
    click.echo(write_frontier(output, cells, command_line()))
