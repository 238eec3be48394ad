import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_htr_gan.networks.convolution import Convolution
from keras_htr_gan.networks.precision import calculating_in
from tests import small

pytestmark = pytest.mark.backend

SHAPE = (2, 9, 14, 3)


def networks(kernel):
    """The layer, and the convolution of Keras that it is."""
    image = keras.Input((None, None, SHAPE[-1]))
    both = [
        keras.Model(image, layer(image))
        for layer in (
            Convolution(5, kernel, activation="tanh"),
            layers.Conv2D(5, kernel, padding="same", activation="tanh"),
        )
    ]
    both[1].set_weights(both[0].get_weights())
    return both


@pytest.mark.parametrize("kernel", [1, 3, (1, 7)])
def test_is_the_convolution_of_keras(kernel, rng):
    images = rng.normal(size=SHAPE).astype("float32")
    small.assert_alike(networks(kernel), images)


@pytest.mark.skipif(keras.config.backend() != "torch", reason="torch alone")
def test_copies_nothing_of_an_image(rng, monkeypatch):
    from torch.nn import functional

    taken = []
    convolve = functional.conv2d

    def noting(images, *rest, **options):
        taken.append(images.data_ptr())
        return convolve(images, *rest, **options)

    images = ops.convert_to_tensor(rng.normal(size=SHAPE).astype("float32"))
    ours, _ = networks(3)
    monkeypatch.setattr(functional, "conv2d", noting)
    outputs = ours(images)
    assert taken == [images.data_ptr()] and outputs.is_contiguous()


def test_calculates_in_bfloat16_and_is_saved(rng, tmp_path):
    with calculating_in("bfloat16"):
        network, _ = networks(3)
    images = ops.convert_to_tensor(rng.normal(size=SHAPE).astype("float32"))
    outputs = network(images)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(ops.cast(loaded(images), "float32")),
        ops.convert_to_numpy(ops.cast(outputs, "float32")),
    )


def test_takes_no_geometry():
    with pytest.raises(TypeError, match="strides"):
        Convolution(5, 3, strides=2)
