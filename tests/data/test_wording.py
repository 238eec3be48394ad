import pytest

from keras_htr_gan.data.wording import shorten, to_one_line


@pytest.mark.parametrize(
    ("text", "line"),
    (
        ("a  b\n\tc", "a b c"),
        ("file\udce9.png", "file?.png"),
        ("\x1b[31mred\0", "?[31mred?"),
        (ValueError("of two\nlines"), "of two lines"),
    ),
)
def test_whatever_it_is_it_stays_on_one_line(text, line):
    assert to_one_line(text) == line


def test_only_long_texts_are_shortened():
    assert shorten("x" * 80) == "x" * 80
    assert shorten("x" * 81) == "x" * 77 + "..."
