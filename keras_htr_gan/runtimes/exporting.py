"""Writes networks as ONNX files.

On any backend: weights know none.

    python -m keras_htr_gan.runtimes.exporting MODEL NETWORK PRECISION FILE

is `export_model` in a process of its own, for programs that do without Keras;
and with the folder of a preset alone, `export_beside`.
"""

import sys
from pathlib import Path

import numpy as np
import onnx

from keras_htr_gan.errors import UserError
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.precision import calculating_in
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.pixels import PADDING
from keras_htr_gan.presets import Preset, name_weights
from keras_htr_gan.runtimes.onnx_graph import translate
from keras_htr_gan.runtimes.onnx_models import (
    Metadata,
    OnnxGenerator,
    OnnxRecognizer,
)
from keras_htr_gan.storage import whole_file

TOLERANCES = {"float32": 1e-4, "int8": 1e-2}


def export_model(model, output, network="generator", precision="float32"):
    """Writes a network of a model as an ONNX file.

    Call `export_needs.prepare_export` first.

    Args:
        model: str or path, see `HTRGAN.from_preset`.
        output: path of the file, ends in `.onnx`; one that is there is
            replaced.
        network: `"generator"` or `"recognizer"`.
        precision: `"float32"`, or `"int8"` for a generator, see `quantize`.

    Raises:
        UserError: if the model cannot be loaded, the file not be written, or
            if it gives other results.
    """
    output = Path(output)
    with calculating_in("float32"):
        if network == "generator":
            model = HTRGAN.from_preset(model).in_float32()
            export_generator(model, output, precision)
        elif precision != "float32":
            raise UserError("a recogniser is exported in float32 alone")
        else:
            reader = Recognizer.from_preset(model).in_float32()
            export_recognizer(reader, output)


def export_beside(folder):
    """Writes all networks of a preset that run by onnxruntime into its folder.

    In float32 they take their weights from the preset's own files.

    Args:
        folder: path of a preset.

    Raises:
        UserError: see `export_model`.
    """
    folder = Path(folder)
    preset = Preset(folder)
    with calculating_in("float32"):
        if "generator" in preset.networks:
            model = HTRGAN.from_preset(folder)
            export_generator(model, folder / "generator_int8.onnx", "int8")
            stored = folder / name_weights("generator")
            path = folder / "generator_float32.onnx"
            export_generator(model, path, stored=stored)
        stored = folder / name_weights("recognizer")
        reader = Recognizer.from_preset(folder)
        path = folder / "recognizer_float32.onnx"
        export_recognizer(reader, path, stored)


def export_generator(model, path, precision="float32", stored=None):
    """Writes a generator: degraded lines in, restored ones out.

    Its input `images` is float32 `(batch, height, width, 1)`, and so is its
    output `restored`, 0 to 1; batch, height and width are free, the last two
    multiples of 8. It knows no padding, see `OnnxGenerator`.

    Args:
        model: `HTRGAN`, calculating in float32.
        path: `Path`, ends in `.onnx`.
        precision: see `export_model`.
        stored: see `translate`.

    Raises:
        UserError: if the file cannot be written, or gives other results.
    """
    proto = translate(
        model.generator,
        "height",
        "restored",
        ("batch", "height", "width", 1),
        masked=False,
        probabilities=True,
        stored=stored,
    )
    if precision == "int8":
        from keras_htr_gan.runtimes.quantizing import quantize

        proto = quantize(proto, model.line_height)
    metadata = Metadata(
        "generator", model.line_height, context_rows=model.context_rows
    )
    write_network(proto, metadata, path, model, OnnxGenerator, precision)


def export_recognizer(recognizer, path, stored=None):
    """Writes a recogniser: lines in, CTC logits out.

    Its input `images` is float32 `(batch, height, width, 1)` of its own
    height, batch and width are free; its output `logits` float32 `(batch,
    frames, classes)`, class 0 the blank.

    Args, Raises: see `export_generator`.
    """
    if recognizer.size == "judge":
        raise UserError(
            "a judge is recurrent, and is not exported: name another model"
        )
    proto = translate(
        recognizer.network,
        recognizer.height,
        "logits",
        ("batch", "frames", recognizer.charset.classes),
        masked=True,
        stored=stored,
    )
    metadata = Metadata(
        "recognizer",
        recognizer.height,
        list(recognizer.charset.characters),
        recognizer.frame_width,
    )
    write_network(proto, metadata, path, recognizer, OnnxRecognizer)


def write_network(proto, metadata, path, model, reader, precision="float32"):
    """Writes a graph with its metadata, and sees that it does the same."""
    onnx.helper.set_model_props(proto, metadata.as_strings())
    try:
        with whole_file(path) as partial:
            onnx.save(proto, partial)
            exported = reader(partial)
            refuse_differing(model, exported, metadata.line_height, precision)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error


def refuse_differing(model, exported, height, precision="float32"):
    """Refuses an exported network that is not the one in Keras.

    The largest difference counts; in integers, the mean.
    """
    images = np.random.default_rng(0).random((2, height, 3 * height, 1))
    images = images.astype("float32")
    images[1, :, 2 * height :] = PADDING
    expected = model.predict_on_batch(images)
    found = exported.predict_on_batch(images)
    if found.shape != expected.shape:
        raise UserError(
            f"the exported network gives {found.shape} where the one in Keras "
            f"gives {expected.shape}"
        )
    differences = np.abs(found - expected)
    if expected.shape == images.shape:
        differences = differences[images < PADDING]
    whole = precision == "float32"
    difference = differences.max() if whole else differences.mean()
    scale = max(1.0, float(np.abs(expected).max()))
    if not difference <= TOLERANCES[precision] * scale:
        raise UserError(
            f"the exported network differs from the one in Keras by "
            f"{difference:.2g}; other versions of onnxruntime may do better"
        )


if __name__ == "__main__":
    try:
        if len(sys.argv) == 2:
            export_beside(sys.argv[1])
        else:
            model, network, precision, output = sys.argv[1:]
            export_model(model, output, network, precision)
    except UserError as error:
        sys.exit(str(error))
