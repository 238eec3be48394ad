"""The folder of a run: its settings, and how a run is taken up again."""

import contextlib
import datetime
import errno
import fcntl
import json
import os
import shlex
import shutil
import sys
import uuid
from pathlib import Path

import keras

import keras_htr_gan
from keras_htr_gan.callbacks.checkpoints import latest_checkpoint
from keras_htr_gan.errors import UserError

SETTINGS, LOCK = "config.json", ".lock"
LEAST_ROOM = 200_000_000


def new_run_folder(path=None):
    """Where a new run writes; nothing is made yet.

    Args:
        path: the user's choice, or `None` for `runs/<date and time>`.

    Returns:
        `Path`.

    Raises:
        UserError: if there is something in the folder already.
    """
    if path is None:
        path = Path("runs") / f"{datetime.datetime.now():%Y-%m-%d_%H-%M-%S}"
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UserError(
            f"--run-dir: {path} is not empty; name a new folder, or continue "
            f"that run with --resume {path}"
        )
    return path


def new_identity():
    """What tells a run from others and says what it ran on, for JSON: dict."""
    return {
        "backend": keras.config.backend(),
        "wandb_id": uuid.uuid4().hex[:8],
        "versions": {
            "keras": keras.__version__,
            "keras_htr_gan": keras_htr_gan.__version__,
        },
        "command": command_line(),
    }


def command_line():
    """What was typed to start this process."""
    name = Path(sys.argv[0]).name
    program = {"__main__.py": "python -m keras_htr_gan"}.get(
        name, f"python {name}" if name.endswith(".py") else name
    )
    return f"{program} {shlex.join(sys.argv[1:])}".strip()


def save_settings(folder, settings):
    """Makes the run's folder and writes `config.json`.

    Raises:
        UserError: if it cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SETTINGS).write_text(json.dumps(settings, indent=2))
    except OSError as error:
        raise UserError(
            f"--run-dir: cannot write to {folder}: {error.strerror}"
        ) from error


def resumed_settings(folder, given, may_change):
    """The settings that a run was started with, and what may be new.

    Args:
        folder: `Path` of the run.
        given: dict, the settings that the user gives now.
        may_change: names of those that may differ from the saved ones.

    Returns:
        dict.

    Raises:
        UserError: if there is no such run, or a setting contradicts it.
    """
    try:
        saved = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"--resume: {folder} holds no run that can be continued ({error})"
        ) from error
    for name, value in given.items():
        if name not in may_change and value != saved.get(name):
            raise UserError(
                f"--{name.replace('_', '-')}: the run in {folder} was started "
                f"with {saved.get(name)!r}; start a new run to change it"
            )
    return {**saved, **given}


def has_checkpoint(folder):
    """Whether a run came to its first checkpoint, be it whole or not: bool."""
    return any((folder / "checkpoints").glob("epoch_*.json"))


def open_checkpoint(folder):
    """The newest checkpoint of a run to resume.

    Returns:
        `(keras.Model, Position)`: the model, compiled, and where its training
        stands.

    Raises:
        UserError: if there is none.
    """
    try:
        checkpoint, position = latest_checkpoint(folder / "checkpoints")
    except FileNotFoundError as error:
        raise UserError(
            f"--resume: {error} is whole; start a new run"
        ) from error
    where = f"after epoch {position.epoch}"
    if position.step:
        where += f" and {position.step} steps"
    print(f"Resuming {folder} {where}", flush=True)
    return keras.saving.load_model(checkpoint), position


@contextlib.contextmanager
def claimed(folder):
    """Keeps a run's folder for this process, within a `with` block.

    Raises:
        UserError: if another process trains in it.
    """
    with open(folder / LOCK, "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise UserError(
                f"{folder}: process {file.read().strip()} trains in it; wait "
                "for its end, or name another folder"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def enough_room(folder, least=LEAST_ROOM):
    """Refuses a disk with too little room for checkpoints.

    Raises:
        UserError: says how much there is.
    """
    free = shutil.disk_usage(folder).free
    if free < least:
        raise UserError(
            f"--run-dir: {free / 1e6:.0f} MB are free on the disk of {folder}, "
            f"and a run needs {least / 1e6:.0f} MB or more; make room, or name "
            "a folder elsewhere"
        )


# No room, over quota, read-only, a broken disk.
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


@contextlib.contextmanager
def disk_errors_told(folder):
    """Says in a line that the disk failed a training, and how to go on.

    Raises:
        UserError: for an `OSError` of the disk within the `with` block.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise UserError(
            f"{folder} cannot be written to: {error.strerror}. The newest "
            "checkpoint there is whole; mend that, and go on with --resume "
            f"{folder}"
        ) from error


def fit_from(model, position, epochs, steps_per_epoch, batches_from, **options):
    """Trains on, from where a training stands.

    Args:
        model: compiled `keras.Model`.
        position: `keras_htr_gan.callbacks.checkpoints.Position`.
        epochs: int, in all.
        steps_per_epoch: int.
        batches_from: function of a step's number, counted from 0 over the
            whole training, to the batches from there on, as `fit` takes them.
        **options: further arguments of `fit`.
    """
    epoch = position.epoch
    if position.step:
        model.fit(
            batches_from(epoch * steps_per_epoch + position.step),
            initial_epoch=epoch,
            epochs=epoch + 1,
            steps_per_epoch=steps_per_epoch - position.step,
            **options,
        )
        epoch += 1
    if epoch < epochs and not model.stop_training:
        model.fit(
            batches_from(epoch * steps_per_epoch),
            initial_epoch=epoch,
            epochs=epochs,
            steps_per_epoch=steps_per_epoch,
            **options,
        )
