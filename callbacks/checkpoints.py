"""Whole models on disk while training goes on."""

import math
import os
import re
import shutil
from pathlib import Path

import keras


class Checkpoints(keras.callbacks.Callback):
    """Saves the model, optimizer and all, after each epoch.

    A file is written under another name and then renamed, so that a
    checkpoint with its own name is whole.

    Args:
        folder: where to write; made if missing.
        keep: int, how many of the newest epochs stay.
        milestones: dict of int, an epoch counted from 1, to str: the model
            after that epoch is also kept as `<name>.keras`.
        monitor: str, the figure that is lowest for the best model, which is
            also kept, as `best.keras`.
    """

    def __init__(self, folder, keep=2, milestones=None, monitor="val_CER"):
        super().__init__()
        self.folder = Path(folder)
        self.keep = keep
        self.milestones = dict(milestones or {})
        self.monitor = monitor
        self.best = math.inf

    def on_train_begin(self, logs=None):
        self.folder.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, epoch, logs=None):
        saved = self.folder / f"epoch_{epoch + 1:04d}.keras"
        self.place(saved, self.model.save)
        keep_as = [self.milestones.get(epoch + 1)]
        value = (logs or {}).get(self.monitor, math.inf)
        if value < self.best:
            self.best = value
            keep_as.append("best")
        for name in filter(None, keep_as):
            self.place(
                self.folder / f"{name}.keras",
                lambda partial: shutil.copyfile(saved, partial),
            )
        for path, _ in numbered(self.folder)[: -self.keep]:
            path.unlink()

    def place(self, path, write):
        """Lets `write` make the file under another name, then renames it."""
        partial = self.folder / "partial.keras"
        write(partial)
        os.replace(partial, path)


def latest_checkpoint(folder):
    """The newest checkpoint: `(path, epochs done)`.

    Raises:
        FileNotFoundError: if there is none.
    """
    found = numbered(folder)
    if not found:
        raise FileNotFoundError(f"no checkpoint in {folder}")
    return found[-1]


def numbered(folder):
    paths = Path(folder).glob("epoch_*.keras")
    found = [(p, re.fullmatch(r"epoch_(\d+)", p.stem)) for p in paths]
    return sorted(
        ((p, int(m[1])) for p, m in found if m), key=lambda item: item[1]
    )
