import keras
import numpy as np
import pytest

from keras_htr_gan.experiments.strategies import (
    CLIP,
    Largest,
    ObservedGAN,
)
from tests import small


def observed(reading, bound=None):
    keras.utils.set_random_seed(0)
    model = small.model(compiled=False)
    model = ObservedGAN(
        model.generator,
        model.discriminator,
        model.recognizer,
        reading=reading,
        reading_gradient_bound=bound,
    )
    model.compile(optimizer=small.generator_discriminator_optimizer())
    return model


def hopeless(batch):
    """Labels of eight characters, of which the recogniser knows nothing."""
    batch["label_lengths"][:] = 8
    return batch


def sure_of_the_blank(model):
    """Some 40 nats a character."""
    last = model.recognizer.network.get_layer("recognizer_logits")
    bias = keras.ops.convert_to_numpy(last.bias).copy()
    bias[0] = 40.0
    last.bias.assign(bias)
    return model


@pytest.mark.backend
def test_a_clipped_loss_has_no_gradient_beyond_the_clip(batch):
    model = sure_of_the_blank(observed("clipped"))
    logs = small.train(model, [hopeless(batch)], weight=10.0)
    assert logs["CTC_loss"] == CLIP
    assert logs["CTC_gradient_norm"] == 0.0
    assert logs["silent_steps"] == 1.0
    assert logs["highest_generator_loss"] > 1000


def test_the_forms_of_the_reading_loss(batch):
    hopeless(batch)
    found = {}
    for reading in ("clipped", "per_line", "per_character"):
        model = sure_of_the_blank(observed(reading))
        logits = model.generator(batch["degraded"])
        found[reading] = model.value_and_gradient(
            lambda x, model=model: model.guiding_loss(x, batch), logits
        )
    values = {name: float(value) for name, (value, _) in found.items()}
    assert values["clipped"] == CLIP < values["per_line"]
    assert values["per_line"] == pytest.approx(
        8 * values["per_character"], rel=1e-4
    )
    largest = {
        name: np.abs(keras.ops.convert_to_numpy(gradient)).max()
        for name, (_, gradient) in found.items()
    }
    assert largest["clipped"] == 0.0
    assert largest["per_line"] > largest["per_character"] > 0


def test_validation_is_in_nats_a_character_whatever_guides(batch):
    values = [
        observed(reading).evaluate(
            small.Batches([batch]), verbose=0, return_dict=True
        )["CTC_loss"]
        for reading in ("clipped", "per_line", "per_character")
    ]
    assert values[0] == values[1] == values[2] > 0


def test_the_largest_of_an_epoch():
    metric = Largest("largest")
    for value in (1.0, 5.0, 3.0):
        metric.update_state(np.float32(value))
    assert float(metric.result()) == 5.0
    metric.reset_state()
    metric.update_state(np.float32(2.0))
    assert float(metric.result()) == 2.0
