"""`train.py`, killed again and again, ends as if it never had been."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
KILLS = 20
LONGEST = 6.0  # seconds from the first sign of training to the kill
JOB = [
    *("--epochs", "12", "--warmup-epochs", "3", "--annealing-epochs", "4"),
    *("--steps-per-epoch", "8", "--batch-size", "4", "--test-steps", "1"),
    *("--validation-steps", "1", "--judge", "none", "--wandb", "disabled"),
]
# A checkpoint after every step, so that many kills fall into its writing.
OFTEN = ["--checkpoint-minutes", "1e-6"]


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-u", "train.py", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": keras.config.backend()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def killed(process, after):
    """Kills a training so many seconds after its first epoch began.

    Returns:
        bool, whether it was still running.
    """
    for line in process.stdout:
        if line.startswith("Epoch "):
            break
    time.sleep(after)
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return running


def finished(process):
    output, _ = process.communicate()
    assert process.returncode == 0, output


@pytest.mark.slow
@pytest.mark.backend
def test_a_training_that_is_killed_at_random_ends_the_same(tmp_path):
    moments = random.Random(0)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    finished(start("--run-dir", whole, *JOB))
    kills = 0
    while kills < KILLS:
        if list((broken / "checkpoints").glob("*.json")):
            process = start("--resume", broken, *OFTEN)
        else:
            shutil.rmtree(broken, ignore_errors=True)
            process = start("--run-dir", broken, *JOB, *OFTEN)
        if not killed(process, moments.uniform(0, LONGEST)):
            break
        kills += 1
    finished(start("--resume", broken))
    print(f"killed {kills} times")
    assert kills == KILLS, "it ended too soon: give it more epochs"
    for name in ("history.csv",):
        assert (broken / name).read_text() == (whole / name).read_text()
    one, two = (
        keras.saving.load_model(run / "generator.keras", compile=False)
        for run in (whole, broken)
    )
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
