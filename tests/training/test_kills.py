"""`train.py`, killed again and again, ends as if it never had been.

In the suite it is killed once and its networks are the least, as most of the
time goes into starting it.
"""

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

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.sizes import SIZES
from tests import small

ROOT = Path(__file__).parents[2]
START = 10.0  # seconds from the start, for those killed before
MANY = [pytest.mark.slow, pytest.mark.backend]
JOB = [
    *("--batch-size", "4", "--test-steps", "1", "--validation-steps", "1"),
    *("--judge", "none", "--wandb", "disabled", "--deterministic"),
]
LONG = [
    *("--epochs", "12", "--warmup-epochs", "3", "--annealing-epochs", "4"),
    *("--steps-per-epoch", "8"),
]
SHORT = [
    *("--epochs", "2", "--warmup-epochs", "1", "--annealing-epochs", "1"),
    *("--steps-per-epoch", "3"),
]
WHOLE, LEAST = ["train.py"], ["-m", "tests.training.least_train"]
ENVIRONMENT = {**os.environ, "KERAS_BACKEND": keras.config.backend()}
# A checkpoint after every step, so that many kills fall into its writing.
OFTEN = ["--checkpoint-minutes", "1e-6"]


def start(program, *arguments):
    return subprocess.Popen(
        [sys.executable, *program, *map(str, arguments)],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
    )


def checkpoints(run):
    return set((run / "checkpoints").glob("epoch_*.json"))


def killed(process, run, moments, longest):
    """Kills a training: often within `longest` seconds after its first
    checkpoint, now and then while it starts.

    Returns:
        bool, whether it was still running.
    """
    before = checkpoints(run)
    if moments.random() < 0.2:
        time.sleep(moments.uniform(0, START))
    else:
        while process.poll() is None and checkpoints(run) <= before:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, longest))
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return running


def run_with_kills(program, run, job, kills, longest):
    """A training in `run` that is killed so often, and must then be resumed.

    Returns:
        list of str, the newest checkpoint at each kill.
    """
    moments, found = random.Random(0), []
    while len(found) < kills:
        if (run / "config.json").exists():
            process = start(program, "--resume", run, *OFTEN)
        else:
            shutil.rmtree(run, ignore_errors=True)
            process = start(program, "--run-dir", run, *job, *OFTEN)
        if not killed(process, run, moments, longest):
            break
        found.append(max((p.stem for p in checkpoints(run)), default="none"))
    return found


@pytest.mark.parametrize(
    "program, job, kills, longest",
    [
        pytest.param(WHOLE, [*LONG, *JOB], 20, 3.0, marks=MANY, id="many"),
        pytest.param(LEAST, [*SHORT, *JOB], 1, 0.0, id="once"),
    ],
)
def test_a_training_that_is_killed_at_random_ends_the_same(
    tmp_path, program, job, kills, longest, monkeypatch
):
    if program is LEAST:
        monkeypatch.setitem(SIZES, "tiny", small.LEAST)
        charset = HandwritingSource("en").characters()
        Recognizer(charset).save(tmp_path / "recognizer.keras")
        job = [*job, "--recognizer", tmp_path / "recognizer.keras"]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    found = run_with_kills(program, broken, job, kills, longest)
    ends = [["--run-dir", whole, *job], ["--resume", broken]]
    if program is LEAST:
        ends = [[*ends[0], "+", *ends[1]]]
    for end in ends:
        assert start(program, *end).wait() == 0
    print(f"killed with these newest checkpoints: {found}")
    assert len(found) == kills, "it ended too soon: give it more epochs"
    assert (broken / "history.csv").read_text() == (
        whole / "history.csv"
    ).read_text()
    one, two = (
        keras.saving.load_model(run / "generator.keras", compile=False)
        for run in (whole, broken)
    )
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
