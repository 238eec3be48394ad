"""One training trajectory on every backend.

Equal weights, equal batches, 20 steps over the end of the warm-up: the logged
figures of each step agree to 0.1 %. In the suite each backend is compared with
`trajectory.json`, which `python -m tests.test_same_trajectory` writes; the
test that is marked `slow` compares the backends with each other, on lines of
handwriting.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from keras_htr_gan.backend import installed_backends
from keras_htr_gan.charset import Charset
from keras_htr_gan.data.feeding import TrainingBatches
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import LineFormat, pair_windows
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from tests import small

WRITTEN = Path(__file__).with_name("trajectory.json")
STEPS = 20
WARM_UP = 10


@pytest.mark.backend
def test_each_backend_trains_as_is_written(model):
    train_alike(trajectory(model), json.loads(WRITTEN.read_text("utf-8")))


@pytest.mark.slow
@pytest.mark.skipif(
    len(installed_backends()) < 2, reason="needs two backends to compare"
)
def test_backends_train_alike(tmp_path):
    start = tmp_path / "start.weights.h5"
    model_for(source()).save_weights(start)
    figures = {
        backend: trajectory_of(backend, start)
        for backend in installed_backends()
    }
    reference = figures.pop("tensorflow", None) or figures.pop("jax")
    for steps in figures.values():
        train_alike(steps, reference)


def train_alike(steps, reference):
    """Compares the figures of all steps: lists of dicts."""
    for i, (a, b) in enumerate(zip(reference, steps, strict=True)):
        assert set(a) == set(b)
        for name in a:
            np.testing.assert_allclose(
                b[name],
                a[name],
                rtol=1e-3,
                atol=1e-7,
                err_msg=f"{name} at step {i}",
            )
    assert reference[WARM_UP - 1]["CTC_loss"] == 0.0
    assert reference[WARM_UP]["CTC_loss"] > 0.0


def weight_at(step):
    """The reading loss' weight: it rises once the warm-up is over."""
    return 0.0 if step < WARM_UP else 1.0 + step - WARM_UP


def trajectory(gan):
    """The figures of each step from weights that are always the same."""
    # This generator's numbers never change.
    rng = np.random.RandomState(0)
    for variable in gan.weights:
        if len(shape := tuple(variable.shape)) > 1:
            fan_in = np.prod(shape[:-1])
            variable.assign(rng.normal(0, fan_in**-0.5, shape))
    steps = []
    for step in range(STEPS):
        logs = small.train(gan, [batch_from(rng)], weight=weight_at(step))
        steps.append({name: float(value) for name, value in logs.items()})
    return steps


def batch_from(rng, lines=4):
    shape = (lines, small.HEIGHT, small.WIDTH, 1)
    clean = (rng.uniform(size=shape) > 0.2).astype("float32")
    labels = rng.randint(1, len(small.CHARACTERS) + 1, (lines, small.LONGEST))
    return {
        "clean": clean,
        "degraded": np.clip(clean + rng.normal(0, 0.3, shape), 0, 1).astype(
            "float32"
        ),
        "widths": rng.randint(48, small.WIDTH + 1, lines).astype("int32"),
        "labels": labels.astype("int32"),
        "label_lengths": rng.randint(3, small.LONGEST, lines).astype("int32"),
    }


def source():
    return HandwritingSource("en", max_width=128)


def model_for(source):
    gan = HTRGAN(
        build_generator("least"),
        build_discriminator("tiny"),
        Recognizer(source.characters(), "tiny"),
    )
    gan.compile(optimizer=generator_discriminator_optimizer())
    return gan


def trajectory_of(backend, start):
    out = start.with_name(f"{backend}.json")
    subprocess.run(
        [sys.executable, "-m", "tests.test_same_trajectory", start, out],
        env={**os.environ, "KERAS_BACKEND": backend},
        check=True,
    )
    return json.loads(out.read_text())


def trajectory_on_handwriting(start):
    lines = source()
    gan = model_for(lines)
    gan.load_weights(start)
    line_format = LineFormat(32, (96, 128), 32, Charset(lines.characters()))
    windows = pair_windows(lines, line_format, 8, seed=0)
    batches = TrainingBatches(windows).drawn_from()
    steps = []
    for step in range(STEPS):
        gan.ctc_weight.assign(weight_at(step))
        gan.reset_metrics()
        logs = gan.train_on_batch(next(batches), return_dict=True)
        steps.append({name: float(value) for name, value in logs.items()})
    return steps


if __name__ == "__main__":
    if sys.argv[1:]:
        start, out = sys.argv[1:]
        Path(out).write_text(json.dumps(trajectory_on_handwriting(start)))
    else:
        steps = json.dumps(trajectory(small.model()), indent=1)
        WRITTEN.write_text(steps + "\n", encoding="utf-8")
