import numpy as np
import pytest

from keras_htr_gan.charset import Charset


def test_round_trip_leaves_the_blank_alone():
    charset = Charset("hello wörld")
    labels = charset.encode("wörld hello")
    assert labels.dtype == np.int32 and labels.min() == 1
    assert charset.decode(labels) == "wörld hello"
    assert charset.decode([0, *labels, -1, 0]) == "wörld hello"
    assert charset.classes == len(charset) + 1


def test_accents_are_one_character_however_typed():
    charset = Charset("\u00e9t")
    assert charset.characters == ("t", "\u00e9")
    assert charset.encode("\u00e9").tolist() == [2]
    assert "\u00e9" in charset


def test_marks_that_do_not_compose_stay_with_their_letter():
    charset = Charset("x\u0302q\u0323\u0302")
    assert charset.characters == ("q\u0323\u0302", "x\u0302")
    assert charset.encode("x\u0302x\u0302").tolist() == [2, 2]
    assert "x" not in charset
    assert charset.decode([1, 2]) == "q\u0323\u0302x\u0302"


def test_a_lone_mark_stays_a_mark():
    charset = Charset(["e", "z", "\u0301"])
    assert charset.characters == ("e", "z", "\u0301")
    assert Charset(charset.characters) == charset


def test_a_character_is_one():
    with pytest.raises(ValueError, match="ab"):
        Charset(["ab"])


def test_the_nearest_text_has_base_letters_or_nothing():
    assert Charset("abce ").nearest("\u00e9ab\ufb01\u00df c") == "eab c"


def test_equal_sets_are_equal_charsets():
    assert Charset("cab") == Charset("abcc")


def test_unknown_characters_are_named():
    with pytest.raises(ValueError, match="'ß'"):
        Charset("abc").encode("aßb")
    assert Charset("abc").unknown("aßß") == {"ß": 2}


def test_needs_a_character():
    with pytest.raises(ValueError, match="at least one"):
        Charset("")
