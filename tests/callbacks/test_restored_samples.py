import numpy as np
from PIL import Image

from keras_htr_gan.callbacks.restored_samples import (
    RestoredSamples,
    sample_sheet,
)


def rows(model=None):
    ink, paper = np.zeros((32, 50)), np.ones((32, 50))
    row = {
        "degraded": 0.5 * paper,
        "restored": ink,
        "clean": paper,
        "text": "écrit",
        "reading": "lu",
        "degraded_reading": "",
    }
    return [row, row]


def test_sheet_has_the_three_images_side_by_side():
    sheet = np.asarray(sample_sheet(rows()))
    values, counts = np.unique(sheet, return_counts=True)
    shown = dict(zip(values.tolist(), counts.tolist(), strict=True))
    pixels = 2 * (64 * 100)
    assert shown[128] >= pixels and shown[0] >= pixels


def test_writes_chosen_epochs_and_the_last(tmp_path):
    callback = RestoredSamples(tmp_path / "samples", rows, every=2)
    callback.set_params({"epochs": 5})
    callback.on_train_begin()
    for epoch in range(5):
        callback.on_epoch_end(epoch)
    assert sorted(p.name for p in (tmp_path / "samples").iterdir()) == [
        "epoch_0002.png",
        "epoch_0004.png",
        "epoch_0005.png",
    ]
    Image.open(tmp_path / "samples" / "epoch_0005.png").verify()
