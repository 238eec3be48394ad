import keras
import numpy as np

from keras_htr_gan.callbacks.brief_progress import BriefProgress


def test_shows_the_chosen_figures_alone(capsys):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    history = model.fit(
        np.zeros((4, 1)),
        np.zeros((4, 1)),
        batch_size=1,
        epochs=2,
        callbacks=[BriefProgress({"loss": "short", "missing": "none"})],
        verbose=1,
    )
    shown = capsys.readouterr().out
    assert "Epoch 2/2" in shown and "4/4" in shown
    assert "short: " in shown and "mae" not in shown and "none" not in shown
    assert len(history.history["mae"]) == 2
