import numpy as np
import pytest

from keras_htr_gan.evaluation.metrics.resampling import (
    find_interval,
    resample_rates,
)

LINES, CHARACTERS = 400, 50


@pytest.fixture
def characters():
    return np.full(LINES, CHARACTERS)


def test_an_interval_is_as_wide_as_figures_of_other_lines_vary(rng, characters):
    def draw():
        return rng.poisson(5, LINES) - rng.poisson(10, LINES)

    low, high = find_interval(resample_rates(draw(), characters))
    others = [draw().sum() / characters.sum() for _ in range(2000)]
    expected = np.subtract(*np.percentile(others, (97.5, 2.5)))
    assert low < -0.1 < high
    assert high - low == pytest.approx(expected, rel=0.15)


def test_equal_readings_have_no_interval(characters):
    rates = resample_rates(np.zeros(LINES), characters)
    assert find_interval(rates) == (0.0, 0.0)


def test_lines_of_a_page_that_fail_together_say_less(rng):
    characters = rng.integers(30, 60, LINES)
    groups = [f"page {line // 20}" for line in range(LINES)]
    alike = np.repeat(rng.poisson(8, LINES // 20), 20)
    by_line, by_page = (
        np.subtract(*find_interval(resample_rates(alike, characters, some)))
        for some in (None, groups)
    )
    assert by_page < 3 * by_line  # Both are below 0: low less high.


def test_groups_of_one_line_are_lines(rng, characters):
    errors = rng.poisson(5, LINES)
    each = [f"{line:03d}" for line in range(LINES)]
    np.testing.assert_array_equal(
        resample_rates(errors, characters),
        resample_rates(errors, characters, each),
    )
