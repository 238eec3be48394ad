"""Ends a training at a signal, with nothing lost."""

import signal

import keras


class Stopped(Exception):
    """A training was asked to stop, and did after a checkpoint."""


class StopSignals(keras.callbacks.Callback):
    """Saves a checkpoint and stops when the process is asked to end.

    That is by SIGTERM, as preemptible machines send it, SIGINT (Ctrl-C), or
    on Windows SIGBREAK (Ctrl-Break), the one that another process can send
    there. The step is finished first; a second signal ends at once. Use it in
    a `with` block around `fit`, in the main thread, and as the last of its
    callbacks.

    Args:
        checkpoints: `Checkpoints`, among the callbacks before it.

    Raises:
        Stopped: out of `fit`.

    Example:

    >>> checkpoints = Checkpoints("run/checkpoints", minutes=10.0)
    >>> with StopSignals(checkpoints) as stop_signals:
    ...     model.fit(data, epochs=30, callbacks=[checkpoints, stop_signals])
    """

    SIGNALS = tuple(
        getattr(signal, name)
        for name in ("SIGTERM", "SIGINT", "SIGBREAK")
        if hasattr(signal, name)
    )

    def __init__(self, checkpoints):
        super().__init__()
        self.checkpoints = checkpoints
        self.asked = False

    def __enter__(self):
        self.before = {s: signal.signal(s, self.ask) for s in self.SIGNALS}
        return self

    def __exit__(self, kind, error, trace):
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def ask(self, number, frame):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        if self.checkpoints.writes:
            print("\nStopping after this step; once more to stop at once")

    def on_train_batch_end(self, batch, logs=None):
        if self.stops and self.checkpoints.save_step():
            raise Stopped

    def on_epoch_end(self, epoch, logs=None):
        # Checkpoints has saved the epoch.
        last = epoch + 1 == self.params.get("epochs")
        if self.stops and not last:
            raise Stopped

    @property
    def stops(self):
        return self.asked and self.checkpoints.writes
