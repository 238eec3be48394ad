import numpy as np
import pytest

from keras_htr_gan.charset import LATIN, Charset, strip_invisible


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


def test_signs_of_old_hands_are_what_stands_on_the_page():
    old = "ve\u017ftige pr\u00ac M\u02b3 \ua751 1\u1d49\u00a0a\u2014"
    assert Charset(LATIN).nearest(old) == "vestige pr- Mr p 1e a\u2013"
    assert Charset("\u00ac\u017f").nearest("\u00ac\u017f") == "\u00ac\u017f"


def test_equal_sets_are_equal_charsets():
    assert Charset("cab") == Charset("abcc")


def test_unknown_characters_are_named():
    with pytest.raises(ValueError, match="'ß'"):
        Charset("abc").encode("aßb")
    assert Charset("abc").unknown("aßß") == {"ß": 2}


def test_needs_a_character():
    with pytest.raises(ValueError, match="at least one"):
        Charset("")


@pytest.mark.parametrize(
    "text, seen",
    [
        ("cafe\u0301", "caf\u00e9"),
        ("\ufeffone", "one"),
        ("a\u200bb\u2060c\u200ed\u202ae\u2069", "abcde"),
        ("bell\x07 nul\0", "bell nul"),
        # Spaces are for whoever splits the words.
        ("two\n lines\tand\u2028more", "two\n lines\tand\u2028more"),
        # Letters look otherwise beside these.
        (
            "\u0645\u06cc\u200c\u0634\u0648\u0645",
            "\u0645\u06cc\u200c\u0634\u0648\u0645",
        ),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        # A soft hyphen is drawn where a line ends.
        ("Buch\u00adstabe", "Buchstabe"),
        ("auf\u00ad", "auf-"),
        ("auf\u00ad\u200b ", "auf-"),
        ("auf-\u00ad", "auf-"),
        ("auf\u00ac\u00ad", "auf\u00ac"),
        # Of another script, and of a font alone; both are seen.
        ("\u05e9\u05dc\u05d5\u05dd \ueada", "\u05e9\u05dc\u05d5\u05dd \ueada"),
    ],
)
def test_what_cannot_be_seen_is_left_out(text, seen):
    assert strip_invisible(text) == seen
