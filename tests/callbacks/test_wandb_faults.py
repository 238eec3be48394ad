"""W&B servers on loopback that are ill, and none at all."""

import json
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.offline_run import read_offline_run
from tests.processes import on_any_backend

TRAINING = """
import sys, time
from keras_htr_gan.callbacks import wandb_logger
wandb_logger.START_TIMEOUT = wandb_logger.FINISH_TIMEOUT = 3
import keras, numpy as np
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
logger = wandb_logger.WandbLogger("project", mode="online", folder=sys.argv[1])
ready = keras.callbacks.LambdaCallback(
    on_epoch_begin=lambda epoch, logs: epoch == 1 and (print("READY"), input())
)
one = np.zeros((1, 1))
model.fit(one, one, epochs=3, callbacks=[logger, ready], verbose=0)
print("TRAINED")
logger.finish({"test_CER": 0.25})
print("FINISHED")
"""
BUCKET = {
    "id": "1",
    "name": "a",
    "displayName": "a",
    "description": "",
    "config": "{}",
    "sweepName": None,
    "historyLineCount": 0,
    "project": {
        "id": "2",
        "name": "project",
        "entity": {"id": "3", "name": "someone"},
    },
}
VIEWER = {
    "id": "3",
    "entity": "someone",
    "username": "someone",
    "flags": "{}",
    "teams": {"edges": []},
}


class Answers(BaseHTTPRequestHandler):
    """Enough of W&B to begin a run."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        data = {"viewer": VIEWER}
        if b"upsertBucket" in body:
            data = {"upsertBucket": {"bucket": BUCKET, "inserted": True}}
        answer = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


def train(folder, port=None, at_second_epoch=lambda: None):
    """A training with an online run: what it printed."""
    env = on_any_backend()
    env |= {"HOME": str(folder), "NETRC": str(folder / "netrc")}
    env.pop("WANDB_MODE", None)
    if port is not None:
        env |= {
            "WANDB_BASE_URL": f"http://127.0.0.1:{port}",
            "WANDB_API_KEY": "0" * 40,
        }
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", TRAINING, str(folder)],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    before = ""
    for line in process.stdout:
        before += line
        if line == "READY\n":
            at_second_epoch()
            break
    after, _ = process.communicate("\n", timeout=120)
    assert process.returncode == 0, before + after
    assert "FINISHED" in after
    return before + after


def epochs_kept(folder, kind="offline-run"):
    (path,) = folder.glob(f"wandb/{kind}-*/*.wandb")
    return [row["epoch"] for row in read_offline_run(path)["history"]]


def test_a_server_that_dies_midway(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def die():
        server.shutdown()
        server.server_close()

    printed = train(tmp_path, server.server_port, die)
    assert "wandb sync" in printed.rpartition("TRAINED")[2]
    assert epochs_kept(tmp_path, "run") == [1, 2, 3]


def test_no_login(tmp_path):
    printed = train(tmp_path)
    assert printed.count("W&B failed, training goes on") == 1
    assert "keeping an offline run" in printed
    assert epochs_kept(tmp_path) == [1, 2, 3]


@pytest.mark.slow
def test_a_server_that_is_not_there(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    printed = train(tmp_path, port)
    assert "keeping an offline run" in printed
    assert epochs_kept(tmp_path) == [1, 2, 3]


@pytest.mark.slow
def test_a_server_that_never_answers(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        printed = train(tmp_path, server.getsockname()[1])
    assert "keeping an offline run" in printed
    assert epochs_kept(tmp_path) == [1, 2, 3]
