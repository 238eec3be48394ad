import importlib.util
import signal

import keras
import numpy as np
import pytest

from keras_htr_gan.callbacks import Checkpoints, Stopped, StopSignals


class Ask(keras.callbacks.Callback):
    def __init__(self, number, step, times=1):
        super().__init__()
        self.number, self.step, self.times = number, step, times

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == self.step:
            for _ in range(self.times):
                signal.raise_signal(self.number)


def fit(folder, *asked):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    checkpoints = Checkpoints(folder)
    with StopSignals(checkpoints) as stop_signals:
        model.fit(
            np.ones((3, 1)),
            np.zeros((3, 1)),
            batch_size=1,
            epochs=2,
            callbacks=[checkpoints, *asked, stop_signals],
            verbose=0,
        )


@pytest.mark.parametrize("number", StopSignals.SIGNALS)
def test_a_signal_saves_the_step_and_stops(tmp_path, number, capsys):
    before = signal.getsignal(number)
    with pytest.raises(Stopped):
        fit(tmp_path, Ask(number, step=2))
    assert signal.getsignal(number) is before
    saved = [path.name for path in tmp_path.glob("*.keras")]
    assert saved == ["epoch_0000_step_000002.keras"]
    assert "Stopping after this step" in capsys.readouterr().out


def test_at_the_last_step_the_epoch_is_saved_instead(tmp_path):
    with pytest.raises(Stopped):
        fit(tmp_path, Ask(signal.SIGTERM, step=3))
    assert [path.name for path in tmp_path.glob("epoch*.keras")] == [
        "epoch_0001.keras"
    ]


def test_a_second_signal_stops_at_once(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, Ask(signal.SIGINT, step=2, times=2))
    assert not list(tmp_path.glob("*.keras"))


def test_other_signals_of_a_system_without_those_of_posix(
    tmp_path, monkeypatch
):
    """Windows has SIGBREAK and no SIGUSR1; here one stands for the other."""
    if not hasattr(signal, "SIGUSR1"):
        pytest.skip("this is such a system")
    for name in ("SIGHUP", "SIGUSR2", "SIGALRM"):
        monkeypatch.delattr(signal, name)
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    spec = importlib.util.find_spec(StopSignals.__module__)
    there = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(there)
    stop = there.StopSignals(Checkpoints(tmp_path))
    # Left to itself it would end this process.
    usual = signal.signal(signal.SIGBREAK, lambda *_: None)
    before = signal.getsignal(signal.SIGBREAK)
    try:
        with stop:
            signal.raise_signal(signal.SIGBREAK)
        assert stop.asked
        assert signal.getsignal(signal.SIGBREAK) is before
    finally:
        signal.signal(signal.SIGBREAK, usual)
