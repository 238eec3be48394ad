import re

import pytest

from keras_htr_gan.errors import UserError
from keras_htr_gan.training.run_folder import (
    has_checkpoint,
    new_run_folder,
    resumed_settings,
    save_settings,
)


def test_settings_come_back_with_what_may_change(tmp_path):
    save_settings(tmp_path / "run", {"seed": 0, "epochs": 3})
    assert resumed_settings(
        tmp_path / "run", {"epochs": 5, "seed": 0}, ("epochs",)
    ) == {"seed": 0, "epochs": 5}


def test_what_may_not_change_is_refused_by_name(tmp_path):
    save_settings(tmp_path, {"batch_size": 16})
    with pytest.raises(UserError, match="--batch-size: .* with 16"):
        resumed_settings(tmp_path, {"batch_size": 8}, ("epochs",))


@pytest.mark.parametrize("content", [None, "{half"])
def test_no_run_is_said_to_be_none(tmp_path, content):
    if content:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(UserError, match="holds no run"):
        resumed_settings(tmp_path, {}, ())


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    assert new_run_folder(tmp_path) == tmp_path
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(UserError, match="is not empty"):
        new_run_folder(tmp_path)
    with pytest.raises(UserError, match="is not empty"):
        new_run_folder(tmp_path / "thesis.txt")


def test_default_folders_are_named_by_date_and_not_made():
    folder = new_run_folder()
    assert re.fullmatch(r"runs/\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d", str(folder))
    assert not folder.exists()


def test_a_run_without_a_checkpoint_begins_anew(tmp_path):
    save_settings(tmp_path, {"epochs": 3, "backend": "jax"})
    assert not has_checkpoint(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "partial.json").touch()
    assert not has_checkpoint(tmp_path)
    (tmp_path / "checkpoints" / "epoch_0001.json").touch()
    assert has_checkpoint(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write to"):
        save_settings(tmp_path / "file" / "run", {})
