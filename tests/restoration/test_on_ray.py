"""`restore --engine ray`, on a real cluster of two workers on this machine."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main

pytestmark = pytest.mark.slow
pytest.importorskip("ray", reason="pip install -e '.[ray]' runs this")

DOCUMENTS = 24


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """A folder of lines, one of them no image."""
    folder = tmp_path_factory.mktemp("scans")
    rng = np.random.default_rng(0)
    for number in range(DOCUMENTS):
        line = rng.integers(0, 255, (64, 900), "uint8")
        Image.fromarray(line).save(folder / f"line{number:02d}.png")
    (folder / "broken.png").write_bytes(b"no image")
    return folder


def restored(scans, preset, out, *options):
    arguments = ["restore", scans, "-o", out, "--model", preset, *options]
    arguments += ["--runtime", "keras", "--type", "line"]
    return CliRunner().invoke(main, [str(a) for a in arguments])


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module", autouse=True)
def one_date():
    """Files say when they were made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "0")
        yield


@pytest.fixture(scope="module")
def without_ray(scans, preset, tmp_path_factory):
    out = tmp_path_factory.mktemp("without")
    done = restored(scans, preset, out)
    assert done.exit_code == 1 and "broken.png" in done.output
    return files(out)


def test_two_workers_write_the_same_files(scans, preset, tmp_path, without_ray):
    done = restored(scans, preset, tmp_path, "--engine", "ray", "--workers", 2)
    assert done.exit_code == 1, done.output
    assert f"{DOCUMENTS} of {DOCUMENTS + 1} written" in done.output
    assert "not restored" in done.output and "broken.png" in done.output
    assert files(tmp_path) == without_ray


def workers():
    """The processes of Ray's workers that hold a model."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"ray::MapWorker" in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_a_killed_worker_costs_nothing(scans, preset, tmp_path, without_ray):
    killed = []

    def kill_one():
        while len(list(tmp_path.glob("line*.png"))) < 3:
            time.sleep(0.01)
        killed.extend(workers()[:1])
        os.kill(killed[0], signal.SIGKILL)

    thread = threading.Thread(target=kill_one, daemon=True)
    thread.start()
    done = restored(scans, preset, tmp_path, "--engine", "ray", "--workers", 2)
    thread.join(1)
    assert killed, "no worker was found"
    assert f"{DOCUMENTS} of {DOCUMENTS + 1} written" in done.output
    assert files(tmp_path) == without_ray
