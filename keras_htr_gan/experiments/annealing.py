"""The failed strategies and annealing, side by side.

Cells (a strategy, a target weight and a seed) are trained one by one. Those of
a seed share their warm-up, which is trained once, and then see the same
batches. A cell that is finished is not trained again.
"""

import dataclasses
import functools
import json
import shutil
import time

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
from keras_htr_gan.evaluation.judge import require_judge
from keras_htr_gan.evaluation.metrics.reading import count_errors
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.evaluation.tables import write_csv
from keras_htr_gan.experiments.annealing_at_plateau import AnnealingAtPlateau
from keras_htr_gan.experiments.cells import (
    ERRORS,
    HISTORY,
    INPUTS,
    SCORES,
    STRIP,
)
from keras_htr_gan.experiments.dual_modal import (
    DualModalGAN,
    build_dual_modal_discriminator,
)
from keras_htr_gan.experiments.observed_gan import ObservedGAN
from keras_htr_gan.experiments.strategies import ALL, STRATEGIES
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from keras_htr_gan.pixels import PAPER
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.storage import whole_file, write_whole
from keras_htr_gan.training.recognizer_choice import (
    find_recognizer,
    load_guide,
)

SIZE = "tiny"
STATE, GENERATOR = "state.npz", "generator.keras"
SHOWN_LINES = 10
SHOWN = {
    "generator_loss": "G",
    "pixel_loss": "pixel",
    "CTC_loss": "CTC",
    "ctc_weight": "weight",
    "silent_steps": "silent",
}


class Experiment:
    """Trains cells on the same data, judged by the same readers.

    Args:
        settings: `AnnealingSettings`.
        cells: `Path`, where cells keep their figures.
        runs: `Path`, where they keep what is large.

    Raises:
        UserError: if the settings are not those of earlier cells, or there is
            no judge.
    """

    def __init__(self, settings, cells, runs):
        self.settings, self.cells, self.runs = settings, cells, runs
        settings.keep(cells)
        height = SIZES[SIZE].height
        self.sources = {
            split: HandwritingSource(
                settings.language,
                split,
                height=height,
                max_width=settings.max_width,
            )
            for split in ("train", "validation", "test")
        }
        line_format = LineFormat.covering(
            list(self.sources.values()),
            height,
            load_recipe(settings.degradation),
        )
        self.recognizer = self.choose_recognizer(line_format)
        self.judge = require_judge(settings.judge, line_format.charset)
        self.line_format = dataclasses.replace(
            line_format, charset=self.recognizer.charset
        )
        self.validation = self.fixed("validation", settings.validation_lines)
        self.test = Evaluation(
            self.fixed("test", settings.test_lines).lines,
            self.recognizer.in_float32(),
            self.judge,
        )

    def choose_recognizer(self, line_format):
        """The frozen reader that guides all cells: `Recognizer`."""
        settings = self.settings
        if settings.recognizer != "auto":
            return load_guide(settings.recognizer, SIZE)
        return find_recognizer(
            list(self.sources.values()),
            line_format,
            settings.language,
            size=SIZE,
            steps=settings.recognizer_steps,
            seed=0,
            retrain=False,
        )

    def fixed(self, split, lines):
        return FixedBatches(
            self.sources[split],
            self.line_format,
            lines,
            self.settings.batch_size,
            seed=1 if split == "validation" else 2,
        )

    def run(self, cells):
        """Trains what is not finished; yields each cell when it is."""
        self.score_inputs()
        for number, cell in enumerate(cells, 1):
            print(f"{number}/{len(cells)}: {cell.name}", flush=True)
            if not self.finished(cell):
                self.train(cell)
            yield cell

    def finished(self, cell):
        return (self.cells / cell.name / SCORES).exists()

    def score_inputs(self):
        """The degraded and the clean test lines, once."""
        for name in INPUTS:
            images, folder = getattr(self.test, name), self.cells / name
            if not (folder / SCORES).exists():
                save_strip(folder / STRIP, images)
                self.keep_scores(folder, images)

    def train(self, cell):
        """One cell, from the end of its warm-up to its figures."""
        strategy = ALL[cell.strategy]
        warm_up = self.warmed_up(cell.seed, strategy.dual_modal)
        started = time.monotonic()
        run = self.runs / cell.name
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir(parents=True)
        model = self.model(strategy, cell.seed)
        rows = []
        if warm_up is not None:
            shutil.copyfile(warm_up / HISTORY, run / HISTORY)
            rows = read_history(run / HISTORY)
            restore_state(model, warm_up / STATE)
        samples = Evaluation(
            self.validation.lines[:SHOWN_LINES], self.recognizer
        ).samples
        wandb_logger = self.wandb_logger(cell, run, samples)
        callbacks = [
            self.annealing(cell, rows),
            HistoryFile(run / HISTORY),
            RestoredSamples(run, samples, every=self.settings.epochs),
            wandb_logger,
        ]
        self.fit(model, cell.seed, len(rows), self.settings.epochs, callbacks)
        trained = model.in_float32()
        with whole_file(run / GENERATOR) as partial:
            trained.generator.save(partial)
        folder = self.cells / cell.name
        write_whole(folder / HISTORY, (run / HISTORY).read_bytes())
        restored = self.test.restore(trained)
        if cell.seed == 0:
            save_strip(folder / STRIP, restored)
        minutes = (time.monotonic() - started) / 60
        scores = self.keep_scores(folder, restored, minutes=minutes)
        wandb_logger.finish({f"test/{k}": v for k, v in scores.items()})

    def annealing(self, cell, rows):
        """The callback that assigns the weight of a cell's reading loss.

        Args:
            cell: `AnnealingCell`.
            rows: list of dict, the history of its warm-up.
        """
        settings, strategy = self.settings, ALL[cell.strategy]
        schedule = (
            cell.target if strategy.guided else 0.0,
            settings.warmup_epochs,
            settings.annealing_epochs,
            strategy.shape,
        )
        if not strategy.at_plateau:
            return LossAnnealingCallback(*schedule)
        losses = [row["val_pixel_loss"] for row in rows]
        return AnnealingAtPlateau(*schedule, earlier=losses)

    def wandb_logger(self, cell, run, samples):
        """The callback that logs a cell, with samples after its last epoch."""
        settings = self.settings
        return WandbLogger(
            settings.wandb_project,
            config=dataclasses.asdict(settings) | dataclasses.asdict(cell),
            mode=settings.wandb_mode,
            folder=run,
            samples=samples,
            every=settings.epochs,
            history=run / HISTORY,
            name=cell.name,
            group="annealing",
            job_type=cell.strategy,
            tags=[f"target {cell.target:g}", f"seed {cell.seed}"],
        )

    def warmed_up(self, seed, dual_modal=False):
        """Trains the warm-up of a seed, once.

        Args:
            seed: int.
            dual_modal: bool, whether with a discriminator that sees the text.

        Returns:
            `Path` of the folder with its history and its state; `None` if
            there is no warm-up.
        """
        epochs = min(self.settings.warmup_epochs, self.settings.epochs)
        name = "warm_up_dual_modal" if dual_modal else "warm_up"
        folder = self.runs / f"{name}_seed{seed}"
        if epochs and not (folder / STATE).exists():
            print(f"the warm-up of seed {seed}", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            strategy = dataclasses.replace(
                STRATEGIES["none"], dual_modal=dual_modal
            )
            model = self.model(strategy, seed)
            self.fit(model, seed, 0, epochs, [HistoryFile(folder / HISTORY)])
            keep_state(model, folder / STATE)
        return folder if epochs else None

    def model(self, strategy, seed):
        """A model that begins as all of its seed do, compiled."""
        settings = self.settings
        keras.utils.set_random_seed(seed)
        kind, discriminator = ObservedGAN, build_discriminator
        if strategy.dual_modal:
            classes = self.recognizer.charset.classes
            kind = DualModalGAN
            discriminator = functools.partial(
                build_dual_modal_discriminator, classes=classes
            )
        model = kind(
            build_generator(SIZE),
            discriminator(SIZE),
            self.recognizer,
            strategy=strategy,
            bound=settings.reading_gradient_bound,
        )
        model.compile(
            optimizer=generator_discriminator_optimizer(
                decay_steps=settings.epochs * settings.steps_per_epoch
            )
        )
        model.optimizer.build(model.trainable_variables)
        return model

    def fit(self, model, seed, first, last, callbacks):
        """Trains from one epoch to another on the batches of a seed."""
        steps = self.settings.steps_per_epoch
        windows = pair_windows(
            self.sources["train"],
            self.line_format,
            self.settings.batch_size,
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
            errors, lengths = count_errors(self.test.texts, texts)
            columns["characters"] = lengths
            columns[reader] = errors
        rows = zip(*columns.values(), strict=True)
        write_csv(folder / ERRORS, [columns, *rows])
        scores = self.test.score_readings(readings)
        if images is not self.test.clean:
            scores |= self.test.score_pixels(images)
        scores |= further
        # Last, and whole: it says that the cell is finished.
        write_whole(folder / SCORES, json.dumps(scores, indent=2))
        return scores


def list_variables(model):
    return model.trainable_variables + model.optimizer.variables


def keep_state(model, path):
    """Writes the weights of both networks and all that the optimizer holds."""
    values = [keras.ops.convert_to_numpy(v) for v in list_variables(model)]
    with whole_file(path) as partial:
        np.savez(partial, *values)


def restore_state(model, path):
    with np.load(path) as file:
        values = [file[name] for name in file.files]
    for variable, value in zip(list_variables(model), values, strict=True):
        variable.assign(value)


def save_strip(path, lines):
    """Writes a picture of the first lines, one above the other."""
    lines = lines[:SHOWN_LINES]
    height = lines[0].shape[0]
    width = max(line.shape[1] for line in lines)
    rows = [
        np.pad(
            line,
            ((0, height // 4), (0, width - line.shape[1])),
            constant_values=PAPER,
        )
        for line in lines
    ]
    with whole_file(path) as partial:
        to_picture(np.concatenate(rows)).save(partial)
