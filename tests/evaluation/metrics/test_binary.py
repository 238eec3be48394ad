import numpy as np
import pytest

from keras_htr_gan.evaluation.metrics.binary import NAMES, score_ink


def test_measures_of_known_ink():
    clean = np.ones((20, 20), "float32")
    clean[5:15, 5:15] = 0
    found = clean.copy()
    found[5:15, 5:10] = 1  # half of the ink is gone
    scores = score_ink([clean], [found])
    assert scores["F-measure"] == pytest.approx(100 * 2 / 3, abs=0.1)
    assert scores["NRM"] == pytest.approx(0.25, abs=0.01)
    assert scores["binary PSNR"] == pytest.approx(10 * np.log10(8), abs=0.01)
    assert 0.6 < scores["MCC"] < 0.7 and scores["DRD"] > 0
    assert set(scores) == {*NAMES.values(), "pseudo F-measure"}


def test_edges_count_less_in_the_pseudo_measure():
    clean = np.ones((40, 40), "float32")
    clean[10:30, 10:19] = 0
    thin = clean.copy()
    thin[:, [10, 11, 17, 18]] = 1
    scores = score_ink([clean], [thin])
    assert scores["pseudo F-measure"] > scores["F-measure"] + 10
    assert score_ink([clean], [clean])["pseudo F-measure"] == 100


def test_perfect_and_empty_images():
    clean = np.ones((20, 20), "float32")
    assert score_ink([clean], [clean]) == {}
    clean[5:15, 5:15] = 0
    perfect = score_ink([clean], [clean])
    assert perfect["F-measure"] == 100 and perfect["DRD"] == 0
    assert all(np.isfinite(list(perfect.values())))
    blank = score_ink([clean], [np.ones_like(clean)])
    assert blank["F-measure"] == 0
    assert all(np.isfinite(list(blank.values())))
