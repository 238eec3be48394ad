import pytest

from keras_htr_gan.metrics.reading import (
    character_error_rate,
    word_error_rate,
)


def test_rates_count_edits_over_all_lines():
    assert character_error_rate(["abcd", "ef"], ["abxd", ""]) == 3 / 6
    assert word_error_rate(["one two", "three"], ["one to", "three"]) == 1 / 3


def test_forms_of_one_character_are_equal():
    assert character_error_rate(["\u00e9"], ["e\u0301"]) == 0.0


def test_lines_without_a_text_are_left_out():
    assert character_error_rate(["ab", ""], ["ab", "noise"]) == 0.0
    with pytest.raises(ValueError, match="no line has a text"):
        character_error_rate([""], ["a"])


def test_lists_must_match():
    with pytest.raises(ValueError):
        character_error_rate(["a"], [])
