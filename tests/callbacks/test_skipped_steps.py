import csv

import numpy as np
import pytest

from keras_htr_gan.callbacks.skipped_steps import SkippedSteps
from tests import small

pytestmark = pytest.mark.backend


def train(gan, batches, path, limit=20):
    callback = SkippedSteps(
        path, batches.__getitem__, lambda row: str(sum(row)), 3, limit
    )
    gan.ctc_weight.assign(1.0)
    gan.fit(
        small.Batches(batches[:3]),
        epochs=2,
        callbacks=[callback],
        shuffle=False,
        verbose=0,
    )
    return callback


def bad(seed):
    batch = small.batch(seed=seed)
    batch["degraded"][2, 0, 0, 0] = np.nan
    return batch


def test_lines_of_skipped_steps_are_noted(model, tmp_path):
    batches = [small.batch(seed=0), bad(1), small.batch(seed=2)] * 2
    callback = train(model, batches, tmp_path / "skipped.csv")
    assert not callback.gave_up
    with open(tmp_path / "skipped.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2"] * 4 + ["5"] * 4
    assert [row["not finite in"] for row in rows[:4]] == [
        "",
        "",
        "degraded",
        "",
    ]
    length = batches[1]["label_lengths"][0]
    assert rows[0]["label"] == str(batches[1]["labels"][0, :length].sum())


def test_many_in_a_row_end_the_training(model, tmp_path):
    before = small.state(model)
    callback = train(model, [bad(i) for i in range(6)], tmp_path / "s.csv", 4)
    assert callback.gave_up and callback.in_a_row >= 4
    for a, b in zip(before, small.state(model), strict=True):
        np.testing.assert_array_equal(a, b)
