import cv2
import numpy as np

from keras_htr_gan.images.scaling import (
    enlarge_rows,
    scale_line,
    scale_width,
    stretch_contrast,
)

# Steps of grey with no symmetry.
STEPS = np.zeros((24, 40), "float32")
STEPS[:8] = 1.0
STEPS[8:, 10:20] = 119 / 255
STEPS[16:, 30:] = 0.8


def test_lines_are_scaled_to_a_height_and_keep_their_shape():
    line = scale_line(STEPS, 12)
    assert line.shape == (12, 20)
    assert abs(line.mean() - STEPS.mean()) < 0.01
    larger = scale_line(STEPS, 48)
    assert larger.shape == (48, 80)
    assert 0 <= larger.min() and larger.max() <= 1


def test_very_wide_and_very_narrow_lines_have_a_width_all_the_same():
    assert scale_width(100_000, 10, 32) == 32 * 32
    assert scale_width(1, 1000, 32) == 8
    assert scale_width(1463, 96, 32) == 488


def test_contrast_is_stretched():
    pale = 0.5 + 0.2 * STEPS
    line = stretch_contrast(pale)
    assert line.min() == 0 and line.max() == 1
    blank = stretch_contrast(np.full((8, 8), 0.7, "float32"))
    assert np.isfinite(blank).all()


def test_rows_are_enlarged_as_the_whole_is(rng):
    values = rng.random((40, 30)).astype("float32")
    whole = cv2.resize(values, (97, 133))
    for top, bottom in ((0, 50), (50, 133)):
        part = enlarge_rows(values, slice(top, bottom), whole.shape)
        np.testing.assert_allclose(part, whole[top:bottom], atol=0.02)
