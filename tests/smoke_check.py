"""Checks what the smoke test's run wrote: python -m tests.smoke_check RUN"""

import math
import sys
from pathlib import Path

from keras_htr_gan.callbacks.history_file import read_history
from keras_htr_gan.callbacks.loss_annealing import annealed_weight
from tests.offline_run import offline_run_file, read_offline_run

LARGEST_LOSS = 200.0


def check(run_dir):
    """Raises AssertionError, naming the epoch, where the run is not right."""
    rows = read_history(Path(run_dir) / "history.csv")
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5, 6]
    for row in rows:
        where = f"epoch {row['epoch']}: {row}"
        assert all(map(math.isfinite, row.values())), where
        weight = annealed_weight(row["epoch"], 10.0, 2, 3)
        assert math.isclose(row["ctc_weight"], weight, rel_tol=1e-6), where
        if weight == 0.0:
            assert row["CTC_loss"] == row["CTC_gradient_norm"] == 0.0, where
        else:
            assert row["CTC_loss"] > 0.0, where
            assert row["CTC_gradient_norm"] > 0.0, where
        assert row["generator_loss"] <= LARGEST_LOSS, where
        assert row["val_CTC_loss"] > 0.0, where

    logged = read_offline_run(offline_run_file(run_dir))["history"]
    assert [entry["epoch"] for entry in logged] == [1, 2, 3, 4, 5, 6]
    for row, entry in zip(rows, logged, strict=True):
        for name, value in row.items():
            assert math.isclose(entry[name], value, rel_tol=1e-6), name
    print(f"{run_dir}: {len(rows)} epochs as scheduled, in W&B as on disk")


if __name__ == "__main__":
    check(sys.argv[1])
