"""Whole models on disk while training goes on."""

import contextlib
import dataclasses
import hashlib
import json
import math
import re
import shutil
import time
from pathlib import Path

import keras
import numpy as np

from keras_htr_gan.storage import remove_partials, whole_file, write_whole


@dataclasses.dataclass(frozen=True)
class Position:
    """Where a training stands.

    Args:
        epoch: int, finished epochs.
        step: int, finished steps of the epoch that is not.
        metrics: list, the state of the metrics after these.
        best: float, the lowest monitored figure so far.
    """

    epoch: int = 0
    step: int = 0
    metrics: list = dataclasses.field(default_factory=list)
    best: float = math.inf


class Checkpoints(keras.callbacks.Callback):
    """Saves the model, optimizer and all, after each epoch and now and then.

    A checkpoint is a `.keras` file and, written after it, a `.json` file with
    its checksum and the `Position`. Both are written whole, so a training that
    is killed at any moment goes on from the newest.

    Args:
        folder: where to write, and nothing else does; made if missing.
        keep: int, how many of the newest stay.
        milestones: dict of int, an epoch counted from 1, to str: the model
            after that epoch is also kept as `<name>.keras`.
        monitor: str, the figure that is lowest for the best model, which is
            also kept, as `best.keras`.
        minutes: float, between checkpoints within an epoch, or `None`.
        start: `Position` of a training that is resumed.
        writes: bool; one of several processes that train together does.
        save: function of the model and a path, which writes the `.keras`
            file; `None` for the model's own `save`.

    Example:

    >>> model.fit(data, epochs=30, callbacks=[Checkpoints("run/checkpoints")])
    >>> path, position = latest_checkpoint("run/checkpoints")
    >>> model = keras.saving.load_model(path)
    >>> model.fit(
    ...     data,
    ...     initial_epoch=position.epoch,
    ...     epochs=30,
    ...     callbacks=[Checkpoints("run/checkpoints", start=position)],
    ... )
    """

    def __init__(
        self,
        folder,
        keep=2,
        milestones=None,
        monitor="val_CER",
        minutes=None,
        start=None,
        writes=True,
        save=None,
    ):
        super().__init__()
        self.folder = Path(folder)
        self.keep = keep
        self.milestones = dict(milestones or {})
        self.monitor = monitor
        self.minutes = minutes
        self.start = start or Position()
        self.best = self.start.best
        self.writes = writes
        self.save_model = save or save_as_usual

    def on_train_begin(self, logs=None):
        if self.writes:
            self.folder.mkdir(parents=True, exist_ok=True)
            remove_partials(self.folder)
        self.saved_at = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.offset = epoch, 0
        if self.start.step and epoch == self.start.epoch:
            # The epoch's figures go on where they were.
            self.offset = self.start.step
            for variable, value in zip(
                self.model.metrics_variables, self.start.metrics, strict=True
            ):
                variable.assign(np.array(value, variable.dtype))

    def on_train_batch_end(self, batch, logs=None):
        self.step = self.offset + batch + 1
        due = self.minutes is not None and (
            time.monotonic() - self.saved_at >= 60 * self.minutes
        )
        if due and self.writes:
            self.save_step()

    def save_step(self):
        """Saves within an epoch, but not at its last step: that end is near.

        Returns:
            bool, whether it did.
        """
        if self.step == self.offset + self.params["steps"]:
            return False
        self.save(self.epoch, self.step)
        return True

    def on_epoch_end(self, epoch, logs=None):
        if not self.writes:
            return
        value = (logs or {}).get(self.monitor, math.inf)
        improved = value < self.best
        self.best = min(value, self.best)
        saved = self.save(epoch + 1, 0)
        names = [self.milestones.get(epoch + 1), "best" if improved else None]
        for name in filter(None, names):
            with whole_file(self.folder / f"{name}.keras") as partial:
                shutil.copyfile(saved, partial)

    def save(self, epoch, step):
        if hasattr(self.model, "jax_state_sync"):
            self.model.jax_state_sync()
        name = f"epoch_{epoch:04d}" + (f"_step_{step:06d}" if step else "")
        path = self.folder / f"{name}.keras"
        with whole_file(path) as partial:
            self.save_model(self.model, partial)
            digest = checksum(partial)
        metrics = [
            keras.ops.convert_to_numpy(v).tolist()
            for v in self.model.metrics_variables
        ]
        position = Position(epoch, step, metrics if step else [], self.best)
        record = dataclasses.asdict(position) | {"sha256": digest}
        write_whole(path.with_suffix(".json"), json.dumps(record))
        for old, _ in list_checkpoints(self.folder)[: -self.keep]:
            # On Windows one that is being read stays until the next time.
            with contextlib.suppress(PermissionError):
                old.unlink()
                old.with_suffix(".json").unlink(missing_ok=True)
        self.saved_at = time.monotonic()
        return path


def latest_checkpoint(folder):
    """The newest checkpoint that is whole, and where it stands.

    Returns:
        `(path, Position)`.

    Raises:
        FileNotFoundError: if there is none.
    """
    for path, _ in reversed(list_checkpoints(folder)):
        try:
            record = json.loads(path.with_suffix(".json").read_text("utf-8"))
            digest = record.pop("sha256")
            whole, position = digest == checksum(path), Position(**record)
        except (OSError, ValueError, KeyError, TypeError):
            whole = False
        if whole:
            return path, position
        print(f"{path} is damaged; trying the one before", flush=True)
    raise FileNotFoundError(f"no checkpoint in {folder}")


def save_as_usual(model, path):
    model.save(path)


def checksum(path):
    """The SHA-256 of a file, in hexadecimal: str."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def list_checkpoints(folder):
    """Checkpoints, the oldest first: list of `(path, (epoch, step))`."""
    paths = Path(folder).glob("epoch_*.keras")
    found = [
        (path, re.fullmatch(r"epoch_(\d+)(?:_step_(\d+))?", path.stem))
        for path in paths
    ]
    return sorted(
        ((p, (int(m[1]), int(m[2] or 0))) for p, m in found if m),
        key=lambda item: item[1],
    )
