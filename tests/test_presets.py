import json

import keras
import numpy as np
import pytest

from keras_htr_gan.charset import LATIN
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.errors import UserError
from keras_htr_gan.evaluation.metrics.reading import character_error_rate
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.presets import SHIPPED, shipped_presets
from keras_htr_gan.reading.lines import read
from tests import small


@pytest.fixture
def recognizer():
    return small.shaken(Recognizer(LATIN))


@pytest.mark.backend
def test_a_recogniser_comes_back_as_it_was(recognizer, rng, tmp_path):
    recognizer.save_to_preset(tmp_path / "preset", card="# A card\n")
    again = Recognizer.from_preset(tmp_path / "preset")
    assert again.charset == recognizer.charset and again.size == "tiny"
    image = rng.random((2, 32, 64, 1)).astype("float32")
    one, two = recognizer(image), again(image)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(one),
        keras.ops.convert_to_numpy(two),
        atol=0.02,
    )
    assert (tmp_path / "preset" / "README.md").read_text() == "# A card\n"
    size = sum(f.stat().st_size for f in (tmp_path / "preset").iterdir())
    assert size < 2.1 * recognizer.count_params()


@pytest.mark.backend
def test_a_gan_comes_back_with_its_settings(recognizer, rng, tmp_path):
    model = HTRGAN(
        small.shaken(build_generator()),
        small.shaken(build_discriminator()),
        recognizer,
        reading_gradient_bound=None,
        pixel_loss_weight=3.0,
    )
    model.save_to_preset(tmp_path / "preset")
    again = HTRGAN.from_preset(tmp_path / "preset", pixel_loss_weight=4.0)
    assert again.reading_gradient_bound is None
    assert again.pixel_loss_weight == 4.0
    assert not again.recognizer.trainable_variables
    image = rng.random((2, 32, 64, 1)).astype("float32")
    for name in ("generator", "discriminator", "recognizer"):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(getattr(model, name)(image)),
            keras.ops.convert_to_numpy(getattr(again, name)(image)),
            atol=0.05,
        )


@pytest.mark.backend
def test_a_run_and_a_file_are_loaded_by_the_same_name(recognizer, tmp_path):
    model = HTRGAN(
        small.shaken(build_generator()),
        small.shaken(build_discriminator()),
        recognizer,
        pixel_loss_weight=3.0,
    )
    model.compile()
    model.save(tmp_path / "model.keras")
    again = HTRGAN.from_preset(tmp_path / "model.keras")
    assert again.pixel_loss_weight == 3.0 and not again.compiled
    other = HTRGAN.from_preset(tmp_path / "model.keras", label_smoothing=0.8)
    assert (other.pixel_loss_weight, other.label_smoothing) == (3.0, 0.8)
    for loaded in (again, other):
        for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    run = tmp_path / "run"
    model.save_to_preset(run / "preset")
    assert HTRGAN.from_preset(run).pixel_loss_weight == 3.0
    assert Recognizer.from_preset(str(run)).charset == recognizer.charset

    with pytest.raises(UserError, match="holds a HTRGAN, not a Recognizer"):
        Recognizer.from_preset(tmp_path / "model.keras")
    recognizer.save(tmp_path / "reader.keras")
    reader = Recognizer.from_preset(tmp_path / "reader.keras")
    assert reader.charset == recognizer.charset
    with pytest.raises(UserError, match="reader.keras: holds a Recognizer"):
        HTRGAN.from_preset(tmp_path / "reader.keras")
    with pytest.raises(UserError, match="model.keras: .*no_such_option"):
        HTRGAN.from_preset(tmp_path / "model.keras", no_such_option=1)


def test_what_is_no_model_is_named(tmp_path):
    path = tmp_path / "other.keras"
    for kind in (Recognizer, HTRGAN):
        with pytest.raises(UserError, match="other.keras: no such file"):
            kind.from_preset(path)
    path.write_bytes(b"no archive")
    for kind in (Recognizer, HTRGAN):
        with pytest.raises(UserError, match="other.keras: cannot be loaded"):
            kind.from_preset(path)
    keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]).save(path)
    for kind in (Recognizer, HTRGAN):
        with pytest.raises(UserError, match="holds a Sequential, not a"):
            kind.from_preset(path)


def test_other_networks_are_refused(recognizer, tmp_path):
    model = HTRGAN(build_generator("small"), build_discriminator(), recognizer)
    with pytest.raises(ValueError, match="generator is not that of size tiny"):
        model.save_to_preset(tmp_path / "preset")
    assert not (tmp_path / "preset").exists()


def test_what_is_damaged_is_named(recognizer, tmp_path):
    folder = tmp_path / "preset"
    recognizer.save_to_preset(folder)
    weights = folder / "recognizer.safetensors"
    whole = weights.read_bytes()

    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(UserError, match="recognizer.safetensors: the checksum"):
        Recognizer.from_preset(folder)
    weights.unlink()
    with pytest.raises(UserError, match="recognizer.safetensors: No such"):
        Recognizer.from_preset(folder)
    weights.write_bytes(whole)

    (folder / "charset.json").write_text(json.dumps(list("abc")))
    with pytest.raises(UserError, match="does not fit.*recognizer_logits"):
        Recognizer.from_preset(folder)
    (folder / "charset.json").write_text("not JSON")
    with pytest.raises(UserError, match="charset.json"):
        Recognizer.from_preset(folder)
    (folder / "config.json").write_text('{"format": 99, "networks": {}}')
    with pytest.raises(UserError, match="config.json"):
        Recognizer.from_preset(folder)


def test_what_is_missing_is_named(recognizer, tmp_path):
    with pytest.raises(UserError, match="latin_huge: no preset"):
        Recognizer.from_preset("latin_huge")
    recognizer.save_to_preset(tmp_path / "preset")
    with pytest.raises(UserError, match="has no generator, only recognizer"):
        HTRGAN.from_preset(tmp_path / "preset")


def test_a_run_that_has_not_ended_names_its_best(tmp_path):
    best = tmp_path / "checkpoints" / "best.keras"
    best.parent.mkdir()
    best.touch()
    with pytest.raises(UserError, match=f"has not ended.*, {best}"):
        HTRGAN.from_preset(tmp_path)


def test_only_a_preset_is_replaced(recognizer, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").write_text("dear")
    with pytest.raises(UserError, match="not a preset"):
        recognizer.save_to_preset(tmp_path / "letters")
    assert (tmp_path / "letters" / "mine.txt").read_text() == "dear"
    recognizer.save_to_preset(tmp_path / "preset", card="old")
    recognizer.save_to_preset(tmp_path / "preset", card="new")
    assert (tmp_path / "preset" / "README.md").read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["letters", "preset"]


def test_weights_beyond_float16_are_refused(recognizer, tmp_path):
    recognizer.weights[0].assign(
        np.full(recognizer.weights[0].shape, 1e6, "float32")
    )
    with pytest.raises(UserError, match="does not fit float16"):
        recognizer.save_to_preset(tmp_path / "preset")
    assert not (tmp_path / "preset").exists()


@pytest.mark.backend
def test_another_charset_keeps_what_is_known(recognizer, rng):
    other, fresh = recognizer.with_charset("abcñ→☃")
    assert fresh == ["→", "☃"]
    image = rng.random((1, 32, 64, 1)).astype("float32")
    before = keras.ops.convert_to_numpy(recognizer(image))
    after = keras.ops.convert_to_numpy(other(image))
    old = [0, *recognizer.charset.encode("abcñ")]
    new = [0, *other.charset.encode("abcñ")]
    np.testing.assert_allclose(before[..., old], after[..., new], atol=1e-5)


@pytest.mark.parametrize("name", shipped_presets())
def test_shipped_recognisers_read(name):
    reader = Recognizer.from_preset(name)
    assert set(LATIN) <= set(reader.charset.characters)
    source = HandwritingSource("fr", "test", height=reader.height)
    lines = [source[i] for i in range(24)]
    readings = read(reader, [line["clean"] for line in lines])
    texts = [line["text"] for line in lines]
    assert character_error_rate(texts, readings) < 0.1


def test_what_is_shipped_is_small_and_says_where_it_is_from():
    assert shipped_presets()
    size = sum(f.stat().st_size for f in SHIPPED.rglob("*"))
    assert size < 20 * 2**20
    for name in shipped_presets():
        card = (SHIPPED / name / "README.md").read_text(encoding="utf-8")
        for word in ("CC-BY 4.0", "Limits", "pretrain", "Seed", "CER"):
            assert word in card, word
