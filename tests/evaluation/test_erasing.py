import cv2
import numpy as np
import pytest

from keras_htr_gan.evaluation.erasing import SPANS, erase_span

ROWS = 80


def write(words=((20, 110), (150, 260), (300, 330)), paper=1.0):
    """Loops of ink that hang together within words: float32."""
    line = np.full((ROWS, 400), paper, "float32")
    for start, stop in words:
        cv2.line(line, (start, 52), (stop - 1, 52), 0.0, 3)
        for x in range(start + 10, stop - 5, 22):
            cv2.ellipse(line, (x, 42), (7, 11), 0, 0, 360, 0.0, 3)
    return line


def removed(line, kind, seed):
    erased = erase_span(line, kind, np.random.default_rng(seed))
    return (line < 0.5) & (erased >= 0.5), erased


@pytest.mark.parametrize("seed", range(4))
def test_a_word_is_removed_whole_and_nothing_else(seed):
    line = write()
    gone, erased = removed(line, "words", seed)
    columns = np.flatnonzero(gone.any(axis=0))
    # The third is too short for a word, and may be a mark.
    assert (columns[0], columns[-1] + 1) in ((18, 112), (148, 262))
    inside = np.s_[:, columns[0] : columns[-1] + 1]
    assert not (erased[inside] < 0.5).any()
    gone[inside] = False
    assert not gone.any()


@pytest.mark.parametrize("seed", range(4))
def test_a_letter_is_as_wide_as_one(seed):
    line = write()
    gone, erased = removed(line, "letters", seed)
    columns = np.flatnonzero(gone.any(axis=0))
    assert 0.2 * ROWS <= np.ptp(columns) + 1 <= 0.65 * ROWS
    assert (erased < 0.5).sum() > 0.7 * (line < 0.5).sum()


@pytest.mark.parametrize("seed", range(4))
def test_of_a_half_stroke_the_other_half_stays(seed):
    line = write()
    gone, erased = removed(line, "half strokes", seed)
    columns = np.flatnonzero(gone.any(axis=0))
    letter = np.s_[:, columns[0] : columns[-1] + 1]
    left = np.flatnonzero((erased[letter] < 0.5).any(axis=1))
    rows = np.flatnonzero(gone.any(axis=1))
    assert len(left) and (rows[-1] < left[0] or left[-1] < rows[0])


@pytest.mark.parametrize("kind", SPANS)
def test_what_lies_under_it_is_the_paper_round_about(kind, rng):
    line = np.minimum(write(), np.linspace(1.0, 0.8, 400, dtype="float32"))
    gone, erased = removed(line, kind, 1)
    paper = np.broadcast_to(np.linspace(1.0, 0.8, 400), line.shape)
    assert np.abs(erased[gone] - paper[gone]).max() < 0.03
    # And what was erased ends without a shadow.
    assert not ((erased > 0.1) & (erased < 0.7)).any()


def test_ruling_does_not_join_words():
    line = write()
    line[60] = 0.4
    assert removed(line, "words", 0)[0].any()


@pytest.mark.parametrize("kind", SPANS)
def test_a_line_must_have_other_ink(kind, rng):
    assert erase_span(np.ones((ROWS, 300), "float32"), kind, rng) is None
    assert erase_span(write(((20, 110),)), kind, rng) is None
