"""A training and its folder: begun, kept, taken up again."""

import contextlib
import dataclasses
import datetime
import errno
import json
import os
import shlex
import shutil
import sys
import uuid
from pathlib import Path

import keras

from keras_htr_gan import __version__
from keras_htr_gan.backend import calculate_deterministically
from keras_htr_gan.callbacks.checkpoints import (
    Checkpoints,
    Position,
    latest_checkpoint,
)
from keras_htr_gan.callbacks.stop_signals import StopSignals
from keras_htr_gan.callbacks.wandb_logger import WandbLogger
from keras_htr_gan.distribution.hosts import save_alone
from keras_htr_gan.errors import UserError
from keras_htr_gan.networks.precision import calculating_in
from keras_htr_gan.storage import locked, remove_partials, write_whole

CONFIG, LOCK, HOLDER = "config.json", ".lock", ".trains"
LEAST_ROOM = 200_000_000
# No room, over quota, read-only, a broken disk, a file that is open
# elsewhere; Windows knows no quota.
DISK_ERRORS = {
    getattr(errno, name, None)
    for name in ("ENOSPC", "EDQUOT", "EROFS", "EIO", "EACCES")
}


@dataclasses.dataclass(frozen=True)
class Identity:
    """What tells a run from others, and says what it ran on.

    Args:
        backend: str, that of Keras.
        wandb_id: str.
        versions: dict of package to version.
        command: str, what was typed.
    """

    backend: str
    wandb_id: str
    versions: dict
    command: str

    @classmethod
    def new(cls):
        """That of a run which begins in this process."""
        return cls(
            backend=keras.config.backend(),
            wandb_id=uuid.uuid4().hex[:8],
            versions={
                "keras": keras.__version__,
                "keras_htr_gan": __version__,
            },
            command=command_line(),
        )


class Run:
    """One training, its settings and its folder.

    Args:
        folder: `Path`.
        settings: `Settings`.
        identity: `Identity`.
        resumed: bool, whether it goes on at a checkpoint.
        writes: bool; of several processes that train together one does.

    Attributes:
        position: `Position`, where the training stands.
    """

    def __init__(self, folder, settings, identity, resumed=False, writes=True):
        self.folder = Path(folder)
        self.settings = settings
        self.identity = identity
        self.resumed = resumed
        self.writes = writes
        self.position = Position()

    @classmethod
    def begin(cls, settings, folder=None, writes=True):
        """A new run; nothing is made on disk yet.

        Args:
            settings, writes: see the class.
            folder: path, or `None` for `runs/<date and time>`.

        Raises:
            UserError: if there is something in the folder already.
        """
        if folder is None:
            now = datetime.datetime.now()
            folder = Path("runs") / f"{now:%Y-%m-%d_%H-%M-%S}"
        folder = Path(folder)
        if writes and folder.exists():
            if not folder.is_dir() or any(folder.iterdir()):
                raise UserError(
                    f"`run_dir`: {folder} is not empty; name a new folder, or "
                    f"continue that run with `resume` {folder}"
                )
        return cls(folder, settings, Identity.new(), writes=writes)

    @classmethod
    def resume(cls, folder, settings, given=(), writes=True):
        """The run of a folder, with the settings it was started with.

        One that ended before its first checkpoint begins anew.

        Args:
            folder: path.
            settings: `Settings`, of the kind that the run has.
            given: names of those that the user gives now: they must equal
                the run's, but for those that may change.
            writes: see the class.

        Raises:
            UserError: if there is no such run, or a setting contradicts it.
        """
        folder, given_values = Path(folder), settings.as_json()
        try:
            saved = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            identity = Identity(
                **{f.name: saved[f.name] for f in dataclasses.fields(Identity)}
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"`resume`: {folder} holds no run that can be continued "
                f"({error})"
            ) from error
        for name in given:
            if name in settings.MAY_CHANGE:
                saved[name] = given_values[name]
            elif given_values[name] != saved.get(name):
                raise UserError(
                    f"`{name}`: the run in {folder} was started with "
                    f"{saved.get(name)!r}; start a new run to change it"
                )
        begun = any((folder / "checkpoints").glob("epoch_*.json"))
        if not begun:
            print(f"{folder} has no checkpoint yet: it begins anew")
        settings = type(settings).from_json(saved)
        return cls(folder, settings, identity, begun, writes)

    @property
    def config(self):
        """Settings and identity, as `config.json` has them: dict."""
        return self.settings.as_json() | dataclasses.asdict(self.identity)

    @property
    def history(self):
        return self.folder / "history.csv"

    def prepare(self):
        """Makes the folder of a run that begins, with its `config.json`.

        Raises:
            UserError: if it cannot be written to, or there is too little room
                for checkpoints.
        """
        if not self.writes:
            return
        if not self.resumed:
            try:
                text = json.dumps(self.config, indent=2)
                write_whole(self.folder / CONFIG, text)
            except OSError as error:
                raise UserError(
                    f"`run_dir`: cannot write to {self.folder}: "
                    f"{error.strerror}"
                ) from error
        free = shutil.disk_usage(self.folder).free
        if free < LEAST_ROOM:
            raise UserError(
                f"`run_dir`: {free / 1e6:.0f} MB are free on the disk of "
                f"{self.folder}, and a run needs {LEAST_ROOM / 1e6:.0f} MB or "
                "more; make room, or name a folder elsewhere"
            )

    def calculating(self):
        """The precision of this run, as a context manager."""
        return calculating_in(self.settings.precision)

    def seed(self):
        """Lets all that follows be as the settings say: seeded, exact."""
        if self.settings.deterministic:
            calculate_deterministically()
        keras.utils.set_random_seed(self.settings.seed)

    def open_checkpoint(self):
        """The model of the newest checkpoint, compiled: `keras.Model`.

        Raises:
            UserError: if there is none.
        """
        try:
            checkpoint, position = latest_checkpoint(
                self.folder / "checkpoints"
            )
        except FileNotFoundError as error:
            raise UserError(
                f"`resume`: {error} is whole; start a new run"
            ) from error
        where = f"after epoch {position.epoch}"
        if position.step:
            where += f" and {position.step} steps"
        print(f"Resuming {self.folder} {where}", flush=True)
        self.position = position
        return keras.saving.load_model(checkpoint)

    def checkpoints(self, milestones=None):
        """The callback that keeps this run, see `Checkpoints`."""
        return Checkpoints(
            self.folder / "checkpoints",
            milestones=milestones,
            minutes=self.settings.checkpoint_minutes,
            start=self.position,
            writes=self.writes,
            save=save_alone,
        )

    def wandb_logger(self, **options):
        """The callback that logs this run to W&B, see `WandbLogger`."""
        return WandbLogger(
            self.settings.wandb_project,
            config=self.config,
            mode=self.settings.wandb_mode,
            folder=self.folder,
            name=self.folder.name,
            id=self.identity.wandb_id,
            history=self.history,
            resume="allow",
            **options,
        )

    def fit(self, model, batches, callbacks, **options):
        """Trains on, from where the training stands.

        Args:
            model: compiled `keras.Model`.
            batches: `TrainingBatches`.
            callbacks: list of `keras.callbacks.Callback`, one of them of
                `checkpoints`.
            **options: further arguments of `keras.Model.fit`.

        Raises:
            Stopped: by a signal, after a checkpoint.
            UserError: if another process trains in the folder, or the disk
                fails.
        """
        checkpoints = next(c for c in callbacks if isinstance(c, Checkpoints))
        claimed = contextlib.nullcontext()
        if self.writes:
            claimed = claim(self.folder)
        signals = StopSignals(checkpoints)
        with claimed, tell_disk_errors(self.folder), signals:
            self.fit_on(
                model, batches, callbacks=[*callbacks, signals], **options
            )

    def fit_on(self, model, batches, **options):
        epoch, step = self.position.epoch, self.position.step
        epochs, steps = self.settings.epochs, self.settings.steps_per_epoch
        options |= {"shuffle": False, "verbose": int(self.writes)}
        if step:
            model.fit(
                batches.fed_from(epoch * steps + step),
                initial_epoch=epoch,
                epochs=epoch + 1,
                steps_per_epoch=steps - step,
                **options,
            )
            epoch += 1
        if epoch < epochs and not model.stop_training:
            model.fit(
                batches.fed_from(epoch * steps),
                initial_epoch=epoch,
                epochs=epochs,
                steps_per_epoch=steps,
                **options,
            )


def command_line():
    """What was typed to start this process: str."""
    name = Path(sys.argv[0]).name
    program = {"__main__.py": "python -m keras_htr_gan"}.get(
        name, f"python {name}" if name.endswith(".py") else name
    )
    return f"{program} {shlex.join(sys.argv[1:])}".strip()


@contextlib.contextmanager
def claim(folder):
    """Keeps a run's folder for this process, within a `with` block.

    Raises:
        UserError: if another process trains in it.
    """
    holder = folder / HOLDER
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(folder / LOCK))
        except BlockingIOError:
            who = holder.read_text("utf-8") if holder.exists() else "?"
            raise UserError(
                f"{folder}: process {who} trains in it; wait for its end, or "
                "name another folder"
            ) from None
        holder.write_text(str(os.getpid()), encoding="utf-8")
        remove_partials(folder)
        yield


@contextlib.contextmanager
def tell_disk_errors(folder):
    """Says in a line that the disk failed a training, and how to go on.

    Raises:
        UserError: for an `OSError` of the disk within the `with` block.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None or error.errno not in DISK_ERRORS:
            raise
        raise UserError(
            f"{folder} cannot be written to: {error.strerror}. The newest "
            "checkpoint there is whole; mend that, and go on with `resume` "
            f"{folder}"
        ) from error
