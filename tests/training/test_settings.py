import inspect

import pytest

from keras_htr_gan.callbacks.loss_annealing import SHAPES, LossAnnealingCallback
from keras_htr_gan.commands import training_options
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.training.settings import (
    PretrainingSettings,
    Settings,
    TrainingSettings,
)


@pytest.mark.parametrize(
    "kind", [Settings, TrainingSettings, PretrainingSettings]
)
def test_settings_are_the_same_from_json(kind):
    settings = kind(data=("a", "b:0.3"), seed=7, wandb_mode="disabled")
    assert settings.as_json()["data"] == ["a", "b:0.3"]
    assert kind.from_json(settings.as_json()) == settings
    assert kind.from_json({"backend": "jax"}) == kind()


def defaults_of(function):
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters}


def test_defaults_are_those_of_what_they_set():
    settings = TrainingSettings()
    model, schedule = defaults_of(HTRGAN), defaults_of(LossAnnealingCallback)
    for name in (
        "pixel_loss_weight",
        "adversarial_loss_weight",
        "reading_gradient_bound",
    ):
        assert getattr(settings, name) == model[name]
    assert settings.ctc_weight == schedule["target"]
    assert settings.warmup_epochs == schedule["warmup_epochs"]
    assert settings.annealing_epochs == schedule["ramp_epochs"]
    assert settings.annealing_shape == schedule["shape"]
    assert training_options.SHAPES == SHAPES
