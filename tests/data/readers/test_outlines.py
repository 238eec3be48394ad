import numpy as np
import pytest

from keras_htr_gan.data.readers.outlines import cut_line
from tests import pages
from tests.data.readers.xml_files import BOX


def test_the_margin_fades(tmp_path, drawn):
    image, outlines = pages.draw_page(drawn)
    left, top, right, bottom = pages.box_of(outlines[1])
    alone, _ = pages.draw_page(drawn, only=1)
    cut = cut_line(image, outlines[1], margin=3)
    expected = alone[top - 3 : bottom + 3, left - 3 : right + 3]
    assert cut.shape == expected.shape
    assert pages.difference(cut, expected) < 2
    assert np.array_equal(cut[3:-3, 3:-3], expected[3:-3, 3:-3])


def test_what_is_outside_the_polygon_is_paper():
    image = np.full((60, 80), 20, "uint8")
    image[20:40, 10:70] = 180
    cut = cut_line(image, ((10, 20), (69, 20), (10, 39)), margin=0)
    assert cut.shape == (20, 60)
    assert (cut == 180).all()


@pytest.mark.parametrize("margin", (0, 2, 50))
def test_a_cut_ends_where_the_page_ends(margin):
    image = np.full((30, 40), 200, "uint8")
    cut = cut_line(image, ((0, 0), (39, 0), (39, 29), (0, 29)), margin)
    assert np.array_equal(cut, image)


def test_cutting_off_the_page_or_another_dtype_is_an_error():
    image = np.zeros((30, 40), "uint8")
    with pytest.raises(ValueError, match="not on the 40x30 page"):
        cut_line(image, ((50, 5), (60, 5), (60, 9)))
    with pytest.raises(ValueError, match="not on the 40x30 page"):
        cut_line(image, ((-50, 5), (-40, 5), (-40, 9)))
    with pytest.raises(ValueError, match="float32"):
        cut_line(image.astype("float32"), BOX)
