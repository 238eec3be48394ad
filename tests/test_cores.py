import os

from keras_htr_gan.cores import count_cores


def test_the_cores_of_this_process_are_counted(monkeypatch):
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.setattr(
        os, "sched_getaffinity", lambda process: {0, 2, 5}, raising=False
    )
    assert count_cores() == 3
    monkeypatch.setattr(os, "process_cpu_count", lambda: 2, raising=False)
    assert count_cores() == 2


def test_they_are_counted_on_systems_that_know_less(monkeypatch):
    """As on Windows and macOS before Python 3.13."""
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert count_cores() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert count_cores() == 1
