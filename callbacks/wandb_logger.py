"""Weights & Biases, for any backend and any optimizer."""

from pathlib import Path

import keras
import wandb

from keras_htr_gan.callbacks.history_file import read_history
from keras_htr_gan.callbacks.restored_samples import sample_sheet, to_picture
from keras_htr_gan.storage import write_whole

START_TIMEOUT, FINISH_TIMEOUT = 30, 300  # seconds


class WandbLogger(keras.callbacks.Callback):
    """Logs each epoch's figures, learning rates and samples to W&B.

    Everything is drawn against `epoch`, counted from 1. A W&B that cannot be
    reached or fails never stops a training: where an online run cannot start,
    an offline one is kept instead, and a failure is told once.

    Args:
        project: str, the W&B project that the run is filed under.
        config: dict, the configuration of the whole run, or `None`.
        mode: `"online"`, `"offline"` or `"disabled"`.
        folder: where W&B keeps its files, or `None` for where it usually does.
        samples: function of the model that returns rows as `sample_sheet`
            takes them, or `None`.
        every: int, a table of samples and a sheet of them after every so
            many epochs, and after the last.
        history: path of the `HistoryFile` of a run that can be resumed:
            epochs that were finished but not logged are logged from it, and
            none twice; or `None`.
        **options: further arguments of `wandb.init` (`name`, `id`, `group`,
            `job_type`, `tags`).

    Raises:
        ValueError: if there is no such mode.

    Example:

    >>> logger = WandbLogger("handwriting", config={"seed": 0}, mode="offline")
    >>> model.fit(data, epochs=30, callbacks=[logger])
    >>> logger.finish({"test_CER": 0.31})
    """

    def __init__(
        self,
        project,
        config=None,
        mode="online",
        folder=None,
        samples=None,
        every=1,
        history=None,
        **options,
    ):
        super().__init__()
        if mode not in ("online", "offline", "disabled"):
            raise ValueError(
                f"no W&B mode {mode!r}; choose online, offline or disabled"
            )
        self.mode = mode
        self.samples = samples
        self.every = every
        self.history = None if history is None else Path(history)
        self.options = {
            "project": project,
            "config": config,
            "dir": None if folder is None else str(folder),
            **options,
        }
        self.run = None
        self.told = False

    def on_train_begin(self, logs=None):
        if self.run is not None:
            return
        self.run = self.attempt(self.start, self.mode)
        if self.run is None and self.mode == "online":
            print("W&B: keeping an offline run; upload it with wandb sync")
            self.run = self.attempt(self.start, "offline")

    def start(self, mode):
        run = wandb.init(
            mode=mode,
            settings=wandb.Settings(
                silent=mode != "online",
                console="off",
                init_timeout=START_TIMEOUT,
                finish_timeout=FINISH_TIMEOUT,
                finish_timeout_raises=True,
            ),
            **self.options,
        )
        run.define_metric("epoch")
        run.define_metric("*", step_metric="epoch")
        return run

    @property
    def marker(self):
        """The file that holds the last epoch that was logged."""
        return self.history.with_name("wandb_logged.txt")

    def logged(self):
        """The last epoch that was logged, counted from 1."""
        if self.history is None or not self.marker.exists():
            return 0
        return int(self.marker.read_text("utf-8") or 0)

    def on_epoch_begin(self, epoch, logs=None):
        if self.run is None or self.history is None or self.logged() >= epoch:
            return
        if self.history.exists():
            for row in read_history(self.history):
                if self.logged() < row["epoch"] <= epoch:
                    self.attempt(self.log, row, None)

    def on_epoch_end(self, epoch, logs=None):
        if self.run is None or self.logged() > epoch:
            return
        figures = {
            **(logs or {}),
            "epoch": epoch + 1,
            **read_learning_rates(self.model.optimizer),
        }
        last = epoch + 1 == self.params.get("epochs")
        due = self.samples and ((epoch + 1) % self.every == 0 or last)
        rows = self.samples(self.model) if due else None
        self.attempt(self.log, figures, rows)

    def log(self, figures, rows):
        if rows:
            figures["samples"] = build_table(rows)
            figures["lines"] = wandb.Image(sample_sheet(rows))
        self.run.log(figures)
        if self.history is not None:
            write_whole(self.marker, str(int(figures["epoch"])))

    def finish(self, summary=None):
        """Ends the run; W&B itself does so when the process ends.

        What cannot be uploaded in `FINISH_TIMEOUT` seconds stays on disk.

        Args:
            summary: dict of figures for the run's summary, or `None`.
        """
        if self.run is None:
            return
        self.attempt(self.run.summary.update, summary or {})
        if self.run.settings.mode == "offline":
            folder = Path(self.run.settings.sync_dir).parent
            print(f"W&B: look at this run with wandb leet {folder}")
        try:
            self.run.finish()
        except Exception as error:
            print(
                f"W&B: not uploaded ({error}); do it with wandb sync "
                f"{self.run.settings.sync_dir}"
            )
        self.run = None

    def attempt(self, function, *args):
        """Calls a function of W&B's; `None`, told once, where it fails."""
        try:
            return function(*args)
        except Exception as error:
            if not self.told:
                print(f"W&B failed, training goes on: {error}")
            self.told = True
            return None


def read_learning_rates(optimizer):
    """The rate of each optimizer: `{"learning_rate/<name>": rate}`."""
    inner = getattr(optimizer, "optimizers", None) or [optimizer]
    return {
        f"learning_rate/{o.name}": float(
            keras.ops.convert_to_numpy(o.learning_rate)
        )
        for o in inner
        if o is not None
    }


def build_table(rows):
    images = ("degraded", "restored", "clean")
    texts = ("text", "reading", "degraded_reading")
    return wandb.Table(
        columns=[*images, *texts],
        data=[
            [wandb.Image(to_picture(row[name])) for name in images]
            + [row[name] for name in texts]
            for row in rows
        ],
    )
