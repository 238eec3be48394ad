import json
import re
from pathlib import Path

import pytest

from keras_htr_gan.errors import UserError
from keras_htr_gan.training.run import Run
from keras_htr_gan.training.settings import Settings, TrainingSettings


def begin(folder, **settings):
    run = Run.begin(TrainingSettings(**settings), folder)
    run.prepare()
    return run


def resume(folder, given=(), **settings):
    return Run.resume(folder, TrainingSettings(**settings), given)


def test_settings_come_back_with_what_may_change(tmp_path):
    data = ("synthetic", "lines/:0.5")
    begun = begin(tmp_path / "run", data=data, epochs=3)
    again = resume(tmp_path / "run", ("epochs", "data"), epochs=5, data=data)
    assert again.settings.data == data
    assert again.settings.epochs == 5
    assert again.identity == begun.identity
    assert again.config == begun.config | {"epochs": 5}


def test_what_may_not_change_is_refused_by_name(tmp_path):
    begin(tmp_path, batch_size=16)
    with pytest.raises(UserError, match="`batch_size`: .* with 16"):
        resume(tmp_path, ("batch_size",), batch_size=8)
    assert resume(tmp_path, batch_size=8).settings.batch_size == 16


def test_a_run_that_knew_fewer_settings_is_taken_up(tmp_path):
    begin(tmp_path, warmup_epochs=4)
    config = json.loads((tmp_path / "config.json").read_text())
    del config["page_share"]
    config["forgotten"] = 1
    (tmp_path / "config.json").write_text(json.dumps(config))
    settings = resume(tmp_path).settings
    assert settings.warmup_epochs == 4
    assert settings.page_share == TrainingSettings.page_share


@pytest.mark.parametrize("content", [None, "{half", "[]", "{}"])
def test_no_run_is_said_to_be_none(tmp_path, content):
    if content:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(UserError, match="holds no run"):
        resume(tmp_path)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    assert Run.begin(Settings(), tmp_path).folder == tmp_path
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(UserError, match="is not empty"):
        Run.begin(Settings(), tmp_path)
    with pytest.raises(UserError, match="is not empty"):
        Run.begin(Settings(), tmp_path / "thesis.txt")
    # Another process of the same training has written there.
    Run.begin(Settings(), tmp_path, writes=False)


def test_default_folders_are_named_by_date_and_not_made():
    folder = Run.begin(Settings()).folder
    date = r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d"
    assert folder.parent == Path("runs")
    assert re.fullmatch(date, folder.name)
    assert not folder.exists()


def test_a_run_without_a_checkpoint_begins_anew(tmp_path, capsys):
    begin(tmp_path)
    assert not resume(tmp_path).resumed
    assert "no checkpoint yet" in capsys.readouterr().out
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "partial.json").touch()
    assert not resume(tmp_path).resumed
    (tmp_path / "checkpoints" / "epoch_0001.json").touch()
    assert resume(tmp_path).resumed


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write to"):
        begin(tmp_path / "file" / "run")
