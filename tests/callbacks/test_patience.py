import keras
import numpy as np
import pytest

from keras_htr_gan.callbacks.history_file import HistoryFile
from keras_htr_gan.callbacks.patience import Patience
from keras_htr_gan.callbacks.validation_scores import ValidationScores


def train(folder, values, first=0, **options):
    """Trains while `val_CER` is one value an epoch; how many there were."""
    path = folder / "history.csv"
    left = iter(values)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    done = model.fit(
        np.zeros((1, 1)),
        np.zeros((1, 1)),
        initial_epoch=first,
        epochs=first + len(values),
        callbacks=[
            ValidationScores(lambda _: {"CER": next(left)}),
            HistoryFile(path),
            Patience(path, **options),
        ],
        verbose=0,
    )
    return len(done.epoch)


@pytest.mark.parametrize(
    ("values", "after", "epochs"),
    [
        ([5, 4, 3, 2, 1], 0, 5),
        ([5, 1, 3, 2, 2, 2], 0, 4),
        ([1, 5, 4, 4, 4, 3], 1, 5),
        ([1, 1, 1, 1], 0, 3),
        ([1, 2, 3], 5, 3),
    ],
)
def test_stops_when_nothing_gets_better(tmp_path, values, after, epochs):
    assert train(tmp_path, values, epochs=2, after=after) == epochs


def test_a_training_that_is_resumed_stops_where_it_would_have(tmp_path, capsys):
    assert train(tmp_path, [5, 1, 3], epochs=3) == 3
    assert train(tmp_path, [2, 2, 2], first=3, epochs=3) == 2
    assert (
        "best in epoch 2, 1, and not in the 3 since" in capsys.readouterr().out
    )
