import errno
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_htr_gan.callbacks.checkpoints import (
    Checkpoints,
    Position,
    latest_checkpoint,
)
from keras_htr_gan.callbacks.stop_signals import StopSignals

pytestmark = pytest.mark.backend


def fit(folder, epochs, first=0, **options):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    model.fit(
        np.ones((2, 1)),
        np.zeros((2, 1)),
        batch_size=1,
        epochs=epochs,
        initial_epoch=first,
        callbacks=[Checkpoints(folder, monitor="loss", **options)],
        verbose=0,
    )
    return model


def test_keeps_the_newest_the_best_and_the_milestones(tmp_path):
    model = fit(tmp_path, 4, keep=2, milestones={1: "warm_up"})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best.keras",
        "epoch_0003.json",
        "epoch_0003.keras",
        "epoch_0004.json",
        "epoch_0004.keras",
        "warm_up.keras",
    ]
    path, position = latest_checkpoint(tmp_path)
    assert (position.epoch, position.step) == (4, 0)
    assert 0 < position.best < 1e3
    loaded = keras.saving.load_model(path)
    assert int(loaded.optimizer.iterations.value) == 8
    for a, b in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_saves_within_an_epoch_but_not_at_its_last_step(tmp_path):
    fit(tmp_path, 2, keep=9, minutes=0.0)
    names = sorted(path.name for path in tmp_path.glob("epoch*.keras"))
    assert names == [
        "epoch_0000_step_000001.keras",
        "epoch_0001.keras",
        "epoch_0001_step_000001.keras",
        "epoch_0002.keras",
    ]
    record = json.loads((tmp_path / "epoch_0001_step_000001.json").read_text())
    assert record["epoch"] == record["step"] == 1 and record["metrics"]


def test_the_best_is_not_forgotten(tmp_path):
    fit(tmp_path, 1, start=Position(best=-1.0))
    assert not (tmp_path / "best.keras").exists()
    assert latest_checkpoint(tmp_path)[1].best == -1.0


def test_a_damaged_checkpoint_is_passed_over(tmp_path, capsys):
    fit(tmp_path, 2)
    newest = tmp_path / "epoch_0002.keras"
    newest.write_bytes(newest.read_bytes()[:-9])
    path, position = latest_checkpoint(tmp_path)
    assert path.name == "epoch_0001.keras" and position.epoch == 1
    assert "epoch_0002.keras is damaged" in capsys.readouterr().out
    (tmp_path / "epoch_0001.json").unlink()
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        latest_checkpoint(tmp_path)


def test_what_a_killed_training_left_half_written_is_no_checkpoint(tmp_path):
    half_written = tmp_path / ".partial_1234.keras"
    half_written.write_bytes(b"half")
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        latest_checkpoint(tmp_path)
    fit(tmp_path, 1)
    assert not half_written.exists()
    assert latest_checkpoint(tmp_path)[1].epoch == 1


def test_a_save_that_fails_leaves_nothing_and_the_one_before(tmp_path):
    fit(tmp_path, 1)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def save(model, path):
        model.save(path)
        path.write_bytes(path.read_bytes()[:99])
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        fit(tmp_path, 1, save=save)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert latest_checkpoint(tmp_path)[1].epoch == 1


def test_a_checkpoint_that_is_in_use_is_removed_later(tmp_path, monkeypatch):
    """As on Windows, where a file that is open cannot be removed."""
    unlink, held = Path.unlink, [tmp_path / "epoch_0001.keras"]

    def refuses_once(path, **options):
        if path in held:
            held.remove(path)
            raise PermissionError(path)
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", refuses_once)
    fit(tmp_path, 2, keep=1)
    assert not held
    names = sorted(path.name for path in tmp_path.glob("epoch*"))
    assert names == [
        "epoch_0001.json",
        "epoch_0001.keras",
        "epoch_0002.json",
        "epoch_0002.keras",
    ]
    fit(tmp_path, 3, first=2, keep=1)
    names = sorted(path.name for path in tmp_path.glob("epoch*"))
    assert names == ["epoch_0003.json", "epoch_0003.keras"]


def test_one_that_does_not_write_leaves_nothing_and_goes_on(tmp_path):
    folder = tmp_path / "checkpoints"
    checkpoints = Checkpoints(folder, minutes=0.0, writes=False)
    asked = StopSignals(checkpoints)
    asked.asked = True
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    history = model.fit(
        np.ones((2, 1)),
        np.zeros((2, 1)),
        batch_size=1,
        epochs=2,
        callbacks=[checkpoints, asked],
        verbose=0,
    )
    assert len(history.epoch) == 2 and not folder.exists()
