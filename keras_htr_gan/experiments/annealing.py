"""The failed strategies and annealing, side by side.

Cells (a strategy, a target weight and a seed) are trained one by one. Those of
a seed share their warm-up, which is trained once, and then see the same
batches. A cell that is finished is not trained again.
"""

import csv
import dataclasses
import json
import shutil
import time

import click
import keras
import numpy as np

from keras_htr_gan.callbacks.brief_progress import BriefProgress
from keras_htr_gan.callbacks.history_file import HistoryFile, read_history
from keras_htr_gan.callbacks.loss_annealing import LossAnnealingCallback
from keras_htr_gan.callbacks.restored_samples import RestoredSamples, to_picture
from keras_htr_gan.callbacks.wandb_logger import WandbLogger
from keras_htr_gan.data.feeding import FixedBatches, TrainingBatches
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import LineFormat, pair_windows
from keras_htr_gan.data.recipes import load_recipe
from keras_htr_gan.errors import UserError
from keras_htr_gan.evaluation.judge import select_judge
from keras_htr_gan.evaluation.metrics.reading import errors_of_lines
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.experiments.strategies import (
    ALL,
    STRATEGIES,
    SWEPT,
    AnnealingAtPlateau,
    ObservedGAN,
)
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.training.recognizer_choice import (
    find_recognizer,
    load_guide,
)

SIZE = "tiny"
SETTINGS, SCORES = "settings.json", "scores.json"
HISTORY, ERRORS, STATE = "history.csv", "errors.csv", "state.npz"
STRIP, SHOWN_LINES = "lines.png", 10
SHOWN = {
    "generator_loss": "G",
    "pixel_loss": "pixel",
    "CTC_loss": "CTC",
    "ctc_weight": "weight",
    "silent_steps": "silent",
}


@dataclasses.dataclass(frozen=True)
class Cell:
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


def cells_of(strategies, target, seeds, sweep, sweep_seeds):
    """The cells of an experiment, the main ones first.

    Args:
        strategies: sequence of str.
        target: float.
        seeds: int, how many.
        sweep: sequence of float, further targets of the strategies `SWEPT`.
        sweep_seeds: int, how many of these.

    Returns:
        list of `Cell`.
    """
    cells = [
        Cell(strategy, target, seed)
        for seed in range(seeds)
        for strategy in strategies
    ]
    cells += [
        Cell(strategy, other, seed)
        for seed in range(sweep_seeds)
        for strategy in SWEPT
        for other in sweep
    ]
    return list(dict.fromkeys(cells))


class Experiment:
    """What all cells have in common: data, readers, settings.

    Args:
        settings: dict, the options of the command.
        folder: `Path`, where cells keep their figures.
        runs: `Path`, where they keep what is large.
    """

    def __init__(self, settings, folder, runs):
        self.settings, self.folder, self.runs = settings, folder, runs
        self.keep_settings()
        height = SIZES[SIZE].height
        self.sources = {
            split: HandwritingSource(
                settings["language"],
                split,
                height=height,
                max_width=settings["max_width"],
            )
            for split in ("train", "validation", "test")
        }
        every_source = list(self.sources.values())
        line_format = LineFormat.covering(
            every_source, height, load_recipe(settings["degradation"])
        )
        name = settings["recognizer"]
        if name == "auto":
            self.recognizer = find_recognizer(
                every_source,
                line_format,
                settings["language"],
                size=SIZE,
                steps=settings["recognizer_steps"],
                seed=0,
                retrain=False,
            )
        else:
            self.recognizer = load_guide(name, SIZE)
        self.judge = select_judge(settings["judge"], line_format.charset)
        if self.judge is None:
            raise UserError(
                "--judge: this experiment needs an independent reader; make "
                "one with: python -m keras_htr_gan pretrain --size judge"
            )
        self.line_format = dataclasses.replace(
            line_format, charset=self.recognizer.charset
        )
        self.validation = self.fixed("validation", settings["validation_lines"])
        self.test = Evaluation(
            self.fixed("test", settings["test_lines"]).lines,
            self.recognizer.in_float32(),
            self.judge,
        )

    def keep_settings(self):
        """Notes the settings, or sees that those of earlier cells are equal.

        Raises:
            UserError: names a setting that differs.
        """
        own = {
            name: value
            for name, value in self.settings.items()
            if not name.startswith("wandb") and name != "target"
        }
        path = self.folder / SETTINGS
        if path.exists():
            for name, value in json.loads(path.read_text()).items():
                if own.get(name) != value:
                    raise UserError(
                        f"--{name.replace('_', '-')}: the cells in "
                        f"{self.folder} were trained with {value!r}; give "
                        "that, or another --output"
                    )
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(own, indent=2))

    def fixed(self, split, lines):
        return FixedBatches(
            self.sources[split],
            self.line_format,
            lines,
            self.settings["batch_size"],
            seed=1 if split == "validation" else 2,
        )

    def run(self, cells):
        """Trains what is not finished; yields each cell when it is."""
        self.score_inputs()
        for number, cell in enumerate(cells, 1):
            click.echo(f"{number}/{len(cells)}: {cell.name}")
            if not self.finished(cell):
                self.train(cell)
            yield cell

    def finished(self, cell):
        return (self.folder / cell.name / SCORES).exists()

    def score_inputs(self):
        """The degraded and the clean test lines, once."""
        images = {"degraded": self.test.degraded, "clean": self.test.clean}
        for name, some in images.items():
            folder = self.folder / name
            if not (folder / SCORES).exists():
                folder.mkdir(parents=True, exist_ok=True)
                self.keep_scores(folder, some)
                strip(some[:SHOWN_LINES]).save(folder / STRIP)

    def train(self, cell):
        """One cell, from the end of its warm-up to its figures."""
        settings, strategy = self.settings, ALL[cell.strategy]
        warm_up = self.warmed_up(cell.seed)
        started = time.monotonic()
        run = self.runs / cell.name
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir(parents=True)
        model = self.model(strategy, cell.seed)
        schedule = (
            cell.target if strategy.guided else 0.0,
            settings["warmup_epochs"],
            settings["annealing_epochs"],
            strategy.shape,
        )
        rows = []
        if warm_up is not None:
            shutil.copyfile(warm_up / HISTORY, run / HISTORY)
            rows = read_history(run / HISTORY)
            restore_state(model, warm_up / STATE)
        annealing = LossAnnealingCallback(*schedule)
        if strategy.at_plateau:
            losses = [row["val_pixel_loss"] for row in rows]
            annealing = AnnealingAtPlateau(*schedule, earlier=losses)
        samples = Evaluation(
            self.validation.lines[:SHOWN_LINES], self.recognizer
        ).samples
        wandb_logger = WandbLogger(
            settings["wandb_project"],
            config={**settings, **dataclasses.asdict(cell)},
            mode=settings["wandb_mode"],
            folder=run,
            samples=samples,
            every=settings["epochs"],
            history=run / HISTORY,
            name=cell.name,
            group="annealing",
            job_type=cell.strategy,
            tags=[f"target {cell.target:g}", f"seed {cell.seed}"],
        )
        callbacks = [
            annealing,
            HistoryFile(run / HISTORY),
            RestoredSamples(run, samples, every=settings["epochs"]),
            wandb_logger,
        ]
        self.fit(model, cell.seed, len(rows), settings["epochs"], callbacks)
        trained = model.in_float32()
        trained.generator.save(run / "generator.keras")
        folder = self.folder / cell.name
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(run / HISTORY, folder / HISTORY)
        restored = self.test.restore(trained)
        if cell.seed == 0:
            strip(restored[:SHOWN_LINES]).save(folder / STRIP)
        minutes = (time.monotonic() - started) / 60
        scores = self.keep_scores(folder, restored, minutes=minutes)
        wandb_logger.finish({f"test/{k}": v for k, v in scores.items()})

    def warmed_up(self, seed):
        """Trains the warm-up of a seed, once.

        Returns:
            `Path` of the folder with its history and its state; `None` if
            there is no warm-up.
        """
        epochs = min(self.settings["warmup_epochs"], self.settings["epochs"])
        folder = self.runs / f"warm_up_seed{seed}"
        if epochs and not (folder / STATE).exists():
            click.echo(f"the warm-up of seed {seed}")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            model = self.model(STRATEGIES["none"], seed)
            self.fit(model, seed, 0, epochs, [HistoryFile(folder / HISTORY)])
            keep_state(model, folder / STATE)
        return folder if epochs else None

    def model(self, strategy, seed):
        """A model that begins as all of its seed do, compiled."""
        settings = self.settings
        keras.utils.set_random_seed(seed)
        model = ObservedGAN(
            build_generator(SIZE),
            build_discriminator(SIZE),
            self.recognizer,
            strategy=strategy,
            bound=settings["reading_gradient_bound"],
        )
        model.compile(
            optimizer=generator_discriminator_optimizer(
                decay_steps=settings["epochs"] * settings["steps_per_epoch"]
            )
        )
        model.optimizer.build(model.trainable_variables)
        return model

    def fit(self, model, seed, first, last, callbacks):
        """Trains from one epoch to another on the batches of a seed."""
        steps = self.settings["steps_per_epoch"]
        windows = pair_windows(
            self.sources["train"],
            self.line_format,
            self.settings["batch_size"],
            seed,
        )
        model.fit(
            TrainingBatches(windows).fed_from(first * steps),
            initial_epoch=first,
            epochs=last,
            steps_per_epoch=steps,
            validation_data=self.validation.fed(),
            callbacks=[*callbacks, BriefProgress(SHOWN)],
            shuffle=False,
            verbose=1,
        )

    def keep_scores(self, folder, images, **further):
        """Writes the errors of every line, then the figures of all."""
        readings = self.test.readings(images)
        columns = {}
        for reader, texts in readings.items():
            errors, lengths = errors_of_lines(self.test.texts, texts)
            columns["characters"] = lengths
            columns[reader] = errors
        with open(folder / ERRORS, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        scores = self.test.score_readings(readings)
        if images is not self.test.clean:
            scores |= self.test.score_pixels(images)
        scores |= further
        # Last, and whole: it says that the cell is finished.
        partial = folder / f"{SCORES}.partial"
        partial.write_text(json.dumps(scores, indent=2))
        partial.rename(folder / SCORES)
        return scores


def variables_of(model):
    return model.trainable_variables + model.optimizer.variables


def keep_state(model, path):
    """Writes the weights of both networks and all that the optimizer holds."""
    partial = path.with_name(f"partial_{path.name}")
    np.savez(
        partial, *(keras.ops.convert_to_numpy(v) for v in variables_of(model))
    )
    partial.rename(path)


def restore_state(model, path):
    with np.load(path) as file:
        values = [file[name] for name in file.files]
    for variable, value in zip(variables_of(model), values, strict=True):
        variable.assign(value)


def strip(lines):
    """Lines one above the other, a PIL image."""
    height = lines[0].shape[0]
    width = max(line.shape[1] for line in lines)
    rows = [
        np.pad(
            line,
            ((0, height // 4), (0, width - line.shape[1])),
            constant_values=1.0,
        )
        for line in lines
    ]
    return to_picture(np.concatenate(rows))
