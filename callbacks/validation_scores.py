"""Figures that are not computed in the graph."""

import keras


class ValidationScores(keras.callbacks.Callback):
    """Adds figures to the epoch's logs, as `val_` and their name.

    Place it first: callbacks after it (and Keras' own progress bar and
    history) see the figures like any other.

    Args:
        score: function of the model that returns a dict of floats.

    Example:

    >>> def score(model):
    ...     return {"PSNR": psnr(model.predict(degraded), clean)}
    >>> model.fit(data, epochs=30, callbacks=[ValidationScores(score)])
    """

    def __init__(self, score):
        super().__init__()
        self.score = score

    def on_epoch_end(self, epoch, logs=None):
        for name, value in self.score(self.model).items():
            logs[f"val_{name}"] = float(value)
