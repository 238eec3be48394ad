import keras
import numpy as np
import pytest
from keras import layers

from keras_htr_gan.networks.patches import FromPatches, Patches
from tests import small

pytestmark = pytest.mark.backend

SHAPE = (2, 9, 14, 3)
PLAIN = {"use_bias": False, "activation": "tanh"}


def pair(kind, **options):
    """The layer, and the convolution of Keras that it is, as networks."""
    image = keras.Input((None, None, SHAPE[-1]))
    own, usual = {
        "to": (Patches, layers.Conv2D),
        "from": (FromPatches, layers.Conv2DTranspose),
    }[kind]
    networks = [
        keras.Model(image, layer(image))
        for layer in (own(5, 4, **options), usual(5, 4, strides=4, **options))
    ]
    networks[1].set_weights(networks[0].get_weights())
    return networks


@pytest.mark.parametrize("options", [{}, PLAIN], ids=["", "plain"])
@pytest.mark.parametrize("kind", ["to", "from"])
def test_is_the_convolution_with_the_stride_of_its_kernel(kind, options, rng):
    images = rng.normal(size=SHAPE).astype("float32")
    small.assert_alike(pair(kind, **options), images)


@pytest.mark.parametrize("kind", ["to", "from"])
def test_is_saved_with_its_size(kind, rng, tmp_path):
    images = rng.normal(size=SHAPE).astype("float32")
    network, _ = pair(kind)
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(
        loaded.predict_on_batch(images), network.predict_on_batch(images)
    )
