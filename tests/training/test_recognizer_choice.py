import keras
import numpy as np
import pytest

from keras_htr_gan import presets
from keras_htr_gan.charset import Charset
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import LineFormat, pair_windows
from keras_htr_gan.errors import UserError
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.training import recognizer_choice
from keras_htr_gan.training.recognizer_choice import (
    find_recognizer,
    load_guide,
    train_once,
)

pytestmark = [
    pytest.mark.backend,
    pytest.mark.usefixtures("least_networks"),
]
SETTINGS = {"size": "tiny", "steps": 30, "seed": 0}


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return HandwritingSource("en", max_width=128)


def test_learns_once_and_is_then_found_again(source, tmp_path, monkeypatch):
    line_format = LineFormat(32, (128,), 32, Charset(source.characters()))
    first, path = train_once(source, line_format, **SETTINGS)
    batch = pair_windows(source, line_format, 16, seed=9)[0][0]
    before, after = (
        keras.ops.convert_to_numpy(
            reader.compute_loss(y=batch, y_pred=reader(batch["clean"]))
        )
        for reader in (Recognizer(source.characters()), first)
    )
    assert after < 0.8 * before
    assert tmp_path in path.parents and path.exists()
    assert [p.name for p in path.parent.iterdir()] == [path.name]

    def not_again(*args, **kwargs):
        raise AssertionError("trained twice")

    monkeypatch.setattr(recognizer_choice, "train_recognizer", not_again)
    second, _ = train_once(source, line_format, **SETTINGS)
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(AssertionError, match="trained twice"):
        train_once(source, line_format, **{**SETTINGS, "seed": 1})
    with pytest.raises(AssertionError, match="trained twice"):
        train_once(source, line_format, **SETTINGS, retrain=True)
    with pytest.raises(AssertionError, match="trained twice"):
        other = HandwritingSource("nl", max_width=128)
        train_once(other, line_format, **SETTINGS)
    with pytest.raises(AssertionError, match="trained twice"):
        monkeypatch.setitem(SIZES["tiny"].recognizer, "contexts", 9)
        train_once(source, line_format, **SETTINGS)


def test_the_shipped_one_is_used_where_it_knows_the_characters(
    source, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(presets, "SHIPPED", tmp_path / "shipped")
    shipped = Recognizer(source.characters())
    shipped.save_to_preset(tmp_path / "shipped" / "latin_tiny")
    line_format = LineFormat.covering([source], 32)
    options = {**SETTINGS, "retrain": False}

    found = find_recognizer([source], line_format, "en", **options)
    assert "latin_tiny, as shipped" in capsys.readouterr().out
    np.testing.assert_allclose(
        found.get_weights()[-2], shipped.get_weights()[-2], atol=1e-3
    )

    class TrainedAnother(Exception):
        pass

    def train_another(*args, **kwargs):
        raise TrainedAnother

    monkeypatch.setattr(recognizer_choice, "train_recognizer", train_another)
    french = HandwritingSource("fr", max_width=128)
    line_format = LineFormat.covering([french], 32)
    with pytest.raises(TrainedAnother):
        find_recognizer([french], line_format, "fr", **options)
    said = capsys.readouterr().out
    assert "does not know" in said and "œ" in said

    options["retrain"] = True
    line_format = LineFormat.covering([source], 32)
    with pytest.raises(TrainedAnother):
        find_recognizer([source], line_format, "en", **options)


def test_what_is_no_recogniser_is_named(tmp_path):
    path = tmp_path / "other.keras"
    with pytest.raises(UserError, match="no such file"):
        load_guide(path, "tiny")
    path.write_bytes(b"no archive")
    with pytest.raises(UserError, match="other.keras"):
        load_guide(path, "tiny")
    keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]).save(path)
    with pytest.raises(UserError, match="holds a Sequential"):
        load_guide(path, "tiny")
