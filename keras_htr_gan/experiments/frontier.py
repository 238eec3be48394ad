"""Shapes of generators, trained for an equal time: what they cost and bring."""

import json
import tempfile
import time
from pathlib import Path
from statistics import median

import keras
import numpy as np

from keras_htr_gan.callbacks.brief_progress import BriefProgress
from keras_htr_gan.callbacks.loss_annealing import LossAnnealingCallback
from keras_htr_gan.evaluation.judge import require_judge
from keras_htr_gan.evaluation.metrics.binary import score_ink
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.experiments.cells import keep_settings
from keras_htr_gan.experiments.shapes import SHAPES
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.precision import calculating_in
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from keras_htr_gan.runtimes.exporting import export_generator
from keras_htr_gan.runtimes.onnx_models import OnnxGenerator
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.storage import write_whole
from keras_htr_gan.training.lines import TrainingLines
from keras_htr_gan.training.recognizer_choice import load_guide

SIZE, USUAL = "tiny", "tiny"
EPOCHS, WARM_UP, RAMP = 12, 4, 4
PACE_STEPS, SPEED_ROUNDS = 40, 9
# What is restored to time it: bands of two lines' height.
LINES, ROWS, COLUMNS = 16, 64, 512
SHOWN = {
    "generator_loss": "G",
    "pixel_loss": "pixel",
    "CTC_loss": "CTC",
    "ctc_weight": "weight",
}


class Frontier:
    """Trains generators of several shapes on the same lines.

    Args:
        settings: `TrainingSettings`, of size `tiny`; of a training of its own
            the numbers of epochs and steps are left out.
        minutes: float, each trains so long.
        test_lines: int.
        cells: `Path` of the folder that keeps the figures of each.

    Raises:
        UserError: names what of the data or of the readers cannot be used, or
            a setting that is not that of earlier cells.
    """

    def __init__(self, settings, minutes, test_lines, cells):
        self.settings, self.minutes, self.cells = settings, minutes, cells
        own = {"minutes": minutes, "test_lines": test_lines}
        own |= settings.as_json()
        del own["seed"]
        keep_settings(cells, own)
        name = settings.recognizer
        guide = load_guide(f"latin_{SIZE}" if name == "auto" else name, SIZE)
        self.recognizer = guide
        height = SIZES[SIZE].height
        self.lines = TrainingLines(settings, height, guide.charset)
        self.lines.spell_with(guide.charset)
        judge = require_judge(settings.judge, guide.charset)
        lines = self.lines.fixed("test", test_lines, seed=2).lines
        self.test = Evaluation(lines, guide.in_float32(), judge)

    def run(self, names):
        """Trains what has no figures yet.

        Args:
            names: sequence of str, of `SHAPES`.

        Yields:
            str, each name when it has figures.
        """
        for name in names:
            path = self.cells / f"{name}_seed{self.settings.seed}.json"
            if not path.exists():
                print(f"{name}: {SHAPES[name].about}", flush=True)
                figures = json.dumps(self.train(SHAPES[name]), indent=2)
                write_whole(path, figures)
            yield name

    def train(self, shape):
        """Trains a shape, and scores it: dict of figures."""
        pace = self.find_pace(shape)
        steps = max(1, round(60 * self.minutes / pace / EPOCHS))
        model = self.model(shape, EPOCHS * steps)
        started = time.monotonic()
        model.fit(
            self.batches(shape).fed_from(0),
            epochs=EPOCHS,
            steps_per_epoch=steps,
            callbacks=[
                LossAnnealingCallback(
                    self.settings.ctc_weight, WARM_UP, RAMP, "linear"
                ),
                BriefProgress(SHOWN),
            ],
            shuffle=False,
        )
        minutes = (time.monotonic() - started) / 60
        trained = self.in_float32(shape, model.generator)
        restored = self.test.restore(trained)
        usual = self.in_float32(SHAPES[USUAL])
        speed, beside = race(trained, usual)
        return {
            **self.test.score(restored),
            "F-measure": score_ink(self.test.clean, restored)["F-measure"],
            "speed": speed,
            "speed_ratio": speed / beside,
            "parameters": model.generator.count_params(),
            "steps": EPOCHS * steps,
            "minutes": minutes,
            "lines": len(self.test.texts),
        }

    def model(self, shape, steps):
        """A model whose generator has a shape, compiled for so many steps."""
        settings = self.settings
        keras.utils.set_random_seed(settings.seed)
        model = HTRGAN(
            shape.build(),
            build_discriminator(SIZE),
            self.recognizer,
            reading_gradient_bound=settings.reading_gradient_bound,
            context_rows=shape.context_rows,
            guidance=settings.guidance,
        )
        model.compile(generator_discriminator_optimizer(decay_steps=steps))
        return model

    def batches(self, shape):
        return self.lines.pairs(
            self.settings.page_share, context=shape.context_rows
        )

    def find_pace(self, shape):
        """Seconds of a step, as many of the warm-up as there will be."""
        model, seconds = self.model(shape, EPOCHS), {}
        for weight in (0.0, 1.0):
            model.ctc_weight.assign(weight)
            clock = StepTimes()
            model.fit(
                self.batches(shape).fed_from(0),
                steps_per_epoch=PACE_STEPS,
                callbacks=[clock],
                shuffle=False,
                verbose=0,
            )
            seconds[weight] = clock.median()
        warm = WARM_UP / EPOCHS
        return warm * seconds[0.0] + (1 - warm) * seconds[1.0]

    def in_float32(self, shape, generator=None):
        """A model of a shape in float32, with the weights of a generator."""
        with calculating_in("float32"):
            model = HTRGAN(
                shape.build(),
                build_discriminator(SIZE),
                self.test.recognizer,
                context_rows=shape.context_rows,
            )
        if generator is not None:
            model.generator.set_weights(generator.get_weights())
        return model


class StepTimes(keras.callbacks.Callback):
    """How long steps take. Those that compile, for lines of a further width,
    are few."""

    def on_train_begin(self, logs=None):
        self.ends = []

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append(time.monotonic())

    def median(self):
        """Seconds."""
        return float(np.median(np.diff(self.ends)))


def race(*models):
    """Megapixels a second that each restores, exported, taking turns.

    Rows of context are not counted.

    Args:
        *models: `HTRGAN`, calculating in float32.

    Returns:
        list of float, medians.
    """
    rng = np.random.default_rng(0)
    runners, seconds = [], [[] for _ in models]
    with tempfile.TemporaryDirectory() as folder:
        for number, model in enumerate(models):
            path = Path(folder) / f"{number}.onnx"
            export_generator(model, path)
            rows = ROWS + 2 * model.context_rows
            images = rng.random((LINES, rows, COLUMNS, 1), "float32")
            runners.append((OnnxGenerator(path), images))
        for _ in range(SPEED_ROUNDS):
            for times, (network, images) in zip(seconds, runners, strict=True):
                started = time.perf_counter()
                network.predict_on_batch(images)
                times.append(time.perf_counter() - started)
    return [LINES * ROWS * COLUMNS / 1e6 / median(s[1:]) for s in seconds]
