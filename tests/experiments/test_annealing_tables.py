import numpy as np
import pytest

from keras_htr_gan.experiments.annealing_tables import bootstrap, pair_seeds


class Cells:
    def __init__(self, seed, errors):
        self.cell = self
        self.seed = seed
        self.errors = {"characters": np.full(200, 40), "judge": errors}


def test_an_interval_holds_the_true_difference(rng):
    base = rng.poisson(8, 200)
    some = [Cells(seed, base + rng.poisson(2, 200)) for seed in range(3)]
    others = [Cells(seed, base) for seed in range(3)]
    mean, low, high = bootstrap(pair_seeds(some, others), "judge")
    assert low < mean < high
    assert mean == pytest.approx(0.05, abs=0.01) and low > 0.03
    assert bootstrap(pair_seeds(others, others), "judge") == (0.0, 0.0, 0.0)


def test_seeds_are_compared_with_their_like(rng):
    base = rng.poisson(8, 200)
    some = [Cells(0, base + 1), Cells(7, base + 99)]
    mean, low, high = bootstrap(pair_seeds(some, [Cells(0, base)]), "judge")
    assert mean == low == high == 1 / 40
