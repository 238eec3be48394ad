import cv2
import numpy as np
import pytest

from keras_htr_gan.restoration.layout import (
    count_lines,
    find_writing_rows,
    is_line,
)
from tests.strips import STEP, draw_strip


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_lines_are_looked_for(lines):
    for seed in range(4):
        strip = draw_strip(lines, seed)
        # Of several, one may be too short beside the others.
        assert min(lines, 2) <= count_lines(strip) <= lines
        assert is_line(strip) == (lines == 1)


def test_a_large_line_is_a_line():
    line = cv2.resize(draw_strip(1), None, fx=5, fy=5)
    assert line.shape[0] > 380
    assert is_line(np.clip(line, 0, 1))


def test_neighbours_that_are_cut_do_not_count():
    three = draw_strip(3)
    assert is_line(three[STEP:-STEP])


def test_what_is_not_flat_is_a_page():
    assert not is_line(draw_strip(1)[:, :200])


def test_blank_paper_has_no_line(rng):
    paper = 0.9 + 0.01 * rng.normal(size=(64, 400)).astype("float32")
    assert count_lines(np.ones((64, 400), "float32")) == 0
    assert is_line(paper)


def test_the_rows_of_a_line_are_those_of_its_writing():
    line = np.ones((100, 400), "float32")
    line[40:60, 50:350] = 0.0
    line[20:80, 100:110] = 0.0  # an ascender and a descender
    line[5, 200] = 0.0  # a speck
    rows = find_writing_rows(line)
    assert rows.start == pytest.approx(20, abs=6)
    assert rows.stop == pytest.approx(80, abs=6)


def test_a_line_that_is_blank_keeps_its_rows():
    assert find_writing_rows(np.ones((40, 200), "float32")) == slice(0, 40)
