"""Anneals the weight of one loss: nothing, then a ramp, then all of it."""

import math
import numbers

import keras

SHAPES = ("linear", "steps", "cosine", "exponential", "constant", "on_off")


def annealed_weight(
    epoch,
    target=10.0,
    warmup_epochs=10,
    ramp_epochs=10,
    shape="linear",
    stairs=5,
):
    """The weight in an epoch of the schedule.

    Args:
        epoch: int, counted from 1 as Keras prints it.
        target: float, the weight after the ramp.
        warmup_epochs: int, epochs at weight 0.
        ramp_epochs: int, epochs from the first non-zero weight to the target.
        shape: how the weight rises. `"linear"`; `"steps"`, in `stairs` equal
            stairs; `"cosine"`, half a wave, slow at both ends;
            `"exponential"`, hundredfold, slow at first; `"on_off"`, the
            target right after the warm-up; `"constant"`, the target from the
            first epoch on.
        stairs: int, used by `"steps"` alone.

    Returns:
        float between 0 and `target`.

    Example: the default schedule is 0 in epochs 1 to 10, then 1.0 in epoch
    11, 2.0 in epoch 12, and 10.0 from epoch 20 on.
    """
    if shape == "constant":
        return float(target)
    done = epoch - warmup_epochs
    if done <= 0:
        return 0.0
    if shape == "on_off" or done >= ramp_epochs:
        return float(target)
    match shape:
        case "linear":
            return target * done / ramp_epochs
        case "steps":
            return target * (math.ceil(stairs * done / ramp_epochs) / stairs)
        case "cosine":
            return target * (1 - math.cos(math.pi * done / ramp_epochs)) / 2
        case "exponential":
            return target * (100 ** (done / ramp_epochs) - 1) / 99
    raise ValueError(f"no shape {shape!r}; choose from {', '.join(SHAPES)}")


class LossAnnealingCallback(keras.callbacks.Callback):
    """Assigns a model's loss weight at the beginning of each epoch.

    The weight depends on the epoch's number alone, so a training resumed with
    `initial_epoch` continues the schedule where it stood.

    Args:
        target, warmup_epochs, ramp_epochs, shape, stairs: see
            `annealed_weight`.
        variable: str, the attribute of the model that holds the weight, a
            non-trainable scalar `keras.Variable`.
        verbose: int, 1 to say in a line when a phase begins, 0 for silence.

    Raises:
        ValueError: if the schedule makes no sense, or, when training begins,
            if the model has no such variable.

    Example:

    >>> model.fit(data, epochs=30, callbacks=[LossAnnealingCallback()])
    """

    def __init__(
        self,
        target=10.0,
        warmup_epochs=10,
        ramp_epochs=10,
        shape="linear",
        variable="ctc_weight",
        stairs=5,
        verbose=1,
    ):
        super().__init__()
        if shape not in SHAPES:
            raise ValueError(
                f"no shape {shape!r}; choose from {', '.join(SHAPES)}"
            )
        if not isinstance(target, numbers.Real) or not 0 <= target < math.inf:
            raise ValueError(f"target must be 0 or more, not {target!r}")
        for name, value, least in (
            ("warmup_epochs", warmup_epochs, 0),
            ("ramp_epochs", ramp_epochs, 0),
            ("stairs", stairs, 1),
        ):
            whole = isinstance(value, numbers.Real) and value % 1 == 0
            if not whole or value < least:
                raise ValueError(
                    f"{name} must be a whole number, {least} or more, "
                    f"not {value!r}"
                )
        self.target = float(target)
        self.warmup_epochs = int(warmup_epochs)
        self.ramp_epochs = int(ramp_epochs)
        self.shape = shape
        self.variable = variable
        self.stairs = int(stairs)
        self.verbose = verbose
        self._phase = None

    def weight(self, epoch):
        """The weight in an epoch, counted from 1."""
        return annealed_weight(
            epoch,
            self.target,
            self.warmup_epochs,
            self.ramp_epochs,
            self.shape,
            self.stairs,
        )

    def phase(self, epoch):
        """`"warm-up"`, `"annealing"` or `"full weight"`."""
        weight = self.weight(epoch)
        if weight == self.target:
            return "full weight"
        return "annealing" if weight else "warm-up"

    def on_train_begin(self, logs=None):
        self._phase = None
        variable = getattr(self.model, self.variable, None)
        if not hasattr(variable, "assign"):
            raise ValueError(
                f"{type(self.model).__name__} has no variable "
                f"{self.variable!r} to anneal; create it with add_weight("
                f"shape=(), trainable=False, name={self.variable!r})"
            )
        if tuple(variable.shape):
            raise ValueError(
                f"the variable {self.variable!r} has the shape "
                f"{tuple(variable.shape)}; a weight is a scalar: create it "
                "with shape=()"
            )
        if variable.trainable:
            raise ValueError(
                f"the variable {self.variable!r} is trainable: the optimizer "
                "would move it; create it with trainable=False"
            )

    def on_epoch_begin(self, epoch, logs=None):
        weight = self.weight(epoch + 1)
        getattr(self.model, self.variable).assign(weight)
        phase = self.phase(epoch + 1)
        if self.verbose and phase != self._phase:
            print(f"{phase} begins: {self.variable} = {weight:g}")
        self._phase = phase
