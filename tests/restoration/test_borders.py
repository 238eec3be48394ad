import cv2
import numpy as np
import pytest

from keras_htr_gan.restoration.borders import (
    clear_borders,
    clear_outlines,
    cover_borders,
    enlarge_borders,
    find_borders,
)
from tests.strips import draw_strip


@pytest.fixture(scope="module")
def page():
    return np.float32(draw_strip(8, margin=60))


def lay_on_bed(page, wide, dark=0.05):
    bed = np.random.default_rng(0).normal(dark, 0.01, page.shape)
    bed[wide:-wide, wide:-wide] = page[wide:-wide, wide:-wide]
    return np.float32(np.clip(bed, 0, 1))


@pytest.mark.parametrize("wide", [12, 50])
def test_a_bed_is_found_and_comes_out_as_paper(page, wide):
    image = lay_on_bed(page, wide)
    borders = find_borders(image)
    bed = np.ones(page.shape, bool)
    bed[wide:-wide, wide:-wide] = False
    found = enlarge_borders(borders, page.shape)
    assert found[bed].mean() > 0.97
    # Its shadow is taken with it, and no more.
    assert found[~bed].mean() < 0.06
    covered = cover_borders(image, borders)
    assert covered[bed].min() > 0.5
    np.testing.assert_array_equal(covered[~found], image[~found])
    cleared = clear_borders(np.zeros(page.shape, "float32"), borders)
    assert cleared[bed].mean() > 0.97


def test_a_page_without_borders_is_left_alone(page):
    assert find_borders(page) is None
    assert cover_borders(page, None) is page


def test_a_dark_corner_that_is_written_on_is_paper(page):
    image = page.copy()
    image[:300, :400] *= 0.25
    assert find_borders(image) is None
    image[:300, :400] = 0.2
    assert find_borders(image)[:30, :30].all()


def test_writing_that_runs_off_the_page_is_ink(page):
    assert find_borders(np.ascontiguousarray(page[:, 100:-300])) is None


def test_a_blot_is_ink(page):
    image = page.copy()
    cv2.circle(image, (450, 330), 60, 0.02, -1)
    assert find_borders(image) is None


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_an_image_of_one_grey_has_no_borders(level):
    assert find_borders(np.full((300, 200), level, "float32")) is None


def test_the_mask_around_a_line_is_no_paper():
    line = np.float32(draw_strip(1))
    line[:, :150] = 0.0
    assert find_borders(line)[:, :10].all()


def test_outlines_are_cleared_and_writing_at_the_edge_is_not():
    page = np.float32(draw_strip(8, margin=20) > 0.5)
    framed = page.copy()
    cv2.rectangle(framed, (3, 3), (936, 644), 0.0, 4)
    framed[100:500, 930:] = 0.0
    cv2.line(framed, (900, 200), (940, 180), 0.0, 3)  # a word that touches it
    cleared = clear_outlines(framed.copy())
    assert cleared[180:210, 905:915].min() == 0
    cleared[150:230] = 1.0
    page[150:230] = 1.0
    assert cleared[:, 925:].mean() > 0.99 and cleared[:10].mean() > 0.99
    np.testing.assert_array_equal(cleared[20:-20, 20:-25], page[20:-20, 20:-25])
    np.testing.assert_array_equal(clear_outlines(page.copy()), page)


def test_a_table_that_fills_the_page_is_kept():
    table = np.ones((700, 900), "float32")
    for at in range(20, 700, 110):
        table[at : at + 3, 20:880] = 0.0
    for at in range(20, 900, 171):
        table[20:680, at : at + 3] = 0.0
    np.testing.assert_array_equal(clear_outlines(table.copy()), table)
