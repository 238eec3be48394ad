"""How far an error rate would vary if other pages had been read."""

import numpy as np

RESAMPLES = 10_000
BOUNDS = (2.5, 97.5)


def resample_rates(errors, characters, groups=None, rng=None):
    """Error rates of lines that are drawn anew, with replacement.

    Args:
        errors: float or int `(lines,)`, edits of each line; or how many more
            than before, which makes each rate a difference.
        characters: int `(lines,)`, that are written in it.
        groups: sequence of str, one a line: those of one page are drawn as a
            whole, as they fail together. `None` draws each line by itself.
        rng: `numpy.random.Generator`; by default always the same.

    Returns:
        float64 `(RESAMPLES,)`; `find_interval` tells their interval.

    Reference:
        Efron 1979, "Bootstrap methods: another look at the jackknife".
    """
    errors, characters = np.asarray(errors), np.asarray(characters)
    if groups is not None:
        _, group = np.unique(groups, return_inverse=True)
        errors = np.bincount(group, errors)
        characters = np.bincount(group, characters)
    rng = rng or np.random.default_rng(0)
    count = len(errors)
    draws = (rng.integers(count, size=count) for _ in range(RESAMPLES))
    return np.array([errors[d].sum() / characters[d].sum() for d in draws])


def find_interval(rates):
    """Where 95 % of `resample_rates` lie: two float, the bounds."""
    low, high = np.percentile(rates, BOUNDS)
    return float(low), float(high)
