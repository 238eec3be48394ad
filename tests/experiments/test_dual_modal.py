import keras
import numpy as np
import pytest

from keras_htr_gan.experiments.dual_modal import (
    DualModalGAN,
    build_dual_modal_discriminator,
    nearness,
)
from keras_htr_gan.experiments.strategies import ALL
from tests import small


@pytest.fixture(scope="module")
def dual_modal():
    keras.utils.set_random_seed(0)
    model = small.model(compiled=False)
    classes = model.recognizer.charset.classes
    model = DualModalGAN(
        model.generator,
        build_dual_modal_discriminator("tiny", classes),
        model.recognizer,
        strategy=ALL["annealed_dual_modal"],
        bound=6.0,
    )
    model.compile(optimizer=small.generator_discriminator_optimizer())
    return model


@pytest.mark.backend
def test_a_step_trains_what_sees_the_text(dual_modal, batch, eagerly):
    fit = dual_modal.discriminator.get_layer("discriminator_text")
    before = fit.get_weights()
    logs = small.train(dual_modal, [batch], weight=1.0)
    assert logs["skipped_steps"] == 0 and logs["discriminator_loss"] > 0
    for old, new in zip(before, fit.get_weights(), strict=True):
        assert np.abs(new - old).max() > 0


def test_a_text_changes_what_is_said_of_its_own_columns(dual_modal, batch):
    def judge(labels, lengths):
        judged = dual_modal.judge(batch["clean"], labels, lengths)
        return keras.ops.convert_to_numpy(judged)

    labels, lengths = batch["labels"], batch["label_lengths"]
    told, untold = judge(labels, lengths), judge(labels, 0 * lengths)
    assert np.abs(told - untold).max() > 0
    other = judge(np.roll(labels, 1, 0), np.roll(lengths, 1, 0))
    assert np.abs(told - other).max() > 0
    # What follows the text is not of it.
    longer = np.pad(labels, ((0, 0), (0, 3)), constant_values=1)
    np.testing.assert_allclose(judge(longer, lengths), told, atol=1e-5)
    seeing = dual_modal.networks_in_float32()["discriminator"]
    assert len(seeing.inputs) == 1


def test_a_column_looks_at_the_characters_of_its_place():
    near = nearness(
        *map(keras.ops.convert_to_tensor, ([64.0, 40.0], [4.0, 4.0])),
        width=64,
        columns=4,
        longest=6,
    )
    places = keras.ops.convert_to_numpy(near).argmax(-1)
    assert places[0].tolist() == [0, 1, 2, 3]
    # The second line ends before the image does.
    assert places[1].tolist() == [0, 2, 3, 3]
