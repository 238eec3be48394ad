import keras
import numpy as np
import pytest

from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.pixels import PADDING
from keras_htr_gan.sizes import RESTORING, SIZES

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("size", RESTORING)
def test_sizes_fit_together_and_name_their_layers(size):
    height = SIZES[size].height
    images = keras.KerasTensor((2, height, 4 * height, 1))
    generator, discriminator = build_generator(size), build_discriminator(size)
    for network in (generator, discriminator):
        for variable in network.variables:
            named = variable.path.startswith(f"{network.name}_")
            assert named, variable.path
    assert generator(images).shape == images.shape
    assert discriminator(images).shape == (2, height // 16, height // 4, 1)
    recognizer = Recognizer("abc", size)
    logits = recognizer(images)
    assert logits.shape == (2, 4 * height // recognizer.frame_width, 4)
    assert (
        int(recognizer.frame_lengths(np.array([4 * height]))[0])
        == (logits.shape[1])
    )


def test_a_line_is_the_same_in_any_batch(rng):
    images = rng.random((3, 32, 64, 1)).astype("float32")
    for network in (
        build_generator("tiny"),
        build_discriminator("tiny"),
        Recognizer("abc", "tiny"),
    ):
        together = network.predict_on_batch(images)
        alone = network.predict_on_batch(images[1:2])
        np.testing.assert_allclose(together[1:2], alone, atol=1e-5)


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(size, marks=[pytest.mark.slow] if size == "base" else [])
        for size in RESTORING
    ],
)
def test_a_line_is_the_same_however_it_is_padded(size, rng):
    height = SIZES[size].height
    recognizer = Recognizer("abc", size)
    width = 2 * height + 5
    line = rng.random((1, height, width, 1)).astype("float32")
    for network, stride, axis in (
        (build_generator(size), 1, 2),
        (build_discriminator(size), 16, 2),
        (recognizer, recognizer.frame_width, 1),
    ):
        network.set_weights(
            [w + rng.normal(0, 0.05, w.shape) for w in network.get_weights()]
        )
        results = []
        for padded_width in (2 * height + 16, 4 * height):
            right = padded_width - width
            image = np.pad(
                line,
                ((0, 0), (0, 0), (0, right), (0, 0)),
                constant_values=PADDING,
            )
            result = network.predict_on_batch(image)
            columns = range(-(-width // stride))
            results.append(np.take(result, columns, axis))
        np.testing.assert_allclose(*results, atol=1e-4)
        assert results[0].std() > 0.1


def test_recogniser_survives_saving(tmp_path, rng):
    recognizer = Recognizer("xyz äö", "tiny")
    recognizer.save(tmp_path / "recognizer.keras")
    loaded = keras.saving.load_model(tmp_path / "recognizer.keras")
    images = rng.random((1, 32, 64, 1)).astype("float32")
    assert loaded.charset == recognizer.charset
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(loaded(images)),
        keras.ops.convert_to_numpy(recognizer(images)),
        atol=1e-6,
    )


def test_training_mode_changes_no_reading(rng):
    recognizer = Recognizer("abc")
    images = rng.random((2, 32, 64, 1), dtype="float32")
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(recognizer(images, training=True)),
        keras.ops.convert_to_numpy(recognizer(images, training=False)),
    )


def test_greedy_decoding_merges_repeats_and_drops_blanks():
    recognizer = Recognizer("abc", "tiny")
    best = np.array([[1, 1, 0, 1, 2, 2, 0, 3], [3, 3, 0, 0, 1, 1, 2, 3]])
    logits = np.eye(4, dtype="float32")[best] * 9
    labels = recognizer.decode(logits, np.array([32, 16], "int32"))
    texts = [
        recognizer.charset.decode(row)
        for row in keras.ops.convert_to_numpy(labels)
    ]
    assert texts == ["aabc", "c"]


@pytest.mark.parametrize("build", [build_generator, build_discriminator])
def test_an_unknown_size_lists_those_there_are(build):
    with pytest.raises(ValueError, match="tiny, small, base"):
        build("huge")
    with pytest.raises(ValueError, match="tiny, small, base"):
        Recognizer("abc", "huge")
