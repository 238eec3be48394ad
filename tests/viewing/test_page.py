"""The page in the real gradio, where that is installed."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import keras_htr_gan
from keras_htr_gan import read, restore_files
from keras_htr_gan.images.decoding import load_grey
from keras_htr_gan.restoration.comparing import (
    Comparison,
    compare_documents,
)

REASON = "pip install -e '.[view]' runs this"
pytest.importorskip("gradio", reason=REASON)

import httpx  # noqa: E402
from gradio_client import Client, handle_file  # noqa: E402
from gradio_client.exceptions import AppError  # noqa: E402

from keras_htr_gan.runtimes.onnx_models import OnnxGenerator  # noqa: E402
from keras_htr_gan.viewing import build_page  # noqa: E402

ROOT = Path(keras_htr_gan.__file__).parents[1]
# What a browser fetches, or runs, of a page: not links, nor examples.
FETCHED = re.compile(
    r"(?:<(?:script|link|img|iframe)[^>]*?|url\(|@import )[^>]*"
)
ELSEWHERE = re.compile(r"https?://(?!127\.0\.0\.1|www\.w3\.org)[^\s\"')]+")


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """A folder of a line in colour and of a broken image."""
    folder = tmp_path_factory.mktemp("scans")
    line = Image.new("RGB", (700, 120), (235, 225, 200))
    font = ImageFont.load_default(48)
    ImageDraw.Draw(line).text((20, 30), "Monday morning", (60,) * 3, font)
    line.save(folder / "line.png", dpi=(200, 200))
    content = (folder / "line.png").read_bytes()
    (folder / "broken.png").write_bytes(content[:300])
    return folder


@pytest.fixture(scope="module")
def server(scans, exported, tmp_path_factory):
    """The command at work: its process, address and folder for copies."""
    copies = tmp_path_factory.mktemp("copies")
    process = start(
        *(scans, "--model", exported["generator"]),
        *("--recognizer", exported["recognizer"]),
        TMPDIR=str(copies),
    )
    told = process.stdout.readline()
    url = re.match(r"(http://127\.0\.0\.1:\d+/) shows scans", told)
    assert url, told + process.stderr.read()
    yield SimpleNamespace(process=process, url=url[1], copies=copies)
    process.kill()
    process.communicate()


@pytest.fixture
def client(server, tmp_path):
    return Client(server.url, verbose=False, download_files=tmp_path / "got")


@pytest.fixture
def choose(exported):
    """What is chosen on the page, in its order."""
    models = [str(exported[name]) for name in ("generator", "recognizer")]

    def chosen(listed=None, dropped=None, way=("eyes", 1.0, 0), number=1):
        return [listed, dropped, number, *models, *way]

    return chosen


def start(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "keras_htr_gan", "view", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("way", [("eyes", 0.7, 0), ("readers", 0.2, 0)])
def test_a_dropped_scan_is_restored_as_by_the_command(
    way, scans, client, choose, exported, tmp_path
):
    dropped = choose(None, handle_file(scans / "line.png"), way)
    written = client.predict(*dropped, api_name="/write")
    (before, after), _, *texts = client.predict(*dropped, api_name="/restore")
    out = tmp_path / "out"
    restore_files(
        scans / "line.png",
        out,
        exported["generator"],
        purpose=way[0],
        strength=way[1],
        quiet=True,
    )
    assert Path(written).name == "line.png"
    alike = compare_documents(Path(written), out / "line.png")
    assert alike == Comparison(same=True)
    with Image.open(written) as one, Image.open(after) as other:
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
    with Image.open(before) as found, Image.open(scans / "line.png") as scan:
        assert found.mode == "RGB" and found.width == scan.width
    lines = [load_grey(path) for path in (scans / "line.png", after)]
    shown = [text["value"] for text in texts]
    assert shown == read(exported["recognizer"], lines)
    assert all(re.search(r"\d+% sure", text["label"]) for text in texts)


def test_a_scan_is_chosen_from_the_list(client, choose):
    (before, after), note, *_ = client.predict(
        *choose("line.png"), api_name="/restore"
    )
    with Image.open(before) as one, Image.open(after) as other:
        assert one.size == other.size == (700, 120)
    assert not note["visible"]


def test_a_mistake_is_told_and_the_server_lives_on(client, choose, server):
    for api in ("/restore", "/write"):
        with pytest.raises(AppError, match="broken.png: "):
            client.predict(*choose("broken.png"), api_name=api)
    with pytest.raises(AppError, match="at least 4 pixels"):
        low = choose("line.png", way=("eyes", 1.0, 2))
        client.predict(*low, api_name="/restore")
    with pytest.raises(AppError, match="there is no page 7"):
        client.predict(*choose("line.png", number=7), api_name="/restore")
    with pytest.raises(AppError, match="no scan to restore"):
        client.predict(*choose(), api_name="/write")
    assert client.predict(*choose("line.png"), api_name="/restore")
    assert server.process.poll() is None


def test_nothing_but_what_was_listed_is_opened(server, choose, scans):
    """Whatever is sent to the server: the client would upload the file."""
    path = str(scans / "line.png")
    sent = {"path": path, "meta": {"_type": "gradio.FileData"}}
    for chosen, end in (
        (choose("line.png"), "complete"),
        (choose(path), "error"),
        (choose(None, sent), "error"),
    ):
        url = f"{server.url}gradio_api/call/restore"
        event = httpx.post(url, json={"data": chosen}).json()["event_id"]
        told = httpx.get(f"{url}/{event}", timeout=60).text
        assert told.startswith(f"event: {end}"), told


def test_the_page_fetches_nothing_from_elsewhere(server):
    config = httpx.get(f"{server.url}config").json()
    assert not config["analytics_enabled"] and not config["run_history"]
    assert not config["stylesheets"]
    page = httpx.get(server.url).text
    fetched = FETCHED.findall(page) + [httpx.get(f"{server.url}theme.css").text]
    assert len(fetched) > 3
    assert not ELSEWHERE.findall("\n".join(fetched))


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT")
def test_ctrl_c_ends_it_quietly(scans, exported, tmp_path):
    process = start(
        *(scans, "--model", exported["generator"]),
        *("--recognizer", exported["recognizer"]),
        TMPDIR=str(tmp_path),
    )
    assert "Ctrl-C ends it" in process.stdout.readline()
    assert list(tmp_path.iterdir())
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 0 and not out and not errors
    assert not list(tmp_path.iterdir())


def test_a_port_in_use_is_told_in_a_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start("--port", port)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 1 and not out
    assert errors.startswith(f"Error: 127.0.0.1, port {port}: ")
    assert errors.endswith("name another --host or --port\n")
    assert len(errors.splitlines()) == 1


def test_the_two_lines_of_a_space_show_it():
    """As docs/elsewhere.md prints them."""
    text = (ROOT / "docs" / "elsewhere.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(from .*?)```", text, re.DOTALL)
    assert len(list(filter(None, code.splitlines()))) == 2
    code = code.replace("launch()", "launch(prevent_thread_lock=True)")
    names = {}
    exec(code.replace("build_page()", "page = build_page()\npage", 1), names)
    page = names["page"]
    try:
        assert "Before and after" in httpx.get(page.local_url).text
        assert page.share_url is None
    finally:
        page.close(verbose=False)


def test_another_strength_does_not_run_the_model_again(
    scans, exported, choose, monkeypatch
):
    """Through the server, in this process."""
    page = build_page(
        [scans], exported["generator"], exported["recognizer"], "onnx"
    )
    runs, run = [], OnnxGenerator.predict_on_batch
    monkeypatch.setattr(
        OnnxGenerator,
        "predict_on_batch",
        lambda self, images: runs.append(1) or run(self, images),
    )
    page.launch(prevent_thread_lock=True, quiet=True)
    try:
        client = Client(page.local_url, verbose=False)
        for strength in (1.0, 0.4, 0.0):
            way = choose("line.png", way=("eyes", strength, 0))
            assert client.predict(*way, api_name="/restore")
    finally:
        page.close(verbose=False)
    assert len(runs) == 1
