import keras
import numpy as np
import pytest

from keras_htr_gan.experiments.strategies import (
    CLIP,
    STRATEGIES,
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


@pytest.mark.backend
def test_a_clipped_loss_has_no_gradient_beyond_the_clip(batch):
    hopeless(batch)
    logs = {}
    for reading in ("clipped", "per_line", "per_character"):
        model = observed(reading)
        last = model.recognizer.network.get_layer("recognizer_logits")
        # A recogniser that is sure of the blank: some 40 nats a character.
        bias = keras.ops.convert_to_numpy(last.bias).copy()
        bias[0] = 40.0
        last.bias.assign(bias)
        logs[reading] = small.train(model, [batch], weight=10.0)
    assert logs["clipped"]["CTC_loss"] == CLIP
    assert logs["clipped"]["CTC_gradient_norm"] == 0.0
    assert logs["clipped"]["silent_steps"] == 1.0
    assert logs["clipped"]["highest_generator_loss"] > 1000
    for reading in ("per_line", "per_character"):
        assert logs[reading]["CTC_gradient_norm"] > 0
        assert logs[reading]["silent_steps"] == 0.0
    assert logs["per_line"]["CTC_loss"] == pytest.approx(
        8 * logs["per_character"]["CTC_loss"], rel=1e-4
    )


def test_validation_is_in_nats_a_character_whatever_guides(batch):
    values = [
        observed(reading).evaluate(
            small.Batches([batch]), verbose=0, return_dict=True
        )["CTC_loss"]
        for reading in ("clipped", "per_line", "per_character")
    ]
    assert values[0] == values[1] == values[2] > 0


def test_per_character_and_bounded_is_what_is_used_elsewhere(batch):
    ours = small.model(reading_gradient_bound=1.0)
    other = observed("per_character", STRATEGIES["annealed"].bound)
    other.generator.set_weights(ours.generator.get_weights())
    other.discriminator.set_weights(ours.discriminator.get_weights())
    other.recognizer.set_weights(ours.recognizer.get_weights())
    logs = small.train(ours, [batch], weight=10.0)
    same = small.train(other, [batch], weight=10.0)
    for name, value in logs.items():
        assert same[name] == pytest.approx(value, rel=1e-4), name


def test_the_largest_of_an_epoch():
    metric = Largest("largest")
    for value in (1.0, 5.0, 3.0):
        metric.update_state(np.float32(value))
    assert float(metric.result()) == 5.0
    metric.reset_state()
    metric.update_state(np.float32(2.0))
    assert float(metric.result()) == 2.0
