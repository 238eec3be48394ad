import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.commands.restore import restore
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import convert_to_grey
from keras_htr_gan.images.documents import Page
from keras_htr_gan.restoration.rendering import (
    PURPOSES,
    choose_rendering,
    render_page,
)
from keras_htr_gan.restoration.turning import TURNS


def test_what_is_written():
    grey = np.full((4, 4), 0.8, "float32")
    grey[1] = 0.4
    restored = np.ones((4, 4), "float32")
    restored[1] = 0.0
    colour = np.uint8(255 * np.stack([grey - 0.1, grey, grey + 0.1], -1))
    page = Page(grey, colour, None)
    written = render_page(page, restored)
    assert written.dtype == "uint8" and written[0, 0] == 255
    assert (
        render_page(page, restored, strength=0) == np.round(255 * grey)
    ).all()
    halfway = render_page(page, restored, strength=0.5)
    assert halfway[1, 0] == pytest.approx(51, abs=1)
    black = render_page(page, restored, mode="binarize")
    assert black.dtype == bool and black[0, 0] and not black[1, 0]
    ink = render_page(page, restored, mode="colour")
    assert (ink[0] == 255).all()
    assert ink[1, 0, 2] > ink[1, 0, 1] > ink[1, 0, 0]
    assert ink[1, 0].max() < 90
    unchanged = render_page(page, restored, strength=0, mode="colour")
    np.testing.assert_allclose(unchanged, colour, atol=1)


def test_ink_keeps_its_colour_where_its_grey_is_darker_than_it_looks(rng):
    colour = rng.integers(90, 200, (4, 4, 3), "uint8")
    grey = convert_to_grey(Image.fromarray(colour))
    restored = np.zeros((4, 4), "float32")
    expected = render_page(Page(grey, colour, None), restored, mode="colour")
    darker = Page(grey / 2, colour, None)
    written = render_page(darker, restored, mode="colour")
    np.testing.assert_array_equal(written, expected)
    assert (written.argmax(-1) == colour.argmax(-1)).all()


def test_borders_are_left_as_they_are_in_colour_alone():
    grey = np.full((4, 4), 0.8, "float32")
    colour = np.uint8(255 * np.stack([grey - 0.1, grey, grey + 0.1], -1))
    colour[:2] = 9
    borders = np.zeros((2, 2), bool)
    borders[0] = True
    page, restored = Page(grey, colour, None), np.ones((4, 4), "float32")
    written = render_page(page, restored, mode="colour", borders=borders)
    assert (written[:2] == 9).all() and (written[2:] == 255).all()
    assert (render_page(page, restored, borders=borders) == 255).all()


def test_a_purpose_says_how_pages_are_written_unless_that_is_said():
    assert choose_rendering("eyes") == PURPOSES["eyes"]
    readers = choose_rendering("readers")
    assert readers["mode"] == "colour" and readers["strength"] < 0.5
    assert choose_rendering("readers", 0.7) == {**readers, "strength": 0.7}
    black = choose_rendering("readers", mode="binarize")
    assert black["strength"] == 1.0 and black["mode"] == "binarize"
    with pytest.raises(UserError, match="`purpose`: 'ears' is none of eyes"):
        choose_rendering("ears")


def test_the_options_of_the_command_are_those_of_the_library():
    options = {option.name: option for option in restore.params}
    assert tuple(options["purpose"].type.choices) == tuple(PURPOSES)
    assert tuple(options["turn"].type.choices) == TURNS
    strength = PURPOSES["readers"]["strength"]
    assert f"readers {strength}]" in options["strength"].help
