import numpy as np
from PIL import Image

from keras_htr_gan.callbacks.history_file import HistoryFile
from keras_htr_gan.callbacks.training_curves import TrainingCurves, find_phases


def test_draws_the_history_after_each_epoch(tmp_path):
    history = HistoryFile(tmp_path / "history.csv")
    curves = TrainingCurves(history.path, tmp_path / "curves.png")
    history.on_train_begin()
    for epoch in range(3):
        logs = {
            "generator_loss": 3.0 - epoch,
            "ctc_weight": float(epoch),
            "val_CER": 0.5,
        }
        history.on_epoch_begin(epoch)
        history.on_epoch_end(epoch, logs)
        curves.on_epoch_end(epoch, logs)
        image = np.asarray(Image.open(tmp_path / "curves.png").convert("RGB"))
        assert image.shape[0] > 400 and image.std() > 10
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "curves.png",
        "history.csv",
    ]


def test_phases_follow_the_weight():
    weights = [0.0, 0.0, 1.0, 2.0, 3.0, 3.0, 3.0]
    rows = [{"epoch": i + 1, "ctc_weight": w} for i, w in enumerate(weights)]
    assert find_phases(rows) == [
        ("warm-up", 0.5, 2.5),
        ("annealing", 2.5, 4.5),
        ("full weight", 4.5, 7.5),
    ]
    assert find_phases(rows[:4])[-1] == ("annealing", 2.5, 4.5)
