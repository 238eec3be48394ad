import numpy as np

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.evaluation.composing import PITCH
from keras_htr_gan.evaluation.sheets import Misfit, compose_sheet

SOURCE = HandwritingSource("en", height=48, max_width=300)
PLACED = Misfit()
PAPER = np.full((200, 200), 0.8, "float32")


def write(strength, misfit=PLACED, lines=2):
    rng = np.random.default_rng(2)
    return compose_sheet(
        lambda: SOURCE[int(rng.integers(20))],
        [PAPER],
        strength,
        misfit,
        rng,
        lines,
    )


def test_ink_comes_through_from_each_side_to_the_other():
    none, some = write(0.0), write(0.6)
    for image in (some.front, some.back):
        assert image.shape == some.ink.shape == some.other_ink.shape
        assert image.dtype == "float32" and 0 <= image.min() <= image.max() <= 1
    behind = (some.other_ink < 0.5) & (some.ink > 0.5)
    assert (none.front - some.front)[behind].mean() > 0.15
    here = (some.ink < 0.5) & (some.other_ink > 0.5)
    mirrored = [side.back[:, ::-1][here].mean() for side in (none, some)]
    assert mirrored[0] - mirrored[1] > 0.15
    assert len(some.texts) == len(some.tops) == 2
    for top in some.tops:
        assert (some.ink[top : top + PITCH] < 0.5).any()


def test_a_front_is_the_same_wherever_the_back_lies():
    plain, moved = write(0.5), write(0.5, Misfit(20, 1, 1.02, 3))
    np.testing.assert_array_equal(plain.front, moved.front)
    assert np.abs(plain.back - moved.back).mean() > 0.01


def test_a_front_may_be_blank():
    blank = write(0.5, lines=0)
    assert not (blank.ink < 0.5).any() and blank.texts == [] == blank.tops
