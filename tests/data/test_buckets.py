import numpy as np
import pytest

from keras_htr_gan.data.buckets import MOST, STEP, bucket_widths


def padding(widths, buckets):
    held = sum(next(b for b in buckets if b >= w) for w in widths)
    return 1 - np.sum(widths) / held


def test_padding_is_as_small_as_few_widths_allow(rng):
    widths = np.clip(rng.normal(450, 130, 2000), 60, 1000).astype(int)
    buckets = bucket_widths(widths)
    assert len(buckets) <= MOST
    assert all(b % STEP == 0 for b in buckets)
    assert list(buckets) == sorted(set(buckets))
    assert max(widths) <= buckets[-1] < max(widths) + STEP
    best = padding(widths, buckets)
    assert best < 0.15
    for _ in range(200):
        others = rng.choice(
            np.arange(64, buckets[-1], STEP), len(buckets) - 1, replace=False
        )
        assert best <= padding(widths, sorted([*others, buckets[-1]]))


@pytest.mark.parametrize(
    "widths, buckets",
    [([100], (112,)), ([160] * 5, (160,)), ([30, 31, 200], (32, 208))],
)
def test_no_more_widths_than_are_worth_it(widths, buckets):
    assert bucket_widths(np.array(widths)) == buckets
