"""A training that is broken off anywhere ends as if it never had been."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_htr_gan.backend import installed_backends
from keras_htr_gan.callbacks.history_file import HistoryFile, read_history
from keras_htr_gan.callbacks.loss_annealing import LossAnnealingCallback
from keras_htr_gan.callbacks.stop_signals import Stopped
from keras_htr_gan.errors import UserError
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from keras_htr_gan.training.run import Run, claim
from keras_htr_gan.training.settings import Settings
from tests import small

EPOCHS, STEPS = 3, 3
SETTINGS = Settings(
    epochs=EPOCHS, steps_per_epoch=STEPS, checkpoint_minutes=0.0
)


class Crash(BaseException):
    """As a power cut: nothing is tidied up."""


class CrashAt(keras.callbacks.Callback):
    def __init__(self, step, happening):
        super().__init__()
        self.left, self.happening = step, happening

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if not self.left:
            self.happening()


def crash():
    raise Crash


class Some:
    """A few batches, from any step on."""

    def fed_from(self, step):
        return small.Batches(
            [small.batch(seed=s) for s in range(step, EPOCHS * STEPS)]
        )


def train(folder, resume=False, crash_at=None, happening=crash):
    """The training of all these tests, in a folder like that of a run."""
    if resume:
        run = Run.resume(folder, SETTINGS)
        model = run.open_checkpoint()
    else:
        run = Run.begin(SETTINGS, folder / "run")
        run.prepare()
        keras.utils.set_random_seed(0)
        model = small.model(compiled=False)
        model.compile(generator_discriminator_optimizer(decay_steps=9))
    checkpoints = run.checkpoints()
    checkpoints.keep = 3
    callbacks = [
        LossAnnealingCallback(2.0, 1, 1, verbose=0),
        HistoryFile(run.history),
        checkpoints,
    ]
    if crash_at is not None:
        callbacks.append(CrashAt(crash_at, happening))
    run.fit(
        model,
        Some(),
        callbacks,
        validation_data=small.Batches([small.batch(seed=99)]),
    )
    return model


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted")
    return folder / "run", small.state(train(folder))


def position_in(folder):
    run = Run.resume(folder, SETTINGS)
    run.open_checkpoint()
    return run.position


def assert_same(folder, model, uninterrupted):
    other, expected = uninterrupted
    for a, b in zip(small.state(model), expected, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (folder / "history.csv").read_text() == (
        other / "history.csv"
    ).read_text()


@pytest.mark.backend
@pytest.mark.skipif(
    keras.config.backend() == installed_backends()[0],
    reason="tests/training/test_kills.py kills a whole training there",
)
def test_a_crash_costs_nothing(tmp_path, uninterrupted):
    with pytest.raises(Crash):
        train(tmp_path, crash_at=5)
    folder = tmp_path / "run"
    assert_same(folder, train(folder, resume=True), uninterrupted)


@pytest.mark.slow
@pytest.mark.skipif(
    len(installed_backends()) < 2, reason="needs another backend"
)
@pytest.mark.backend
def test_another_backend_goes_on(tmp_path, uninterrupted):
    with pytest.raises(Crash):
        train(tmp_path, crash_at=STEPS + 1)
    folder = tmp_path / "run"
    before = read_history(folder / "history.csv")
    other = next(
        name for name in installed_backends() if name != keras.config.backend()
    )
    subprocess.run(
        [sys.executable, "-m", "tests.training.test_resuming", folder],
        env={**os.environ, "KERAS_BACKEND": other},
        check=True,
    )
    after = read_history(folder / "history.csv")
    expected = read_history(uninterrupted[0] / "history.csv")
    assert after[0] == before[0] == expected[0]
    for row, same in zip(after, expected, strict=True):
        assert row == pytest.approx(same, rel=1e-3, abs=1e-6)


def test_a_signal_ends_a_training_after_a_checkpoint(tmp_path, eagerly):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Stopped):
        train(
            tmp_path,
            crash_at=4,
            happening=lambda: os.kill(os.getpid(), signal.SIGTERM),
        )
    assert signal.getsignal(signal.SIGTERM) is before
    position = position_in(tmp_path / "run")
    assert (position.epoch, position.step) == (1, 1)
    newest = max((tmp_path / "run" / "checkpoints").glob("epoch*.keras"))
    newest.write_bytes(b"damaged")
    position = position_in(tmp_path / "run")
    assert (position.epoch, position.step) == (1, 0)


@pytest.fixture
def small_disk(tmp_path):
    """A real disk of a few megabytes."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(mounted)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount a small disk here")
    yield mounted
    subprocess.run(["umount", str(mounted)], check=True)


def fill(disk):
    with (
        contextlib.suppress(OSError),
        open(disk / "others", "wb", buffering=0) as file,
    ):
        while file.write(bytes(4096)):
            pass


def test_a_disk_that_fills_up_costs_a_step(small_disk, monkeypatch, eagerly):
    monkeypatch.setattr("keras_htr_gan.training.run.LEAST_ROOM", 0)
    with pytest.raises(UserError, match="No space left on device"):
        train(small_disk, crash_at=4, happening=lambda: fill(small_disk))
    position = position_in(small_disk / "run")
    assert (position.epoch, position.step) in [(1, 0), (1, 1)]
    assert not list((small_disk / "run").rglob("*partial*"))


def test_a_folder_is_claimed_by_one_training(tmp_path, eagerly):
    folder = tmp_path / "run"
    with pytest.raises(Crash):
        train(tmp_path, crash_at=2)
    with claim(folder), pytest.raises(UserError, match=str(os.getpid())):
        train(folder, resume=True)
    with claim(folder):
        pass


def test_too_little_room_is_told_before(tmp_path, monkeypatch):
    run = Run.begin(SETTINGS, tmp_path / "run")
    run.prepare()
    monkeypatch.setattr("keras_htr_gan.training.run.LEAST_ROOM", 10**18)
    with pytest.raises(UserError, match="MB are free on the disk"):
        run.prepare()


if __name__ == "__main__":
    train(Path(sys.argv[1]), resume=True)
