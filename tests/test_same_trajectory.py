"""One training trajectory on every backend.

Equal weights, equal batches, 20 steps over the end of the warm-up: the logged
figures of each step agree to 0.1 %.
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
from keras_htr_gan.networks.generator import build_patch_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.optimizer import generator_discriminator_optimizer

SOURCE = HandwritingSource("en", max_width=128)
STEPS = 20
WARM_UP = 10


@pytest.mark.skipif(
    len(installed_backends()) < 2, reason="needs two backends to compare"
)
def test_backends_train_alike(tmp_path):
    model().save_weights(tmp_path / "start.weights.h5")
    figures = {
        backend: trajectory_of(backend, tmp_path)
        for backend in installed_backends()
    }
    reference = figures.pop("tensorflow", None) or figures.pop("jax")
    for backend, steps in figures.items():
        for i, (a, b) in enumerate(zip(reference, steps, strict=True)):
            for name in a:
                np.testing.assert_allclose(
                    b[name],
                    a[name],
                    rtol=1e-3,
                    atol=1e-7,
                    err_msg=f"{name} at step {i} on {backend}",
                )
    assert reference[WARM_UP - 1]["CTC_loss"] == 0.0
    assert reference[WARM_UP]["CTC_loss"] > 0.0


def model():
    gan = HTRGAN(
        build_patch_generator(filters=(8,), blocks=(1,)),
        build_discriminator("tiny"),
        Recognizer(SOURCE.characters(), "tiny"),
    )
    gan.compile(optimizer=generator_discriminator_optimizer())
    return gan


def trajectory_of(backend, folder):
    out = folder / f"{backend}.json"
    subprocess.run(
        [sys.executable, "-m", "tests.test_same_trajectory", folder, out],
        env={**os.environ, "KERAS_BACKEND": backend},
        check=True,
    )
    return json.loads(out.read_text())


def main(folder, out):
    gan = model()
    gan.load_weights(Path(folder) / "start.weights.h5")
    line_format = LineFormat(32, (96, 128), 32, Charset(SOURCE.characters()))
    windows = pair_windows(SOURCE, line_format, 8, seed=0)
    batches = TrainingBatches(windows).drawn_from()
    steps = []
    for i in range(STEPS):
        gan.ctc_weight.assign(0.0 if i < WARM_UP else 1.0 + i - WARM_UP)
        gan.reset_metrics()
        logs = gan.train_on_batch(next(batches), return_dict=True)
        steps.append({k: float(v) for k, v in logs.items()})
    Path(out).write_text(json.dumps(steps))


if __name__ == "__main__":
    main(*sys.argv[1:])
