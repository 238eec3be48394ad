"""Processes on loopback as the hosts of one training."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from click.testing import CliRunner

from keras_htr_gan import train
from keras_htr_gan.distribution.hosts import HostLost, Hosts
from keras_htr_gan.errors import UserError
from tests import small
from tests.distribution import test_devices

ROOT = Path(__file__).parents[2]
TWO = ("localhost:1000", "localhost:1001")
STOPPED = 75
JOB = [
    *("--epochs", "20", "--warmup-epochs", "1", "--annealing-epochs", "1"),
    *("--steps-per-epoch", "4", "--batch-size", "4", "--test-steps", "1"),
    *("--validation-steps", "1", "--judge", "none", "--wandb", "disabled"),
]

on_two = pytest.mark.skipif(
    keras.config.backend() == "torch", reason="Keras trains on one there"
)


def free_addresses(count=2):
    """Addresses on loopback that nothing listens at."""
    sockets = [socket.socket() for _ in range(count)]
    for some in sockets:
        some.bind(("127.0.0.1", 0))
    addresses = [f"127.0.0.1:{some.getsockname()[1]}" for some in sockets]
    for some in sockets:
        some.close()
    return ",".join(addresses)


@pytest.mark.backend
@pytest.mark.slow
@on_two
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_two_hosts_train_as_one(tmp_path, optimizer):
    alone = test_devices.trained(1, optimizer, tmp_path)
    addresses = free_addresses()
    paths = [tmp_path / f"host_{i}.npz" for i in range(2)]
    hosts = [
        test_devices.start(1, optimizer, path, addresses, i)
        for i, path in enumerate(paths)
    ]
    assert [host.wait() for host in hosts] == [0, 0]
    first, second = map(test_devices.kept, paths)
    tolerance = test_devices.OPTIMIZERS[optimizer][1]
    test_devices.same_training(alone, first, tolerance)
    test_devices.same_training(first, second, 0.0)


def start(output, *arguments):
    return subprocess.Popen(
        [sys.executable, "train.py", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": keras.config.backend()},
        stdout=output,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.backend
@pytest.mark.slow
@on_two
@pytest.mark.parametrize("victim", [1, 0])
def test_a_lost_host_ends_the_rest_and_one_goes_on(tmp_path, victim):
    run, shared = tmp_path / "run", ["--hosts", free_addresses()]
    outputs = [open(tmp_path / f"{i}.txt", "w+") for i in range(2)]
    hosts = [
        start(output, *shared, "--run-dir", run, "--host", i, *JOB)
        for i, output in enumerate(outputs)
    ]
    while not list(run.glob("checkpoints/epoch_0003.json")):
        assert all(host.poll() is None for host in hosts)
        time.sleep(0.1)
    hosts[victim].kill()
    other = 1 - victim
    assert hosts[other].wait(timeout=120) == STOPPED
    told = (tmp_path / f"{other}.txt").read_text()
    assert "another host is gone" in told and f"--resume {run}" in told
    assert "Traceback" not in told
    with open(tmp_path / "resumed.txt", "w") as output:
        resumed = start(output, "--resume", run, "--epochs", "6")
        assert resumed.wait() == 0
    history = np.genfromtxt(run / "history.csv", delimiter=",", names=True)
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    assert (run / "report.md").exists()


@pytest.mark.backend
def test_hosts_share_a_batch_without_overlap():
    if keras.config.backend() != "jax":
        pytest.skip("TensorFlow shares it by itself")
    batch = small.batch(4)
    parts = [Hosts(TWO, i).part(batch) for i in range(2)]
    for name, values in batch.items():
        both = np.concatenate([part[name] for part in parts])
        np.testing.assert_array_equal(both, values)


def test_a_mistake_of_the_user_is_no_lost_host(monkeypatch):
    monkeypatch.setattr(
        "keras_htr_gan.distribution.hosts.join_on_tensorflow", print
    )
    monkeypatch.setattr("keras.config.backend", lambda: "tensorflow")
    with pytest.raises(UserError, match="Connection"):
        with Hosts(TWO, 0).join():
            raise UserError("`data`: Connection refused")
    with pytest.raises(HostLost, match="Connection"):
        with Hosts(TWO, 0).join():
            raise RuntimeError("Connection reset by peer")


@pytest.mark.parametrize(
    "addresses, number, told",
    [
        ("one,two:2", 0, "one has no port"),
        ("one:1,", 0, "an empty address has no port"),
        ("one:1,one:1", 0, "twice"),
        ("one:1,two:2", None, "`host`: say which"),
        ("one:1,two:2", 2, "`host`: 2 of 2"),
    ],
)
def test_hosts_that_cannot_be_are_refused(addresses, number, told):
    with pytest.raises(UserError, match=told):
        Hosts.parse(addresses, number)


@pytest.mark.backend
@pytest.mark.skipif(keras.config.backend() != "torch", reason="only torch")
def test_torch_trains_on_one_host():
    with pytest.raises(UserError, match="KERAS_BACKEND"):
        Hosts(TWO, 0)


@pytest.mark.parametrize(
    "arguments, told",
    [
        ([], "--run-dir"),
        (["--run-dir", "{}/run", "--batch-size", "3"], "--batch-size"),
    ],
)
def test_what_hosts_cannot_do_is_said(tmp_path, arguments, told):
    arguments = [argument.format(tmp_path) for argument in arguments]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Hosts, "leave", lambda self, status: None)
        done = CliRunner().invoke(
            train.train,
            ["--hosts", ",".join(TWO), "--host", "0", *arguments],
        )
    assert done.exit_code == 1 and told in done.output
    assert not (tmp_path / "run").exists()
