import keras
import numpy as np

from keras_htr_gan.callbacks.validation_scores import ValidationScores


class Seen(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.logs = dict(logs)


def test_later_callbacks_and_the_history_see_the_scores():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    seen = Seen()
    history = model.fit(
        np.zeros((1, 1)),
        np.zeros((1, 1)),
        callbacks=[ValidationScores(lambda m: {"CER": 0.25}), seen],
        verbose=0,
    )
    assert seen.logs["val_CER"] == 0.25
    assert history.history["val_CER"] == [0.25]
