import keras
import numpy as np
import pytest

from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.blocks import split_ink
from keras_htr_gan.networks.contrast import (
    see_contrast,
    sees_contrast,
    widen,
)
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.pixels import PADDING
from tests import small

pytestmark = pytest.mark.backend


def test_contrast_is_of_the_line_alone(rng):
    image = keras.Input((None, None, 1))
    seen = keras.Model(image, see_contrast(*split_ink(image, "generator")))
    line = rng.random((1, 32, 64, 1)).astype("float32")
    wide = np.pad(
        line, [(0, 0)] * 2 + [(0, 32), (0, 0)], constant_values=PADDING
    )
    alone, padded = (keras.ops.convert_to_numpy(seen(x)) for x in (line, wide))
    np.testing.assert_allclose(padded[:, :, :64], alone, atol=1e-5)
    assert (padded[:, :, 64:] == 0).all()
    # Half as dark ink has half the contrast, and nearly as much of it compared
    # with what is around.
    faint = keras.ops.convert_to_numpy(seen(0.5 + 0.5 * line))
    np.testing.assert_allclose(2 * faint[..., :3], alone[..., :3], atol=1e-4)
    ratio = faint[..., 3].std() / alone[..., 3].std()
    assert 0.9 < ratio < 1.0


def test_a_wider_generator_gives_the_same_and_learns_from_what_it_sees(rng):
    image = rng.random((2, 32, 64, 1)).astype("float32")
    narrow = small.shaken(build_generator("least"))
    wider = build_generator("least", contrast=True)
    assert sees_contrast(wider) and not sees_contrast(narrow)
    widen(narrow, wider)
    np.testing.assert_allclose(
        wider.predict_on_batch(image),
        narrow.predict_on_batch(image),
        atol=1e-5,
    )
    before = wider.get_layer("generator_stem").get_weights()[0]
    assert not before[:, :, 1:].any()
    wider.compile("sgd", "mse")
    wider.train_on_batch(image, image)
    after = wider.get_layer("generator_stem").get_weights()[0]
    assert (after[:, :, 1:] != 0).any((0, 1, 3)).all()


def test_a_preset_says_whether_it_sees_contrast(rng, tmp_path):
    model = HTRGAN(
        small.shaken(build_generator("tiny", contrast=True)),
        build_discriminator("tiny"),
        Recognizer("abc", "tiny"),
    )
    model.save_to_preset(tmp_path / "preset")
    again = HTRGAN.from_preset(tmp_path / "preset")
    assert sees_contrast(again.generator)
    assert sees_contrast(again.in_float32().generator)
    image = rng.random((1, 32, 64, 1)).astype("float32")
    np.testing.assert_allclose(
        again.generator.predict_on_batch(image),
        model.generator.predict_on_batch(image),
        atol=0.05,
    )
