import csv

import pytest

from keras_htr_gan.callbacks.history_file import HistoryFile, read_history


def run(path, epochs, first=0):
    callback = HistoryFile(path)
    callback.on_train_begin()
    for epoch in range(first, epochs):
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {"loss": 0.1 * epoch, "weight": 0.0})


def test_one_row_an_epoch_counted_from_one(tmp_path):
    run(tmp_path / "history.csv", 3)
    assert read_history(tmp_path / "history.csv") == [
        {"epoch": i + 1, "loss": 0.1 * i, "weight": 0.0} for i in range(3)
    ]


def test_resuming_leaves_no_row_double_or_missing(tmp_path):
    path = tmp_path / "history.csv"
    run(path, 5)
    run(path, 7, first=3)
    assert [row["epoch"] for row in read_history(path)] == [*range(1, 8)]


def test_new_figures_get_a_column(tmp_path):
    path = tmp_path / "history.csv"
    callback = HistoryFile(path)
    callback.on_train_begin()
    for epoch, logs in enumerate([{"a": 1.0}, {"a": 2.0, "b": 3.0}]):
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, logs)
    with open(path) as file:
        assert next(csv.reader(file)) == ["epoch", "a", "b"]
    assert read_history(path)[0] == {"epoch": 1, "a": 1.0}


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss\n1,0.5\n2,half\n")
    with pytest.raises(ValueError, match="history.csv: row 2"):
        read_history(path)
