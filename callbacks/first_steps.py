"""How long a backend takes to compile."""

import time

import keras


class FirstSteps(keras.callbacks.Callback):
    """Tells the time of the first step on batches of a new width.

    A backend that compiles does so once for each width; without a word it
    would look like a training that hangs.

    Args:
        widths: deque to whose right end the width of each batch is appended
            as it is drawn; its left end is taken off as batches are trained.
        worth_telling: float, seconds.

    Example:

    >>> widths = collections.deque()
    >>> def batches():
    ...     for batch in data:
    ...         widths.append(batch["degraded"].shape[2])
    ...         yield (batch,)
    >>> model.fit(
    ...     batches(), steps_per_epoch=64, callbacks=[FirstSteps(widths)]
    ... )
    """

    def __init__(self, widths, worth_telling=2.0):
        super().__init__()
        self.widths = widths
        self.worth_telling = worth_telling
        self.seen = set()

    def on_train_batch_begin(self, batch, logs=None):
        self.started = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        width = self.widths.popleft()
        seconds = time.perf_counter() - self.started
        if width not in self.seen and seconds > self.worth_telling:
            print(f"\nfirst step {width} pixels wide: {seconds:.0f} s")
        self.seen.add(width)
