import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_htr_gan.htr_gan import HTRGAN, READING_GRADIENT_BOUND
from keras_htr_gan.networks.precision import calculating_in
from keras_htr_gan.pairing import line_norms
from keras_htr_gan.pixels import PADDING
from tests import small

pytestmark = pytest.mark.backend

# As Keras chooses, and under XLA where that is another thing.
COMPILED = {"tensorflow": ["auto", True]}.get(keras.config.backend(), ["auto"])

LOGGED = {
    "generator_loss",
    "discriminator_loss",
    "pixel_loss",
    "adversarial_loss",
    "CTC_loss",
    "ctc_weight",
    "pixel_gradient_norm",
    "adversarial_gradient_norm",
    "CTC_gradient_norm",
    "bounded_lines",
    "unreadable_labels",
    "skipped_steps",
}


def numpy_weights(network):
    return [np.array(w) for w in network.get_weights()]


def test_logs_every_figure_and_the_sum_of_the_losses(model, batch):
    logs = small.train(model, [batch], weight=2.0)
    assert set(logs) == LOGGED
    assert logs["generator_loss"] == pytest.approx(
        10 * logs["pixel_loss"]
        + 0.2 * logs["adversarial_loss"]
        + 2 * logs["CTC_loss"],
        rel=1e-5,
    )
    assert logs["CTC_loss"] > 0 and logs["CTC_gradient_norm"] > 0


@pytest.mark.skipif(keras.config.backend() == "torch", reason="runs eagerly")
def test_no_step_is_traced_again(model, batch, monkeypatch):
    traced = []
    criticize = model.criticize

    def counted(logits, *rest):
        traced.append(logits.shape)
        return criticize(logits, *rest)

    monkeypatch.setattr(model, "criticize", counted)
    model.make_train_function(force=True)
    batches = [batch, small.batch(seed=1), batch]
    for weight in (0.0, 1.0):
        small.train(model, batches, weight=weight)
        first = len(traced)
    for weight in (2.0, 3.0):
        small.train(model, batches, weight=weight)
    assert 0 < first == len(traced)


def poisoned(batch, what):
    """The batch with a number in it that is none."""
    batch = {name: np.array(values) for name, values in batch.items()}
    name, value = what
    batch[name][1, 5, 7, 0] = value
    return batch


def poison_critic(gan):
    """Lets the reading loss of a batch that is marked be infinite."""
    ask = gan.guiding_loss

    def guiding_loss(logits, batch):
        marked = keras.ops.max(batch["degraded"]) > 100.0
        loss, losses = ask(logits, batch)
        return loss * keras.ops.where(marked, float("inf"), 1.0), losses

    gan.guiding_loss = guiding_loss


@pytest.fixture(scope="module")
def resting():
    """A model that learns nothing, for all tests."""
    return small.model(optimizer=keras.optimizers.SGD(0.0))


@pytest.mark.parametrize("what", [("degraded", -np.inf), ("clean", np.nan)])
def test_a_step_that_is_not_finite_changes_nothing(model, batch, what):
    good = small.batch(seed=1)
    small.train(model, [batch, good], weight=1.0)
    before = small.state(model)
    logs = small.train(model, [poisoned(batch, what)], weight=1.0)
    assert logs["skipped_steps"] == 1
    for a, b in zip(before, small.state(model), strict=True):
        np.testing.assert_array_equal(a, b)
    # What is good counts alone, in the figures too.
    alone = small.train(model, [good, poisoned(batch, what)], weight=1.0)
    assert alone["skipped_steps"] == 1
    assert all(np.isfinite(list(alone.values()))), alone
    assert alone["pixel_loss"] > 0


def test_an_infinite_reading_gradient_skips_the_step(batch):
    gan = small.model(reading_gradient_bound=None)
    poison_critic(gan)
    marked = poisoned(batch, ("degraded", 101.0))
    logs = small.train(gan, [marked, batch], weight=1.0)
    assert logs["skipped_steps"] == 1 and np.isfinite(logs["CTC_loss"])
    logs = small.train(gan, [marked], weight=0.0)
    assert logs["skipped_steps"] == 0  # the recogniser is not asked


def test_in_float32_all_of_it_is_in_float32(batch):
    with calculating_in("bfloat16"):
        gan = small.untrained()
        exact = gan.in_float32()
    images = batch["degraded"]
    assert exact.compute_dtype == "float32"
    expected = keras.ops.sigmoid(exact.generator(images))
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(exact(images)),
        keras.ops.convert_to_numpy(expected),
    )


def test_mixed_precision_skips_such_steps_too(batch):
    with calculating_in("bfloat16"):
        gan = small.model()
    small.train(gan, [batch], weight=1.0)
    before = small.state(gan)
    bad = poisoned(batch, ("degraded", np.nan))
    assert small.train(gan, [bad], weight=1.0)["skipped_steps"] == 1
    for a, b in zip(before, small.state(gan), strict=True):
        np.testing.assert_array_equal(a, b)
    assert small.train(gan, [batch], weight=1.0)["skipped_steps"] == 0


def test_validation_gives_the_true_reading_loss_in_the_warm_up(model, batch):
    model.ctc_weight.assign(0.0)
    logs = model.evaluate(small.Batches([batch]), verbose=0, return_dict=True)
    assert logs["CTC_loss"] > 0
    trained = small.train(
        model, [batch], validation_data=small.Batches([batch])
    )
    assert trained["CTC_loss"] == 0.0 and trained["val_CTC_loss"] > 0


@pytest.mark.parametrize("jit_compile", COMPILED)
def test_recogniser_is_not_run_while_its_weight_is_zero(
    model, batch, jit_compile
):
    gan = model
    if jit_compile != "auto":
        gan = small.model(compiled=False)
        optimizer = small.generator_discriminator_optimizer()
        gan.compile(optimizer, jit_compile=jit_compile)
    gan.recognizer.set_weights(
        [np.full_like(w, np.nan) for w in gan.recognizer.get_weights()]
    )
    logs = small.train(gan, [batch] * 3, weight=0.0)
    assert all(np.isfinite(list(logs.values()))), logs
    assert logs["CTC_loss"] == logs["CTC_gradient_norm"] == 0.0
    assert all(np.isfinite(w).all() for w in numpy_weights(gan.generator))
    assert logs["skipped_steps"] == 0
    assert small.train(gan, [batch], weight=1.0)["skipped_steps"] == 1


def test_recogniser_stays_as_it_is(model, batch):
    before = numpy_weights(model.recognizer)
    small.train(model, [batch] * 2, weight=1.0)
    for a, b in zip(before, numpy_weights(model.recognizer), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not model.recognizer.trainable_variables


def test_generator_gradient_is_that_of_the_weighted_total(batch, eagerly):
    gan = small.model(
        optimizer=keras.optimizers.SGD(1.0), reading_gradient_bound=None
    )
    gan.ctc_weight.assign(3.0)
    batch = {name: ops.convert_to_tensor(a) for name, a in batch.items()}

    def total(logits):
        return (
            10.0 * gan.pixel_loss(logits, batch)
            + 0.2 * gan.adversarial_loss(logits, batch)
            + 3.0 * gan.reading_loss(logits, batch)
        )

    expected = small.ordinary_gradients(
        gan.generator, lambda: total(gan.generator(batch["degraded"]))
    )
    before = numpy_weights(gan.generator)
    small.train(gan, [batch], weight=3.0)
    for a, b, g in zip(
        before, numpy_weights(gan.generator), expected, strict=True
    ):
        np.testing.assert_allclose(a - b, g, atol=1e-5 * np.abs(g).max() + 1e-6)


def test_reading_gradient_is_bounded_line_by_line(model, rng):
    pixel = rng.normal(size=(3, 8, 8, 1)).astype("float32")
    reading = pixel[::-1] * np.array([0.1, 5.0, 50.0]).reshape(3, 1, 1, 1)
    bounded, over = model.bound(
        ops.convert_to_tensor(reading.astype("float32")),
        line_norms(ops.convert_to_tensor(pixel)),
    )
    lengths = ops.convert_to_numpy(line_norms(bounded))
    limits = ops.convert_to_numpy(line_norms(ops.convert_to_tensor(pixel)))
    np.testing.assert_array_equal(ops.convert_to_numpy(over), [0, 1, 1])
    np.testing.assert_allclose(lengths[1:], limits[1:], rtol=1e-5)
    np.testing.assert_allclose(bounded[0], reading[0], rtol=1e-6)


def test_bound_is_applied_before_the_weight(resting, batch, eagerly):
    one = small.train(resting, [batch], weight=1.0)
    ten = small.train(resting, [batch], weight=10.0)
    assert one["bounded_lines"] == 1.0
    assert ten["CTC_gradient_norm"] == pytest.approx(
        10 * one["CTC_gradient_norm"], rel=1e-4
    )
    assert ten["CTC_gradient_norm"] == pytest.approx(
        ten["pixel_gradient_norm"], rel=1e-4
    )


def test_labels_that_cannot_be_aligned_are_counted(model, batch):
    batch["labels"][0] = 1
    batch["label_lengths"][0] = small.LONGEST
    batch["widths"][0] = 4 * (2 * small.LONGEST - 2)  # a frame too few
    batch["label_lengths"][1] = 0
    logs = small.train(model, [batch] * 2, weight=1.0)
    assert logs["unreadable_labels"] == 2  # one line, two steps
    assert all(np.isfinite(list(logs.values()))), logs
    batch["label_lengths"][:] = 0
    logs = small.train(model, [batch], weight=1.0)
    assert logs["unreadable_labels"] == 0 and logs["CTC_loss"] == 0.0
    assert all(np.isfinite(list(logs.values()))), logs
    assert all(np.isfinite(w).all() for w in numpy_weights(model.generator))


def test_padding_is_seen_by_no_loss(resting, batch, eagerly):
    batch["widths"][:] = 40
    expected = small.train(resting, [batch], weight=1.0)
    batch["clean"][:, :, 40:] = 0.5
    changed = small.train(resting, [batch], weight=1.0)
    for name in ("pixel_loss", "adversarial_loss", "CTC_loss"):
        assert changed[name] == pytest.approx(expected[name], rel=1e-6)


def test_a_line_has_the_same_losses_alone_and_padded(resting, rng, eagerly):
    losses = []
    for network in (
        resting.generator,
        resting.discriminator,
        resting.recognizer,
    ):
        network.set_weights(
            [rng.normal(0, 0.05, v.shape) for v in network.weights]
        )
    line = small.batch(1)
    for width in (48, 112):
        batch = dict(line)
        batch["widths"][:] = 45
        batch["label_lengths"][:] = 5
        for name in ("degraded", "clean"):
            image = np.full((1, 32, width, 1), PADDING, "float32")
            image[:, :, :45] = line[name][:, :, :45]
            batch[name] = image
        losses.append(small.train(resting, [batch], weight=1.0))
    assert losses[0]["CTC_loss"] > 0
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_each_variable_has_its_own_optimizer(model):
    model.optimizer.build(model.trainable_variables)
    generator, discriminator = model.optimizer.optimizers
    assert (generator.name, discriminator.name) == (
        "generator",
        "discriminator",
    )
    for network, own in (
        (model.generator, generator),
        (model.discriminator, discriminator),
    ):
        assert [v.path for v in own._trainable_variables] == [
            v.path for v in network.trainable_variables
        ]


def test_saved_and_loaded_it_goes_on_exactly(tmp_path, model):
    gan, batches = model, [small.batch(seed=i) for i in range(2)]
    assert gan.reading_gradient_bound not in (None, READING_GRADIENT_BOUND)
    small.train(gan, batches, weight=4.0)
    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert float(loaded.ctc_weight.value) == 4.0
    assert loaded.reading_gradient_bound == gan.reading_gradient_bound
    assert not loaded.recognizer.trainable_variables
    assert loaded.recognizer.charset == gan.recognizer.charset
    expected = small.train(gan, batches, weight=4.0)
    resumed = small.train(loaded, batches, weight=4.0)
    assert resumed == pytest.approx(expected, rel=1e-6)
    for a, b in zip(
        numpy_weights(gan.generator) + numpy_weights(gan.discriminator),
        numpy_weights(loaded.generator) + numpy_weights(loaded.discriminator),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8)


def test_compiles_with_the_usual_optimizers(tmp_path, model, batch, eagerly):
    gan = small.model(compiled=False)
    gan.compile()
    assert [o.name for o in gan.optimizer.optimizers] == [
        "generator",
        "discriminator",
    ]
    model.set_weights(gan.get_weights())
    logs = small.train(gan, [batch] * 2, weight=1.0)
    assert logs == small.train(model, [batch] * 2, weight=1.0)

    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert int(loaded.optimizer.iterations) == 2
    for a, b in zip(small.state(gan), small.state(loaded), strict=True):
        np.testing.assert_array_equal(a, b)


def test_compiles_as_any_model_of_keras(tmp_path, batch, eagerly):
    gan = small.model(compiled=False)
    gan.compile(keras.optimizers.SGD(0.5), jit_compile=False)
    assert not gan.jit_compile
    # On JAX every operation of such a step is compiled by itself; that one
    # trains like this is seen in tests/distribution/test_devices.py.
    if keras.config.backend() != "jax":
        small.train(gan, [batch], weight=1.0)
    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert not loaded.jit_compile
    assert isinstance(loaded.optimizer, keras.optimizers.SGD)
    assert float(loaded.optimizer.learning_rate) == 0.5
    gan.compile("sgd")
    assert isinstance(gan.optimizer, keras.optimizers.SGD)


def test_several_steps_per_execution(model, batch):
    gan = small.model(compiled=False)
    optimizer = small.generator_discriminator_optimizer()
    gan.compile(optimizer, steps_per_execution=2)
    if keras.config.backend() == "torch":
        with pytest.raises(ValueError, match="steps_per_execution"):
            small.train(gan, [batch] * 4)
        return
    gan.set_weights(model.get_weights())
    expected = small.train(model, [batch] * 4, weight=1.0)
    logs = small.train(gan, [batch] * 4, weight=1.0)
    assert logs == pytest.approx(expected, rel=1e-3)


def test_rows_around_a_line_are_seen_and_not_judged(resting, batch, eagerly):
    def loss(rows):
        around = np.pad(
            batch["degraded"],
            ((0, 0), (rows, rows), (0, 0), (0, 0)),
            constant_values=PADDING,
        )
        around[:, :rows] = around[:, -rows or rows :] = paper
        return small.train(resting, [batch | {"degraded": around}])

    names = ("pixel_loss", "discriminator_loss", "adversarial_loss")
    alone = small.train(resting, [batch])
    paper = PADDING
    padded = loss(16)
    paper = 0.0
    inked = loss(16)
    for name in names:
        assert padded[name] == pytest.approx(alone[name], rel=1e-5)
    assert inked["pixel_loss"] != pytest.approx(alone["pixel_loss"], rel=1e-4)
    with pytest.raises(ValueError, match="an odd number"):
        odd = np.pad(batch["degraded"], ((0, 0), (0, 3), (0, 0), (0, 0)))
        resting.train_on_batch(batch | {"degraded": odd})


NO_BATCHES = {
    "images": lambda b: {"x": b["degraded"]},
    "targets": lambda b: {"x": b["degraded"], "y": b["clean"]},
    "too little": lambda b: {"x": {"degraded": b["degraded"]}},
    "a generator": lambda b: {
        "x": (x for x in [(b | {"widths": b["clean"]},)])
    },
}


@pytest.mark.parametrize("wrong", NO_BATCHES)
def test_says_what_a_batch_is_and_loses_nothing(model, batch, wrong):
    before = small.state(model)
    criticized = model.criticize
    try:
        model.criticize = None  # nothing is traced
        with pytest.raises(ValueError, match="a tuple of one dict"):
            model.fit(**NO_BATCHES[wrong](batch), shuffle=False, verbose=0)
    finally:
        model.criticize = criticized
    with pytest.raises(ValueError, match="a tuple of one dict"):
        model.evaluate(**NO_BATCHES[wrong](batch), verbose=0)
    for a, b in zip(before, small.state(model), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_generator_of_another_shape_is_named(batch):
    image = keras.Input((None, None, 1))
    gan = small.model(compiled=False)
    mine = keras.Model(image, layers.Conv2D(1, 2, 2)(image), name="mine")
    gan = HTRGAN(mine, gan.discriminator, gan.recognizer)
    gan.compile()
    with pytest.raises(ValueError, match=r"`generator` \(mine\): \(.*16, 32"):
        gan.train_on_batch(batch)
    assert all(np.isfinite(w).all() for w in mine.get_weights())


@pytest.mark.parametrize("option", ["loss", "metrics", "weighted_metrics"])
def test_refuses_other_losses(model, option):
    with pytest.raises(ValueError, match=f"`{option}`: HTRGAN has losses"):
        model.compile(**{option: ["mse"]})
    with pytest.raises(ValueError, match=f"`{option}`: Recognizer has losses"):
        model.recognizer.compile("adam", **{option: ["mse"]})


def test_refuses_networks_whose_lines_depend_on_their_batch():
    image = keras.Input((None, None, 1))
    network = keras.Model(
        image, layers.BatchNormalization()(layers.Conv2D(1, 3)(image))
    )
    good = small.model(compiled=False)
    with pytest.raises(ValueError, match="`generator` .*LayerNormalization"):
        HTRGAN(network, good.discriminator, good.recognizer)


@pytest.mark.parametrize(
    "options", [{"pixel_loss_weight": -1}, {"reading_gradient_bound": -1}]
)
def test_refuses_negative_weights(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        small.model(**options)


def test_restores_images_between_ink_and_paper(model, batch):
    restored = model.predict(batch["degraded"], verbose=0)
    assert restored.shape == batch["degraded"].shape
    assert restored.min() >= 0 and restored.max() <= 1


@pytest.mark.backend
def test_callbacks_of_keras_stop_and_take_up_a_training(
    model, batch, tmp_path, monkeypatch
):
    """`EarlyStopping` at the first epoch, `BackupAndRestore` after it."""
    # Keras keeps here where the backup was, for each training that follows.
    monkeypatch.setattr(model, "_initial_epoch", None)
    stopping = keras.callbacks.EarlyStopping(
        "pixel_loss", min_delta=1e9, mode="min"
    )
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    monkeypatch.setattr(backup, "on_train_end", lambda logs=None: None)
    began = []
    counting = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: began.append(epoch)
    )
    callbacks = [stopping, backup, counting]
    small.train(model, [batch], epochs=5, callbacks=callbacks)
    assert began == [0, 1]
    state = small.state(model)
    small.train(model, [batch], epochs=1)
    again = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    small.train(model, [batch], epochs=3, callbacks=[again, counting])
    assert began == [0, 1, 2]
    assert int(model.optimizer.iterations) == 3
    assert any(
        (a != b).any() for a, b in zip(state, small.state(model), strict=True)
    )
