"""A batch that devices share trains as on a single one.

Devices are fixed once a backend has started, so a training on several is a
process.
"""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from click.testing import CliRunner

from keras_htr_gan import train
from keras_htr_gan.distribution.devices import share_training
from keras_htr_gan.distribution.hosts import Hosts
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from tests import compiling, small

STEPS, WARM_UP, LINES = 6, 2, 8
OPTIMIZERS = {
    "SGD": (lambda: keras.optimizers.SGD(0.01), 1e-5),
    "Adam": (generator_discriminator_optimizer, 1e-4),
}

SLOW_TO_COMPILE = [pytest.mark.slow] if keras.config.backend() == "jax" else []

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(
        keras.config.backend() == "torch", reason="Keras trains on one there"
    ),
]


def uneven_batch(seed):
    """Some labels cannot be aligned, some lines have none: all in one half."""
    batch = small.batch(LINES, seed=seed)
    batch["labels"] = np.pad(batch["labels"], ((0, 0), (0, 60)))
    batch["label_lengths"][:2] = 0
    batch["label_lengths"][2] = 60
    return batch


def aligned(values):
    """A copy that TensorFlow takes without one: it begins at 64 bytes."""
    memory = np.empty(values.nbytes + 64, "uint8")
    start = -memory.ctypes.data % 64
    copy = memory[start : start + values.nbytes].view(values.dtype)
    copy = copy.reshape(values.shape)
    copy[...] = values
    return copy


def main(devices, optimizer, path, addresses=None, number="0"):
    compiling.as_traced()
    hosts = Hosts.parse(addresses, int(number))
    with share_training(int(devices), hosts):
        keras.utils.set_random_seed(0)
        model = small.model(compiled=False)
        model.compile(OPTIMIZERS[optimizer][0](), jit_compile=False)
        given = {k: aligned(v) for k, v in uneven_batch(99).items()}
        validation = small.Batches([hosts.part(given)])
        steps = []
        for step in range(STEPS):
            batch = uneven_batch(step)
            if step == STEPS - 2:
                batch["degraded"][-1] = np.nan
            logs = small.train(
                model,
                [hosts.part(batch)],
                weight=float(step >= WARM_UP),
                validation_data=validation,
            )
            steps.append({name: float(value) for name, value in logs.items()})
        for name, values in uneven_batch(99).items():
            np.testing.assert_array_equal(given[name], values, name)
        restored = model.predict_on_batch(batch["degraded"][:3])
        assert restored.shape == batch["degraded"][:3].shape
        state = small.state(model)
    np.savez(path, *state, figures=json.dumps(steps))


def start(devices, optimizer, path, *host):
    module = "tests.distribution.test_devices"
    arguments = map(str, (devices, optimizer, path, *host))
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, "KERAS_BACKEND": keras.config.backend()},
    )


def trained(devices, optimizer, folder):
    path = folder / f"{devices}.npz"
    if devices == 1:
        main(devices, optimizer, path)
    else:
        assert start(devices, optimizer, path).wait() == 0
    return kept(path)


def kept(path):
    with np.load(path) as file:
        figures = json.loads(str(file["figures"]))
        return figures, [file[k] for k in file if k != "figures"]


@pytest.mark.parametrize(
    "optimizer, devices",
    [
        pytest.param("Adam", 2, marks=SLOW_TO_COMPILE),
        pytest.param("Adam", 4, marks=pytest.mark.slow),
        pytest.param("SGD", 2, marks=pytest.mark.slow),
        pytest.param("SGD", 4, marks=pytest.mark.slow),
    ],
)
def test_devices_train_as_one(tmp_path, optimizer, devices, eagerly):
    tolerance = OPTIMIZERS[optimizer][1]
    alone = trained(1, optimizer, tmp_path)
    same_training(alone, trained(devices, optimizer, tmp_path), tolerance)


def same_training(alone, shared, tolerance):
    (figures, state), (shared_figures, shared_state) = alone, shared
    for one, other in zip(figures, shared_figures, strict=True):
        assert other == pytest.approx(one, rel=1e-3, abs=1e-7)
    for one, other in zip(state, shared_state, strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=tolerance)
    assert [step["skipped_steps"] for step in figures[-3:]] == [0, 1, 0]
    assert figures[-1]["unreadable_labels"] == 1
    assert figures[WARM_UP]["CTC_loss"] > 0


def test_an_uneven_share_is_refused(tmp_path):
    done = CliRunner().invoke(
        train.train,
        ["--devices", "2", "--batch-size", "5", "--run-dir", str(tmp_path)],
    )
    assert done.exit_code == 1 and "--batch-size" in done.output


if __name__ == "__main__":
    main(*sys.argv[1:])
