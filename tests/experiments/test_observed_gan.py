import keras
import numpy as np
import pytest

from keras_htr_gan.experiments.observed_gan import (
    Largest,
    ObservedGAN,
    draw_shifts,
    shift_images,
)
from keras_htr_gan.experiments.strategies import ALL, CLIP
from keras_htr_gan.pairing import line_norms
from keras_htr_gan.pixels import PADDING
from tests import small


def observed(name, bound=6.0):
    keras.utils.set_random_seed(0)
    model = small.model(compiled=False)
    model = ObservedGAN(
        model.generator,
        model.discriminator,
        model.recognizer,
        strategy=ALL[name],
        bound=bound,
    )
    model.compile(optimizer=small.generator_discriminator_optimizer())
    return model


# Each with another form of the reading loss.
FORMS = {
    "clipped": "on_off_clipped",
    "per_line": "on_off",
    "per_character": "on_off_per_character",
}


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


@pytest.fixture(scope="module")
def silent():
    """A model whose reading loss is beyond the clip, for all tests."""
    return sure_of_the_blank(observed("on_off_clipped"))


@pytest.mark.backend
def test_a_clipped_loss_has_no_gradient_beyond_the_clip(silent, batch, eagerly):
    logs = small.train(silent, [hopeless(batch)], weight=10.0)
    assert logs["CTC_loss"] == CLIP
    assert logs["CTC_gradient_norm"] == 0.0
    assert logs["silent_steps"] == 1.0
    assert logs["highest_generator_loss"] > 1000


@pytest.mark.backend
def test_a_skipped_step_is_neither_silent_nor_not(silent, batch, eagerly):
    bad = [
        {**batch, "degraded": np.full_like(batch["degraded"], value)}
        for value in (np.nan, np.inf)
    ]
    guided = observed("annealed")
    logs = small.train(guided, [batch, *bad], weight=1.0)
    assert logs["skipped_steps"] == 2 and logs["silent_steps"] == 0.0
    # The only step that counts.
    assert logs["highest_generator_loss"] == logs["generator_loss"] > 0
    logs = small.train(silent, [*bad, hopeless(batch)], weight=10.0)
    assert logs["skipped_steps"] == 2 and logs["silent_steps"] == 1.0


def test_the_forms_of_the_reading_loss(batch):
    hopeless(batch)
    found = {}
    for reading, name in FORMS.items():
        model = sure_of_the_blank(observed(name))
        logits = model.generator(batch["degraded"])
        found[reading] = model.value_and_gradient(
            lambda x, model=model: model.guiding_loss(x, batch), logits
        )
    values = {name: float(value) for name, ((value, _), _) in found.items()}
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
        observed(name).evaluate(
            small.Batches([batch]), verbose=0, return_dict=True
        )["CTC_loss"]
        for name in FORMS.values()
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


def test_a_balanced_reading_gradient_is_as_long_as_its_bound(rng):
    reading, pixel = (
        rng.normal(0, scale, (3, 8, 16, 1)).astype("float32")
        for scale in (1e-6, 1.0)
    )
    reading[2] = 0.0
    lengths = {}
    for name in ("annealed", "annealed_balanced"):
        bounded, _ = observed(name, 2.0).bound(
            keras.ops.convert_to_tensor(reading),
            line_norms(keras.ops.convert_to_tensor(pixel)),
        )
        bounded = keras.ops.convert_to_numpy(bounded)
        lengths[name] = np.sqrt((bounded**2).sum((1, 2, 3)))
    limit = 2 * np.sqrt((pixel**2).sum((1, 2, 3)))
    limit[2] = 0.0
    np.testing.assert_allclose(lengths["annealed_balanced"], limit, rtol=1e-4)
    assert (lengths["annealed"][:2] < 1e-3 * limit[:2]).all()


@pytest.mark.backend
def test_a_view_guides_within_a_compiled_step(batch):
    logs = small.train(observed("annealed_view"), [batch], weight=1.0)
    assert logs["CTC_gradient_norm"] > 0


def test_a_view_is_the_line_a_part_of_a_pixel_aside(rng):
    images = rng.random((2, 6, 9, 1)).astype("float32")
    images[1, :, 5:] = PADDING
    still = shift_images(images, np.zeros((2, 2), "float32"))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(still), images)
    parts = np.array([[0.0, 1.0], [0.25, 0.0]], "float32")
    moved = keras.ops.convert_to_numpy(shift_images(images, parts))
    np.testing.assert_allclose(
        moved[0, :, 1:], 0.75 * images[0, :, 1:] + 0.25 * images[0, :, :-1]
    )
    np.testing.assert_allclose(moved[1, 1:, :5], images[1, :-1, :5])
    assert (moved[1, :, 5:] == PADDING).all()
    parts = keras.ops.convert_to_numpy(draw_shifts(images))
    assert parts.shape == (2, 2) and (0 <= parts).all() and (parts < 1).all()


@pytest.mark.backend
def test_characters_and_features_guide_together(batch, eagerly):
    logs = small.train(observed("annealed_both"), [batch], weight=1.0)
    assert logs["CTC_loss"] > 0 and logs["CTC_gradient_norm"] > 0
