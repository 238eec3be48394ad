import keras
import numpy as np
import pytest
from keras import ops

from keras_htr_gan.pairing import FOUND_FIGURES, line_norms
from keras_htr_gan.pixels import PADDING
from tests import small

pytestmark = pytest.mark.backend


def unpaired(**options):
    return small.model(**{"faithfulness_loss_weight": 10.0} | options)


@pytest.fixture
def mixed():
    """Two pairs and two lines as found, whose upper half is paper."""
    batch = small.batch()
    batch["paired"] = np.array([1, 0, 1, 0], "int32")
    for line in (1, 3):
        batch["clean"][line] = 0.0
        batch["clean"][line, : small.HEIGHT // 2] = 1.0
    return batch


def tensors(batch):
    return {name: ops.convert_to_tensor(a) for name, a in batch.items()}


def test_pairs_alone_train_exactly_as_ever(eagerly):
    batches = [small.batch(seed=i) for i in range(3)]
    # Adam would make as much of a gradient that is only rounded as of others.
    ever, other = (
        make(optimizer=keras.optimizers.SGD(0.1))
        for make in (small.model, unpaired)
    )
    other.set_weights(ever.get_weights())
    ones = {"paired": np.ones(4, "int32")}
    logs = small.train(ever, batches, weight=2.0)
    found = small.train(other, [b | ones for b in batches], weight=2.0)
    for name in FOUND_FIGURES:
        assert found.pop(name) == 0.0
    assert found == pytest.approx(logs, rel=1e-6)
    for a, b in zip(
        ever.generator.get_weights() + ever.discriminator.get_weights(),
        other.generator.get_weights() + other.discriminator.get_weights(),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_generator_gradient_is_that_of_the_terms_named(mixed, eagerly):
    gan = unpaired(
        optimizer=keras.optimizers.SGD(1.0),
        reading_gradient_bound=None,
        faithfulness_loss_weight=7.0,
    )
    batch = tensors(mixed)
    pairs = {name: a[::2] for name, a in mixed.items() if name != "paired"}
    alone = small.model(compiled=False)
    alone.set_weights(gan.get_weights())

    def total(logits):
        ink = ops.softplus(-logits[1::2, : small.HEIGHT // 2])
        return (
            10.0 * alone.pixel_loss(logits[::2], tensors(pairs))
            + 0.2 * gan.adversarial_loss(logits, batch)
            + 3.0 * gan.reading_loss(logits, batch)
            + 7.0 * ops.sum(ink) / (2 * small.HEIGHT * small.WIDTH)
        )

    expected = small.ordinary_gradients(
        gan.generator, lambda: total(gan.generator(batch["degraded"]))
    )
    before = gan.generator.get_weights()
    logs = small.train(gan, [mixed], weight=3.0)
    small.assert_descended(before, gan.generator, expected)
    assert logs["faithfulness_loss"] > 0 < logs["CTC_loss_as_found"]


def test_discriminator_learns_what_is_clean_from_pairs_alone(mixed, eagerly):
    gan = unpaired(optimizer=keras.optimizers.SGD(0.0))
    loss = small.train(gan, [mixed])["discriminator_loss"]
    mixed["clean"][1::2] = 0.3
    assert small.train(gan, [mixed])["discriminator_loss"] == loss
    mixed["clean"][::2] = 0.3
    assert small.train(gan, [mixed])["discriminator_loss"] != loss


def test_reading_losses_are_told_apart(mixed, eagerly):
    gan = unpaired(optimizer=keras.optimizers.SGD(0.0))
    logs = small.train(gan, [mixed], weight=1.0)
    for name, lines in (
        ("CTC_loss", slice(0, None, 2)),
        ("CTC_loss_as_found", slice(1, None, 2)),
    ):
        some = {key: a[lines] for key, a in mixed.items()}
        batch = tensors(some | {"paired": np.ones(2, "int32")})
        logits = gan.generator(batch["degraded"])
        expected = float(ops.stop_gradient(gan.reading_loss(logits, batch)))
        assert logs[name] == pytest.approx(expected, rel=1e-4)
    assert small.train(gan, [mixed])["CTC_loss_as_found"] == 0.0


def test_a_line_as_found_is_bounded_by_the_mean_of_the_pairs(mixed):
    gan, batch = unpaired(), tensors(mixed)
    rng = np.random.default_rng(0)
    gradient = rng.normal(size=mixed["clean"].shape).astype("float32")
    gradient *= np.array([1.0, 50.0, 2.0, 70.0]).reshape(4, 1, 1, 1)
    gradient = ops.convert_to_tensor(gradient)
    norms = ops.convert_to_numpy(gan.pixel_norms(gradient, batch))
    own = ops.convert_to_numpy(line_norms(gradient))
    mean = (own[0] + own[2]) / 2
    np.testing.assert_allclose(norms, [own[0], mean, own[2], mean], rtol=1e-5)


def test_padding_is_not_taken_for_paper(mixed):
    gan = unpaired()
    logits = ops.convert_to_tensor(
        np.random.default_rng(0).normal(size=mixed["clean"].shape), "float32"
    )
    loss = float(gan.faithfulness_loss(logits, tensors(mixed)))
    wide = {
        name: np.pad(a, ((0, 0), (0, 0), (0, 16), (0, 0))) if a.ndim == 4 else a
        for name, a in mixed.items()
    }
    wide["clean"][:, :, -16:] = PADDING
    padded = np.pad(
        ops.convert_to_numpy(logits), ((0, 0), (0, 0), (0, 16), (0, 0))
    )
    found = gan.faithfulness_loss(ops.convert_to_tensor(padded), tensors(wide))
    assert float(found) == pytest.approx(loss, rel=1e-5)


def test_saved_and_loaded_it_takes_them_as_well(tmp_path):
    gan = unpaired(
        compiled=False, faithfulness_loss_weight=3.0, context_rows=16
    )
    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.faithfulness_loss_weight == 3.0
    assert loaded.context_rows == 16
    assert set(FOUND_FIGURES) <= set(loaded.trackers)


def test_a_model_of_pairs_refuses_others(mixed):
    with pytest.raises(ValueError, match="faithfulness_loss_weight"):
        small.train(small.model(), [mixed])
