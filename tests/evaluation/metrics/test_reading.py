import pytest

from keras_htr_gan.evaluation.metrics.reading import (
    character_error_rate,
    count_errors,
    count_pairs,
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


def test_errors_of_lines_add_up_to_the_rate():
    written = ["abcd", "", "efgh ij", "kl"]
    read = ["axcd", "noise", "fgh iij!", ""]
    errors, lengths = count_errors(written, read)
    assert errors == [1, 3, 2] and lengths == [4, 7, 2]
    rate = character_error_rate(written, read)
    assert sum(errors) / sum(lengths) == rate


def test_characters_are_paired_with_what_they_are_read_as():
    pairs = count_pairs(
        ["reader", "e\u0301te", "", "a b"], ["rcadcr", "ete.", "noise", "ab "]
    )
    changed = {pair: n for pair, n in pairs.items() if len({*pair}) == 2}
    assert changed == {
        ("e", "c"): 2,
        ("\u00e9", "e"): 1,
        ("", "."): 1,
        (" ", ""): 1,
    }
    assert sum(n for (written, _), n in pairs.items() if written == "e") == 3


def test_pairs_that_differ_are_all_errors():
    written = ["abcd", "efgh ij", "kl"]
    read = ["axcd", "fgh iij!", ""]
    pairs = count_pairs(written, read)
    changed = sum(n for (a, b), n in pairs.items() if a != b)
    assert changed == sum(count_errors(written, read)[0])
