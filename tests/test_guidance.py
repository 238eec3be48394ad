import keras
import numpy as np
import pytest
from keras import ops

from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.recognizer import Recognizer
from tests import small

FORMS = ("features", "both")


@pytest.fixture
def batch():
    return small.batch()


def tensors(batch):
    return {name: ops.convert_to_tensor(a) for name, a in batch.items()}


def numbers(values):
    return ops.convert_to_numpy(values)


@pytest.mark.backend
@pytest.mark.parametrize("guidance", FORMS)
def test_the_gradient_is_that_of_the_form_named(guidance, batch, eagerly):
    gan = small.model(
        optimizer=keras.optimizers.SGD(1.0),
        reading_gradient_bound=None,
        guidance=guidance,
    )
    lines = tensors(batch)

    def total(logits):
        restored, clean = (
            gan.seeing(images, training=False)[0]
            for images in (gan.restored(logits, lines), lines["clean"])
        )
        axes = (1, 2, 3)
        apart = ops.sum(ops.square(restored - clean), axes)
        reading = ops.mean(apart / ops.sum(ops.square(clean), axes))
        if guidance == "both":
            reading = reading + gan.reading_loss(logits, lines)
        return (
            10.0 * gan.pixel_loss(logits, lines)
            + 0.2 * gan.adversarial_loss(logits, lines)
            + 3.0 * reading
        )

    expected = small.ordinary_gradients(
        gan.generator, lambda: total(gan.generator(lines["degraded"]))
    )
    before = gan.generator.get_weights()
    logs = small.train(gan, [batch], weight=3.0)
    small.assert_descended(before, gan.generator, expected)
    reading = logs["feature_loss"]
    if guidance == "both":
        reading += logs["CTC_loss"]
    assert logs["generator_loss"] == pytest.approx(
        10 * logs["pixel_loss"] + 0.2 * logs["adversarial_loss"] + 3 * reading,
        rel=1e-4,
    )


@pytest.mark.backend
def test_ctc_is_told_as_ever_and_the_warm_up_is_silent(batch):
    ever, other = small.model(), small.model(guidance="features")
    other.set_weights(ever.get_weights())
    for weight in (0.0, 2.0):
        figures = [
            small.train(m, [batch], weight=weight) for m in (ever, other)
        ]
        for name in ("CTC_loss", "pixel_loss"):
            assert figures[1][name] == pytest.approx(figures[0][name], rel=1e-4)
        names = "CTC_loss", "feature_loss", "CTC_gradient_norm"
        if weight == 0.0:
            assert not any(figures[1][name] for name in names)
            # Both have learnt the same, without a reader.
            other.set_weights(ever.get_weights())
        else:
            assert all(figures[1][name] > 0 for name in names)


def test_features_of_a_clean_line_are_at_no_distance(batch):
    gan = small.model(guidance="features", compiled=False)
    batch["label_lengths"][3] = 0
    logits = 40.0 * (batch["clean"] - 0.5)
    same = gan.look(logits, tensors(batch))["feature"]
    np.testing.assert_allclose(numbers(same), 0.0, atol=1e-4)
    blank = gan.look(np.full_like(logits, 20.0), tensors(batch))["feature"]
    assert (numbers(blank)[:3] > 1e-3).all() and numbers(blank)[3] == 0.0


def test_a_line_without_a_twin_is_guided_by_its_text(batch):
    gan = small.model(
        guidance="features", faithfulness_loss_weight=1.0, compiled=False
    )
    batch["paired"] = np.array([1, 1, 1, 0], "int32")
    logits = np.zeros_like(batch["clean"])
    loss, lines = gan.guiding_loss(logits, tensors(batch))
    feature, ctc = numbers(lines["feature"]), numbers(lines["CTC"])
    assert feature[3] == 0.0 < ctc[3]
    assert float(loss) == pytest.approx((sum(feature) + ctc[3]) / 4, rel=1e-4)


def test_it_is_kept_and_owns_no_weights(tmp_path):
    gan = small.model(guidance="both", compiled=False)
    assert len(gan.weights) == len(small.model(compiled=False).weights)
    assert gan.seeing is gan.seeing
    gan.save(tmp_path / "gan.keras")
    again = HTRGAN.from_preset(tmp_path / "gan.keras")
    assert again.guidance == "both"
    for a, b in zip(gan.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_cannot_guide_is_refused():
    with pytest.raises(ValueError, match="guidance must be one of ctc, fea"):
        small.model(guidance="eyes")
    judge = Recognizer(small.CHARACTERS, "judge")
    with pytest.raises(ValueError, match="size judge has no features"):
        small.model(recognizer=judge, guidance="features")
