import numpy as np
import pytest

from keras_htr_gan.charset import Charset
from keras_htr_gan.reading.confidence import decode_frames, read_with_confidence
from keras_htr_gan.reading.lines import read
from keras_htr_gan.runtimes.onnx_models import OnnxRecognizer


def logits_of(labels, sure, classes=4):
    """Frames in which a label has a probability, and others share the rest."""
    rest = (1 - np.asarray(sure)) / (classes - 1)
    logits = np.tile(np.log(rest)[:, None], (1, classes))
    logits[np.arange(len(labels)), labels] = np.log(sure)
    return logits.astype("float32")


def test_a_character_is_as_sure_as_its_best_frame():
    # b b - b c, the blank being 0.
    logits = logits_of([2, 2, 0, 2, 3, 0], [0.5, 0.9, 0.99, 0.6, 0.7, 0.4])
    reading = decode_frames(logits, ("a", "b", "c"), 1 / 6)
    assert reading.text == "bbc"
    sure = [c.confidence for c in reading.characters]
    assert sure == pytest.approx([0.9, 0.6, 0.7], abs=1e-5)
    assert reading.confidence == pytest.approx(2.2 / 3, abs=1e-5)
    places = [(c.start, c.stop) for c in reading.characters]
    expected = [(0, 1 / 3), (0.5, 2 / 3), (2 / 3, 5 / 6)]
    np.testing.assert_allclose(places, expected)


def test_words_reach_from_space_to_space():
    logits = logits_of([1, 1, 2, 3, 1, 2], [0.9, 0.9, 0.8, 0.6, 0.9, 0.7])
    reading = decode_frames(logits, (" ", "a", "b"), 1 / 6)
    assert reading.text == " ab a"
    words = reading.words()
    assert [word.text for word in words] == ["ab", "a"]
    assert [word.confidence for word in words] == pytest.approx([0.7, 0.7])
    places = [(word.start, word.stop) for word in words]
    np.testing.assert_allclose(places, [(1 / 3, 2 / 3), (5 / 6, 1)])


def test_nothing_has_no_confidence():
    reading = decode_frames(logits_of([0, 0], [0.9, 0.9]), "abc", 0.5)
    assert (reading.text, reading.confidence, reading.words()) == ("", 0.0, [])
    assert decode_frames(np.zeros((0, 4), "float32"), "abc", 1).text == ""


@pytest.mark.backend
def test_keras_reads_what_it_says_it_is_sure_of(preset, rng):
    from keras_htr_gan.networks.recognizer import Recognizer

    reader = Recognizer.from_preset(preset)
    lines = [rng.random((40, n), "float32") for n in (200, 333, 50)]
    readings = read_with_confidence(reader, lines)
    assert [r.text for r in readings] == read(reader, lines)
    assert any(r.text for r in readings)
    assert all(0 <= r.confidence <= 1 for r in readings)


def test_onnx_is_as_sure_as_keras(exported, preset, rng):
    from keras_htr_gan.networks.recognizer import Recognizer

    lines = [rng.random((40, n), "float32") for n in (200, 333)]
    one = read_with_confidence(OnnxRecognizer(exported["recognizer"]), lines)
    other = read_with_confidence(Recognizer.from_preset(preset), lines)
    assert [r.text for r in one] == [r.text for r in other]
    assert [r.confidence for r in one] == pytest.approx(
        [r.confidence for r in other], abs=1e-3
    )


def test_labels_are_those_of_the_charset():
    charset = Charset("bca")
    logits = logits_of([1, 2, 3], [0.9] * 3)
    reading = decode_frames(logits, charset.characters, 1 / 3)
    assert reading.text == charset.decode([1, 2, 3])
