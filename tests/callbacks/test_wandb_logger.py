import keras
import numpy as np
import pytest

from keras_htr_gan.callbacks import wandb_logger
from keras_htr_gan.callbacks.wandb_logger import WandbLogger
from tests.offline_run import offline_run_file, read_offline_run

pytestmark = pytest.mark.backend


def samples(model):
    line = np.linspace(0, 1, 32 * 40).reshape(32, 40)
    return [
        {
            "degraded": line,
            "restored": line,
            "clean": line,
            "text": "as written",
            "reading": "as read",
            "degraded_reading": "as feared",
        }
    ]


def fit(callback, optimizer="sgd", epochs=2, done=0):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=optimizer, loss="mse")
    history = model.fit(
        np.zeros((1, 1)),
        np.zeros((1, 1)),
        epochs=epochs,
        initial_epoch=done,
        callbacks=[callback],
        verbose=0,
    )
    callback.finish({"test_CER": 0.25})
    return history


def test_an_offline_run_holds_everything(tmp_path, capsys):
    two = keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(
            keras.optimizers.SGD(0.5, name="first"),
            {".*bias": keras.optimizers.SGD(0.25, name="second")},
        )
    )
    fit(
        WandbLogger(
            "project",
            config={"size": "tiny", "weights": {"ctc": 10.0}},
            mode="offline",
            folder=tmp_path,
            samples=samples,
            every=2,
        ),
        two,
        epochs=3,
    )
    leet = f"wandb leet {tmp_path / 'wandb'}\n"
    assert capsys.readouterr().out.count(leet) == 1
    run = read_offline_run(offline_run_file(tmp_path))
    assert run["config"]["size"] == "tiny"
    assert run["config"]["weights"] == {"ctc": 10.0}
    assert ("*", "epoch") in run["metrics"]
    assert [row["epoch"] for row in run["history"]] == [1, 2, 3]
    pictures = [row.get("lines/path", "") for row in run["history"]]
    assert [path.endswith(".png") for path in pictures] == [0, 1, 1]
    tables = [row.get("samples/path", "") for row in run["history"]]
    assert [path.endswith(".json") for path in tables] == [0, 1, 1]
    for row in run["history"]:
        assert "loss" in row
        assert row["learning_rate/first"] == 0.5
        assert row["learning_rate/second"] == 0.25
    assert run["summary"]["test_CER"] == 0.25
    images = list(tmp_path.glob("**/media/images/**/*.png"))
    assert len(images) == 2


def test_a_resumed_run_logs_every_epoch_once(tmp_path):
    """The first process ended after its second epoch, before it was logged."""
    history = tmp_path / "history.csv"
    history.write_text("epoch,loss\n1,0.5\n2,0.25\n")
    (tmp_path / "wandb_logged.txt").write_text("1")
    options = {"mode": "offline", "history": history}
    fit(WandbLogger("project", folder=tmp_path / "a", **options), "sgd", 3, 2)
    rows = read_offline_run(offline_run_file(tmp_path / "a"))["history"]
    assert [row["epoch"] for row in rows] == [2, 3] and rows[0]["loss"] == 0.25
    # It was logged, but the checkpoint of that epoch was lost.
    fit(WandbLogger("project", folder=tmp_path / "b", **options), "sgd", 3, 2)
    assert not read_offline_run(offline_run_file(tmp_path / "b"))["history"]


def test_a_failing_run_never_stops_a_training(tmp_path, monkeypatch, capsys):
    def broken(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(wandb_logger.wandb, "init", broken)
    history = fit(WandbLogger("project", folder=tmp_path), epochs=3)
    assert len(history.epoch) == 3
    assert capsys.readouterr().out.count("no route to host") == 1


def test_where_online_fails_an_offline_run_is_kept(tmp_path, monkeypatch):
    start = wandb_logger.wandb.init

    def unreachable(mode, **kwargs):
        if mode == "online":
            raise OSError("no route to host")
        return start(mode=mode, **kwargs)

    monkeypatch.setattr(wandb_logger.wandb, "init", unreachable)
    fit(WandbLogger("project", mode="online", folder=tmp_path))
    run = read_offline_run(offline_run_file(tmp_path))
    assert [row["epoch"] for row in run["history"]] == [1, 2]


def test_disabled_writes_nothing(tmp_path):
    fit(WandbLogger("project", mode="disabled", folder=tmp_path))
    assert not list(tmp_path.glob("**/*.wandb"))


def test_refuses_an_unknown_mode():
    with pytest.raises(ValueError, match="online, offline or disabled"):
        WandbLogger("project", mode="sometimes")
