import numpy as np
import pytest

from keras_htr_gan.evaluation.composing import KINDS, PITCH, write_lines
from keras_htr_gan.evaluation.invented import (
    erase_from,
    find_gaps,
    measure_invented,
)


def write(kind, number):
    rng = np.random.default_rng(number)
    line = np.ones((PITCH, 4 * PITCH), "float32")
    line[30:50, ::8] = 0.0
    ink = 1.0 - np.round(write_lines(kind, lambda: line, rng))
    return 0.5 + 0.3 * ink, ink


def test_a_gap_is_all_of_what_was_erased():
    kind = KINDS["plain"]
    ink, erased = write(kind, 0)[1], write(erase_from(kind), 0)[1]
    gaps = find_gaps(ink, erased)
    gone = (ink < 0.5) & (erased > 0.5)
    assert gone.sum() > 9 * 100 and not (gaps & (erased < 0.5)).any()
    assert (gone & gaps).sum() > 0.8 * gone.sum()


def test_ink_is_counted_where_there_is_none():
    ways = {
        "nothing": np.ones_like,
        "all": np.zeros_like,
        "true": lambda page: np.float32(page > 0.6),
    }
    papers = [np.full((50, 50), 0.9, "float32")]
    shares = measure_invented(ways, write, papers, 2)
    for place in ("blank paper", "erased words"):
        assert shares[place] == pytest.approx(
            {"nothing": 0.0, "all": 1.0, "true": 0.0}
        )
