"""A ramp that begins when a figure no longer falls."""

from keras_htr_gan.callbacks.loss_annealing import LossAnnealingCallback


class AnnealingAtPlateau(LossAnnealingCallback):
    """Begins the ramp when a figure no longer falls.

    It does so once the figure has not come below its best by `LEAST_GAIN` for
    `PATIENCE` epochs; after `warmup_epochs` at the earliest, and `ramp_epochs`
    later at the latest.

    Args:
        earlier: sequence of float, the figure in the epochs that are over.
        monitor: str, the name of the figure.
        (the others as for `LossAnnealingCallback`)
    """

    PATIENCE, LEAST_GAIN = 3, 0.01

    def __init__(self, *args, earlier=(), monitor="val_pixel_loss", **options):
        super().__init__(*args, **options)
        self.monitor = monitor
        self.values = list(earlier)
        self.begins_after = None

    def weight(self, epoch):
        if self.begins_after is None:
            return 0.0
        return super().weight(epoch - self.begins_after + self.warmup_epochs)

    def on_epoch_begin(self, epoch, logs=None):
        late = epoch >= self.warmup_epochs + self.ramp_epochs
        if self.begins_after is None and epoch >= self.warmup_epochs:
            if late or self.stalled():
                self.begins_after = epoch
        super().on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self.values.append(logs[self.monitor])

    def stalled(self):
        before = self.values[: -self.PATIENCE]
        recent = self.values[-self.PATIENCE :]
        return bool(before) and (
            min(recent) > min(before) * (1 - self.LEAST_GAIN)
        )
