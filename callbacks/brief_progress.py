"""Keras' progress bar, short enough for a terminal."""

import keras


class BriefProgress(keras.callbacks.ProgbarLogger):
    """Shows a few figures beside the bar; all of them are in the history.

    A line longer than the terminal is wide cannot be redrawn in place.

    Args:
        figures: dict of the logged name to the name to show.

    Example:

    >>> brief = BriefProgress({"generator_loss": "G", "val_CER": "CER"})
    >>> model.fit(data, epochs=30, callbacks=[brief])
    """

    def __init__(self, figures):
        super().__init__()
        self.figures = dict(figures)

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, self.brief(logs))

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, self.brief(logs))

    def brief(self, logs):
        logs = logs or {}
        return {
            short: logs[name]
            for name, short in self.figures.items()
            if name in logs
        }
