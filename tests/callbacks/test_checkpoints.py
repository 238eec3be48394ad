import keras
import numpy as np
import pytest

from callbacks.checkpoints import Checkpoints, latest_checkpoint

pytestmark = pytest.mark.backend


def fit(folder, epochs, **options):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    model.fit(
        np.ones((1, 1)),
        np.zeros((1, 1)),
        epochs=epochs,
        callbacks=[Checkpoints(folder, monitor="loss", **options)],
        verbose=0,
    )
    return model


def test_keeps_the_newest_the_best_and_the_milestones(tmp_path):
    model = fit(tmp_path, 4, keep=2, milestones={1: "warm_up"})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best.keras",
        "epoch_0003.keras",
        "epoch_0004.keras",
        "warm_up.keras",
    ]
    path, done = latest_checkpoint(tmp_path)
    assert done == 4
    loaded = keras.saving.load_model(path)
    assert int(loaded.optimizer.iterations.value) == 4
    for a, b in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_half_written_files_are_no_checkpoints(tmp_path):
    (tmp_path / "partial.keras").write_bytes(b"half")
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        latest_checkpoint(tmp_path)
