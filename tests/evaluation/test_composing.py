import dataclasses

import numpy as np
import pytest

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.evaluation.composing import KINDS, Kind, compose_page

SOURCE = HandwritingSource("en", height=64, max_width=600)
SMALL = Kind(pitch=40, lines=3, columns=8)


def compose(kind, seed=3):
    rng = np.random.default_rng(seed)
    paper = np.full((100, 120), 0.8, "float32")
    return compose_page(
        kind, lambda: SOURCE[int(rng.integers(20))]["clean"], paper, rng
    )


def other(**attributes):
    return dataclasses.replace(SMALL, **attributes)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_composed_with_its_ink(name):
    kind = dataclasses.replace(KINDS[name], pitch=min(KINDS[name].pitch, 40))
    page, ink = compose(kind)
    assert page.shape == ink.shape and page.dtype == ink.dtype == "float32"
    assert 0 <= page.min() and page.max() <= 1
    assert set(np.unique(ink)) == {0, 1}
    assert 0.002 < np.mean(ink == 0) < 0.3
    same, _ = compose(kind)
    np.testing.assert_array_equal(page, same)
    seen = 1 - page if kind.negative else page
    light = np.median(seen[ink == 1])
    assert np.median(seen[ink == 0]) < light - 0.1


def test_the_other_side_is_no_ink_and_a_bed_is_none():
    plain, ink = compose(SMALL)
    through, same = compose(other(other_side=0.8))
    np.testing.assert_array_equal(ink, same)
    assert through[ink == 1].mean() < plain[ink == 1].mean() - 0.01
    bed, ink = compose(other(bed=True))
    assert bed.size > plain.size and bed[0].max() < 0.2 and ink[0].min() == 1


def test_a_broad_pen_leaves_more_ink_around_the_same():
    _, fine = compose(SMALL)
    _, broad = compose(other(pen=0.08))
    assert (broad[fine == 0] == 0).mean() > 0.99
    assert (broad == 0).sum() > 1.3 * (fine == 0).sum()


def test_a_word_stands_alone_and_small_writing_below():
    _, one = compose(other(lines=1, columns=14))
    _, word = compose(other(lines=1, columns=14, word=True))
    assert (word == 0).sum() < (one == 0).sum()
    _, mixed = compose(other(lines=4, below=0.4))
    _, level = compose(other(lines=4))
    assert len(mixed) < len(level)
