import json

import pytest

from keras_htr_gan.callbacks.history_file import HistoryFile
from keras_htr_gan.experiments.annealing_pictures import PANELS


def write_cell(folder, name, judge, weights=(0.0, 10.0), silent=0.0):
    """A finished cell of two epochs and 200 lines of 40 characters."""
    folder = folder / name
    folder.mkdir(parents=True)
    scores = {"CER": 0.2, "WER": 0.5, "judge_CER": judge, "judge_WER": 0.7}
    scores |= {"PSNR": 20.0, "SSIM": 0.9, "minutes": 3.0}
    (folder / "scores.json").write_text(json.dumps(scores))
    errors = "characters,recogniser,judge\n" + 200 * f"40,8,{40 * judge:.0f}\n"
    (folder / "errors.csv").write_text(errors)
    history = HistoryFile(folder / "history.csv")
    for epoch, weight in enumerate(weights):
        figures = dict.fromkeys(PANELS, 1.0)
        figures |= {"ctc_weight": weight, "CTC_loss": 9 * weight}
        figures |= {"silent_steps": silent if weight else 1.0}
        history.on_epoch_begin(epoch)
        history.on_epoch_end(epoch, figures)


@pytest.fixture
def cells(tmp_path):
    folder = tmp_path / "cells"
    write_cell(folder, "none_target10_seed0", 0.4, (0.0, 0.0))
    write_cell(folder, "annealed_target10_seed0", 0.3)
    write_cell(folder, "annealed_target30_seed0", 0.25)
    write_cell(folder, "on_off_bounded_target10_seed0", 0.35)
    write_cell(folder, "on_off_clipped_target10_seed0", 0.9, silent=0.75)
    write_cell(folder, "annealed_view_target10_seed0", 0.325)
    (folder / "annealed_target10_seed1").mkdir()
    for name in ("degraded", "clean"):
        write_cell(folder, name, 0.5)
    settings = ("epochs", "warmup_epochs", "steps_per_epoch", "batch_size")
    settings = dict.fromkeys((*settings, "max_width"), 2)
    settings |= {"degradation": "medium", "precision": "bfloat16"}
    settings |= {"reading_gradient_bound": 18.0}
    (folder / "settings.json").write_text(json.dumps(settings))
    return folder
