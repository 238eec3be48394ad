"""`train.py`, killed again and again, ends as if it never had been."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
KILLS = 20
LONGEST = 3.0  # seconds from a new checkpoint to the kill
START = 10.0  # and of those killed before, from the start
JOB = [
    *("--epochs", "12", "--warmup-epochs", "3", "--annealing-epochs", "4"),
    *("--steps-per-epoch", "8", "--batch-size", "4", "--test-steps", "1"),
    *("--validation-steps", "1", "--judge", "none", "--wandb", "disabled"),
    "--deterministic",
]
ENVIRONMENT = {
    **os.environ,
    "KERAS_BACKEND": keras.config.backend(),
    # Each start would compile for half a minute.
    "JAX_COMPILATION_CACHE_DIR": tempfile.mkdtemp(prefix="compiled_"),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
}
# A checkpoint after every step, so that many kills fall into its writing.
OFTEN = ["--checkpoint-minutes", "1e-6"]


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "train.py", *map(str, arguments)],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
    )


def checkpoints(run):
    return set((run / "checkpoints").glob("*.json"))


def killed(process, run, moments):
    """Kills a training: often a while after its first checkpoint, now and then
    while it starts.

    Returns:
        bool, whether it was still running.
    """
    before = checkpoints(run)
    if moments.random() < 0.2:
        time.sleep(moments.uniform(0, START))
    else:
        while process.poll() is None and checkpoints(run) <= before:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, LONGEST))
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return running


@pytest.mark.slow
@pytest.mark.backend
def test_a_training_that_is_killed_at_random_ends_the_same(tmp_path):
    moments = random.Random(0)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert start("--run-dir", whole, *JOB).wait() == 0
    kills, found = 0, []
    while kills < KILLS:
        if checkpoints(broken):
            process = start("--resume", broken, *OFTEN)
        else:
            shutil.rmtree(broken, ignore_errors=True)
            process = start("--run-dir", broken, *JOB, *OFTEN)
        if not killed(process, broken, moments):
            break
        kills += 1
        found.append(max((p.stem for p in checkpoints(broken)), default="none"))
    assert start("--resume", broken).wait() == 0
    print(f"killed {kills} times, with these newest checkpoints: {found}")
    assert kills == KILLS, "it ended too soon: give it more epochs"
    assert (broken / "history.csv").read_text() == (
        whole / "history.csv"
    ).read_text()
    one, two = (
        keras.saving.load_model(run / "generator.keras", compile=False)
        for run in (whole, broken)
    )
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
