"""A CSV file with a row an epoch."""

import csv
from pathlib import Path

import keras

from keras_htr_gan.storage import whole_file


class HistoryFile(keras.callbacks.Callback):
    """Writes every logged figure to a CSV file, epochs counted from 1.

    A training that is resumed goes on with the file: rows of epochs that are
    trained again are replaced. The file on disk is always whole.

    Args:
        path: where to write.

    Example:

    >>> model.fit(data, epochs=30, callbacks=[HistoryFile("history.csv")])
    >>> read_history("history.csv")[-1]["epoch"]
    30
    """

    def __init__(self, path):
        super().__init__()
        self.path = Path(path)
        self.rows = None

    def on_train_begin(self, logs=None):
        self.rows = None

    def on_epoch_begin(self, epoch, logs=None):
        if self.rows is None:
            earlier = read_history(self.path) if self.path.exists() else []
            self.rows = [row for row in earlier if row["epoch"] <= epoch]

    def on_epoch_end(self, epoch, logs=None):
        self.rows.append({"epoch": epoch + 1, **(logs or {})})
        names = dict.fromkeys(name for row in self.rows for name in row)
        with (
            whole_file(self.path) as partial,
            open(partial, "w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(self.rows)


def read_history(path):
    """The rows of a history file: a list of dicts of numbers.

    Raises:
        ValueError: names the file and the line that is not numbers.
    """
    rows = []
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                numbers = {k: float(v) for k, v in row.items() if v}
                numbers["epoch"] = int(numbers["epoch"])
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(
                    f"{path}: row {len(rows) + 1} is damaged ({error})"
                ) from error
            rows.append(numbers)
    return rows
