import keras
import numpy as np
import pytest

from keras_htr_gan.callbacks.loss_annealing import (
    SHAPES,
    LossAnnealingCallback,
    annealed_weight,
)


class Weighted(keras.Sequential):
    """Any Keras model with a variable to anneal."""

    def __init__(self, trainable=False):
        super().__init__([keras.Input((1,)), keras.layers.Dense(1)])
        self.ctc_weight = self.add_weight(
            shape=(), initializer="zeros", trainable=trainable
        )
        self.compile(optimizer="sgd", loss="mse")


class Recorded(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.weights = []

    def on_train_batch_begin(self, batch, logs=None):
        self.weights.append(float(self.model.ctc_weight.value))


def fit(callback, model=None, **options):
    recorded = Recorded()
    (model or Weighted()).fit(
        np.zeros((1, 1)),
        np.zeros((1, 1)),
        callbacks=[callback, recorded],
        verbose=0,
        **options,
    )
    return recorded.weights


def test_default_schedule():
    weights = [annealed_weight(epoch) for epoch in range(1, 31)]
    assert weights == [0.0] * 10 + [float(i) for i in range(1, 11)] + [10] * 10


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_rises_from_zero_to_the_target(shape):
    weights = [
        annealed_weight(epoch, 3.0, 4, 6, shape, stairs=3)
        for epoch in range(1, 15)
    ]
    assert weights == sorted(weights)
    assert weights[9:] == [3.0] * 5
    assert weights[:4] == [3.0 if shape == "constant" else 0.0] * 4
    assert weights[4] > 0.0


def test_steps_are_equal_stairs():
    weights = [
        annealed_weight(epoch, 9.0, 0, 6, "steps", stairs=3)
        for epoch in range(1, 7)
    ]
    assert weights == [3.0, 3.0, 6.0, 6.0, 9.0, 9.0]


def test_the_last_stair_is_not_above_the_target():
    target = 419430.5348441671  # five times it is rounded up
    assert annealed_weight(5, target, 0, 6, "steps") == target


def test_no_ramp_is_on_off():
    assert annealed_weight(3, 5.0, 2, 0) == 5.0


@pytest.mark.backend
def test_assigns_the_weight_before_each_epoch(capsys):
    weights = fit(LossAnnealingCallback(4.0, 1, 2), epochs=4)
    assert weights == [0.0, 2.0, 4.0, 4.0]
    said = capsys.readouterr().out.strip().splitlines()
    assert [line.split(" begins")[0] for line in said] == [
        "warm-up",
        "annealing",
        "full weight",
    ]


@pytest.mark.backend
def test_resumed_training_is_right_from_its_first_batch():
    weights = fit(LossAnnealingCallback(4.0, 1, 2), epochs=3, initial_epoch=1)
    assert weights == [2.0, 4.0]


@pytest.mark.parametrize(
    "options, named",
    [
        ({"target": -1.0}, "target"),
        ({"target": float("nan")}, "target"),
        ({"target": "10"}, "target must be 0 or more, not '10'"),
        ({"warmup_epochs": None}, "warmup_epochs must be a whole number"),
        ({"warmup_epochs": -1}, "warmup_epochs"),
        ({"ramp_epochs": 1.5}, "ramp_epochs"),
        ({"shape": "wavy"}, "linear"),
        ({"stairs": 0}, "stairs"),
    ],
)
def test_refuses_nonsense(options, named):
    with pytest.raises(ValueError, match=named):
        LossAnnealingCallback(**options)


def test_refuses_a_weight_that_is_no_scalar():
    model = Weighted()
    model.weights_of_all = model.add_weight(shape=(2,), trainable=False)
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        fit(LossAnnealingCallback(variable="weights_of_all"), model)


def test_refuses_a_model_without_the_variable():
    with pytest.raises(ValueError, match="no variable 'other'"):
        fit(LossAnnealingCallback(variable="other"))
    with pytest.raises(ValueError, match="trainable=False"):
        fit(LossAnnealingCallback(), Weighted(trainable=True))
