import inspect

import pytest

from keras_htr_gan.callbacks.loss_annealing import SHAPES, LossAnnealingCallback
from keras_htr_gan.commands import training_options
from keras_htr_gan.errors import UserError
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


@pytest.mark.parametrize("rows, mend", [(12, "give 8 or 16"), (3, "0 or 8")])
def test_rows_around_a_line_are_a_multiple_of_8(rows, mend):
    assert TrainingSettings(context_rows=24).context_rows == 24
    with pytest.raises(UserError, match=f"`context_rows`: {rows} .*{mend}"):
        TrainingSettings(context_rows=rows)
