"""Megapixels of a page that are restored in a second.

    python benchmarks/restoration.py [--rounds 5] [--columns 1240 --rows 1754]
        [--beside CHECKOUT]

Side by side: a model run by onnxruntime, in float32 and in integers, the same
by OpenVINO if that is installed, and in Keras on each installed backend; the
binarisations of Sauvola and Wolf by doxapy; a U-Net on full resolution with
64 to 1024 filters, the size of DE-GAN's (Souibgui and Kessentini 2020), with
random weights; and what another version of this project, in a checkout, does
by onnxruntime with its own `latin_small`. Each is a process of its own that has
restored the page once; they then take turns, so that other work on the
machine strikes all alike.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from keras_htr_gan.backend import installed_backends
from keras_htr_gan.cores import count_cores
from keras_htr_gan.evaluation.tables import format_table

LINE = 64
TILE = 256
UNET = "U-Net, 64 filters"
SAUVOLA, WOLF = "Sauvola", "Wolf"
ONNX, INT8 = "onnxruntime", "onnxruntime, int8"
OPENVINO = "OpenVINO"
BEFORE = "the other version"


def page_of(rows, columns):
    """A page of degraded drawn lines, each as high as the network's."""
    from keras_htr_gan.data.handwriting import HandwritingSource
    from keras_htr_gan.data.recipes import degrade

    source = HandwritingSource("en", height=LINE, max_width=columns)
    page = np.ones((rows, columns), "float32")
    for i, top in enumerate(range(0, rows - LINE + 1, LINE)):
        line = source[i]["clean"]
        page[top : top + LINE, : line.shape[1]] = line
    return degrade(page, np.random.default_rng(0))


def u_net():
    """The U-Net of DE-GAN's size."""
    import keras
    from keras import layers

    def twice(x, filters):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        return x

    image = keras.Input((TILE, TILE, 1))
    x, skips = image, []
    for filters in (64, 128, 256, 512):
        skips.append(twice(x, filters))
        x = layers.MaxPooling2D()(skips[-1])
    x = twice(x, 1024)
    for skip in reversed(skips):
        x = layers.UpSampling2D()(x)
        x = layers.Conv2D(skip.shape[-1], 2, padding="same")(x)
        x = twice(layers.Concatenate()([skip, x]), skip.shape[-1])
    x = layers.Conv2D(1, 1, activation="sigmoid")(x)
    return keras.Model(image, x)


def engine(name, model):
    """A function that restores a page."""
    if name in (SAUVOLA, WOLF):
        from keras_htr_gan.evaluation.binarization import binarize

        return lambda page: binarize(page, name)
    if name == UNET:
        network = u_net()

        def run(page):
            down, along = (-n % TILE for n in page.shape)
            tiles = np.pad(page, ((0, down), (0, along)), mode="edge")
            rows, columns = (n // TILE for n in tiles.shape)
            tiles = tiles.reshape(rows, TILE, columns, TILE).swapaxes(1, 2)
            for some in tiles:
                network.predict_on_batch(some[..., None])

        return run
    from keras_htr_gan.restoration.restorer import Restorer

    ways = {ONNX: "onnx", INT8: "int8", OPENVINO: "openvino", BEFORE: "onnx"}
    runtime = ways.get(name, "keras")
    model = "latin_small" if name == BEFORE else model
    restorer = Restorer.from_preset(model, runtime)
    return lambda page: restorer.restore(page, LINE, "page")


def work(name, model, page):
    """Restores once, and then once for each line on its standard input."""
    page = np.load(page)
    run = engine(name, model)
    run(page)
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        run(page)
        print(time.perf_counter() - started, flush=True)


def answer(worker, name):
    """The next line of a worker that is a word of ours."""
    for line in worker.stdout:
        word = line.strip()
        if word == "ready" or word.replace(".", "").replace("e-", "").isdigit():
            return word
    raise click.ClickException(f"{name} has stopped")


def start(name, backend, model, page, beside):
    """A process that restores a page in its own way: `subprocess.Popen`."""
    environment = os.environ | {"KERAS_BACKEND": backend}
    if name == BEFORE:
        environment |= {"PYTHONPATH": str(beside)}
    return subprocess.Popen(
        [sys.executable, __file__, "--worker", name, "--model", model]
        + ["--page", str(page)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )


def measure(workers, rounds):
    """The seconds of each process, in turns: dict of name to list."""
    for name, process in workers.items():
        answer(process, name)
    seconds = {name: [] for name in workers}
    for _ in range(rounds):
        for name, process in workers.items():
            print("go", file=process.stdin, flush=True)
            seconds[name].append(float(answer(process, name)))
    return seconds


@click.command(context_settings={"show_default": True})
@click.option("--model", default="latin_small")
@click.option("--rows", default=1754, help="Of the page, pixels.")
@click.option("--columns", default=1240)
@click.option("--rounds", default=5)
@click.option(
    "--beside",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A checkout of another version, to be compared with.",
)
@click.option("--worker", hidden=True)
@click.option("--page", hidden=True)
def main(model, rows, columns, rounds, beside, worker, page):
    """Print the megapixels a second of each, and the ratios."""
    if worker:
        work(worker, model, page)
        return
    backends = installed_backends()
    engines = {ONNX: backends[0], INT8: backends[0]}
    engines |= {f"Keras, {backend}": backend for backend in backends}
    engines |= {name: backends[0] for name in (SAUVOLA, WOLF, UNET)}
    if importlib.util.find_spec("openvino"):
        engines[OPENVINO] = backends[0]
    if beside:
        engines[BEFORE] = backends[0]
    workers = {}
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.npy"
        np.save(page, page_of(rows, columns))
        try:
            for name, backend in engines.items():
                workers[name] = start(name, backend, model, page, beside)
            seconds = measure(workers, rounds)
        finally:
            for process in workers.values():
                process.kill()
    references = [ONNX, *([BEFORE] if beside else [])]
    megapixels = rows * columns / 1e6
    click.echo(
        f"a page of {columns} x {rows} pixels, lines {LINE} pixels high, "
        f"{count_cores()} cores, {rounds} rounds\n"
    )
    table = []
    for name, times in seconds.items():
        rates = megapixels / np.array(times)
        span = f"{rates.min():.2f} to {rates.max():.2f}"
        ratios = [
            np.median(np.array(seconds[reference]) / times)
            for reference in references
        ]
        table.append(
            [name, f"{np.median(rates):.2f}", span]
            + [f"{ratio:.2f}" for ratio in ratios]
        )
    header = ["", "megapixels/s", "range"]
    header += [f"of {reference}" for reference in references]
    click.echo(format_table(header, table))


if __name__ == "__main__":
    main()
