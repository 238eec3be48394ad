"""What is known of steps that training had to skip."""

import csv
from pathlib import Path

import keras
import numpy as np

COLUMNS = ("step", "line", "label", "not finite in")


class SkippedSteps(keras.callbacks.Callback):
    """Notes the lines of steps that were skipped, and stops after many.

    A step whose loss or gradients are not finite changes nothing (see
    `HTRGAN`), and the model logs how many there were in the epoch so far as
    `skipped_steps`. A line or two in the data may cause one; many in a row mean
    that the weights or the settings are at fault.

    Args:
        path: CSV file to append to: step (counted from 1 over the whole
            training), line of the batch, its label, and the arrays of that
            line which hold numbers that are not finite. `None` to note
            nothing.
        batch_at: function of a step's number, from 0, to its batch, a dict as
            `HTRGAN` takes it.
        decode: function of a line's labels to text.
        steps_per_epoch: int.
        limit: int, skipped steps in a row after which training stops.

    Attributes:
        gave_up: bool, whether it has stopped the training.

    Example:

    >>> skipped = SkippedSteps(
    ...     "skipped.csv",
    ...     batch_at=lambda step: data[step % len(data)],
    ...     decode=charset.decode,
    ...     steps_per_epoch=len(data),
    ... )
    >>> model.fit(data, epochs=30, callbacks=[skipped])
    >>> skipped.gave_up
    False
    """

    def __init__(self, path, batch_at, decode, steps_per_epoch, limit=20):
        super().__init__()
        self.path = path and Path(path)
        self.batch_at = batch_at
        self.decode = decode
        self.steps_per_epoch = steps_per_epoch
        self.limit = limit
        self.gave_up = False
        self.in_a_row = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.first_step = epoch * self.steps_per_epoch
        self.done, self.skipped = 0, 0

    def on_train_batch_end(self, batch, logs=None):
        # With several steps an execution only how many were skipped is known.
        steps, self.done = batch + 1 - self.done, batch + 1
        skipped = round(float(logs["skipped_steps"])) - self.skipped
        if not skipped:
            self.in_a_row = 0
            return
        self.skipped += skipped
        self.in_a_row += skipped
        if steps == 1 and self.path:
            self.note(self.first_step + batch)
        if self.in_a_row >= self.limit:
            self.gave_up = True
            self.model.stop_training = True

    def note(self, step):
        batch = self.batch_at(step)
        bad = {
            name: ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
            for name, values in batch.items()
        }
        header = not self.path.exists()
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if header:
                writer.writerow(COLUMNS)
            for line, (labels, length) in enumerate(
                zip(batch["labels"], batch["label_lengths"], strict=True)
            ):
                named = " ".join(name for name in bad if bad[name][line])
                text = self.decode(labels[:length].tolist())
                writer.writerow([step + 1, line + 1, text, named])
