import cv2
import pytest

from keras_htr_gan.errors import UserError
from keras_htr_gan.training.lines import TrainingLines
from keras_htr_gan.training.settings import Settings

SHORT = {"batch_size": 2, "seed": 1}


@pytest.fixture
def scan(tmp_path, rng):
    page = rng.integers(190, 200, (500, 1200), "uint8")
    cv2.imwrite(str(tmp_path / "scan.png"), page)
    return tmp_path


def test_lines_lie_on_the_paper_of_scans(scan, capsys):
    plain = TrainingLines(Settings(**SHORT), 32)
    assert plain.format.paper == () and capsys.readouterr().out == ""
    lines = TrainingLines(Settings(paper=str(scan), **SHORT), 32)
    told = capsys.readouterr().out
    assert told == "Paper: 3 blank parts of 1 scanned pages\n"
    assert len(lines.format.paper) == 3
    lines.spell_with(lines.format.charset)
    assert len(lines.format.paper) == 3
    changed = [
        (one["degraded"] != other["degraded"]).any()
        for one, other in zip(
            plain.fixed("validation", 8, 1).lines,
            lines.fixed("validation", 8, 1).lines,
            strict=True,
        )
    ]
    assert sum(changed) >= 4


def test_scans_without_blank_paper_end_the_training(tmp_path):
    with pytest.raises(UserError, match=f"`paper`: {tmp_path}"):
        TrainingLines(Settings(paper=str(tmp_path), **SHORT), 32)


def test_pairs_hold_the_rows_around_their_lines():
    batch = TrainingLines(Settings(**SHORT), 32).pairs(1.0, None, 16).at(0)
    assert batch["clean"].shape[1] == 32 and batch["degraded"].shape[1] == 64
