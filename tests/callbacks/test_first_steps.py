from collections import deque

import pytest

from keras_htr_gan.callbacks import first_steps
from keras_htr_gan.callbacks.first_steps import FirstSteps


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set."""
    now = [0.0]
    monkeypatch.setattr(first_steps.time, "perf_counter", lambda: now[0])
    return now


def test_the_first_step_of_each_width_is_told_if_it_is_slow(clock, capsys):
    steps = FirstSteps(deque([160, 160, 256, 320]))
    for batch, seconds in enumerate([7.0, 9.0, 5.0, 0.1]):
        steps.on_train_batch_begin(batch)
        clock[0] += seconds
        steps.on_train_batch_end(batch)
    told = capsys.readouterr().out.split("\n")
    assert [line for line in told if line] == [
        "first step 160 pixels wide: 7 s",
        "first step 256 pixels wide: 5 s",
    ]
