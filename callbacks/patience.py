"""Stops a training whose figure no longer gets better."""

import math

import keras

from keras_htr_gan.callbacks.history_file import read_history


class Patience(keras.callbacks.Callback):
    """As Keras' `EarlyStopping`, of a training that may be resumed.

    It looks at the whole history, so that a training which was broken off
    stops where it would have stopped. Place it behind `HistoryFile`.

    Args:
        path: the file that `HistoryFile` writes.
        epochs: int, how many in a row may be no better than the best.
        after: int, epochs that do not count, as a warm-up and a ramp in which
            the figure may well get worse.
        monitor: str, the figure; less is better.

    Example:

    >>> history = HistoryFile("history.csv")
    >>> patience = Patience("history.csv", epochs=5, after=20)
    >>> model.fit(data, epochs=90, callbacks=[history, patience])
    """

    def __init__(self, path, epochs, after=0, monitor="val_CER"):
        super().__init__()
        self.path, self.epochs = path, epochs
        self.after, self.monitor = after, monitor

    def on_epoch_end(self, epoch, logs=None):
        values = {
            row["epoch"]: row.get(self.monitor, math.inf)
            for row in read_history(self.path)
            if row["epoch"] > self.after
        }
        if not values:
            return
        best = min(values, key=values.get)
        if epoch + 1 - best >= self.epochs:
            print(
                f"\n{self.monitor} was best in epoch {best}, "
                f"{values[best]:.4g}, and not in the {self.epochs} since",
                flush=True,
            )
            self.model.stop_training = True
