"""Writes networks as ONNX files.

Keras writes them through tf2onnx, so this runs on TensorFlow; weights know no
backend, and a model that was trained on another is exported as well.

    python -m keras_htr_gan.runtimes.exporting MODEL NETWORK FILE

is `export_model` in a process of its own, for programs whose Keras runs on
another backend, or who do without.
"""

import os
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import onnx

from keras_htr_gan.errors import UserError
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.precision import calculating_in
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.runtimes.onnx_models import (
    Metadata,
    OnnxGenerator,
    OnnxRecognizer,
)
from keras_htr_gan.storage import whole_file

OPSET = 18
TOLERANCE = 1e-4


def export_model(model, output, network="generator"):
    """Writes a network of a model as an ONNX file.

    Call `export_needs.prepare_export` first.

    Args:
        model: str or path, see `HTRGAN.from_preset`.
        output: path of the file, ends in `.onnx`; one that is there is
            replaced.
        network: `"generator"` or `"recognizer"`.

    Raises:
        UserError: if the model cannot be loaded, the file not be written, or
            if it gives other results.
    """
    output = Path(output)
    with calculating_in("float32"):
        if network == "generator":
            export_generator(HTRGAN.from_preset(model).in_float32(), output)
        else:
            reader = Recognizer.from_preset(model).in_float32()
            export_recognizer(reader, output)


def export_generator(model, path):
    """Writes a generator: degraded lines in, restored ones out.

    Its input `images` is float32 `(batch, height, width, 1)`, and so is its
    output `restored`, 0 to 1; batch, height and width are free, the last two
    multiples of 8.

    Args:
        model: `HTRGAN`, calculating in float32.
        path: `Path`, ends in `.onnx`.

    Raises:
        UserError: if the file cannot be written, or gives other results.
    """
    network = Restoring(model.generator)
    network(np.zeros((1, model.line_height, model.line_height, 1), "float32"))
    metadata = Metadata(
        "generator", model.line_height, context_rows=model.context_rows
    )
    write_network(
        network,
        path,
        metadata,
        "restored",
        ("batch", "height", "width", 1),
        OnnxGenerator,
    )


class Restoring(keras.Model):
    """A generator that gives images, not their logits.

    Args:
        generator: see `HTRGAN`.
    """

    def __init__(self, generator):
        super().__init__()
        self.generator = generator

    def call(self, images):
        restored = keras.ops.sigmoid(self.generator(images))
        # tf2onnx, which moves the one channel about, now and then leaves an
        # axis too many, as the hashes of a run fall.
        return keras.ops.reshape(restored, keras.ops.shape(images))


def export_recognizer(recognizer, path):
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
    metadata = Metadata(
        "recognizer",
        recognizer.height,
        list(recognizer.charset.characters),
        recognizer.frame_width,
    )
    write_network(
        recognizer.network,
        path,
        metadata,
        "logits",
        ("batch", "frames", recognizer.charset.classes),
        OnnxRecognizer,
    )


def write_network(network, path, metadata, output, shape, reader):
    """Exports a network, names its ends, and sees that it does the same."""
    try:
        with whole_file(path) as partial:
            export_network(network, partial)
            proto = onnx.load(partial)
            height = "height"
            if metadata.network == "recognizer":
                height = metadata.line_height
            name_ends(proto, ("batch", height, "width", 1), output, shape)
            proto.producer_name = "keras_htr_gan"
            onnx.helper.set_model_props(proto, metadata.as_strings())
            onnx.checker.check_model(proto)
            onnx.save(proto, partial)
            refuse_differing(network, reader(partial), metadata.line_height)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error


def export_network(network, path):
    """Keras' own export, of images of any height and width."""
    # The height is left free for tf2onnx even where it is not: it takes an
    # axis of one row, which it then sees, for one of channels.
    images = keras.InputSpec(
        dtype="float32", shape=(None, None, None, 1), name="images"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        network.export(
            os.fspath(path),
            format="onnx",
            verbose=False,
            opset_version=OPSET,
            input_signature=[images],
        )


def name_ends(proto, input_shape, output, shape):
    """Gives the graph's output a name, and both ends' axes theirs."""
    graph = proto.graph
    old = graph.output[0].name
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == old:
                    names[i] = output
    graph.output[0].name = output
    # Written anew: tf2onnx now and then notes other axes than there are.
    for end, axes in ((graph.input[0], input_shape), (graph.output[0], shape)):
        dims = end.type.tensor_type.shape.dim
        del dims[:]
        for axis in axes:
            field = "dim_param" if isinstance(axis, str) else "dim_value"
            dims.add(**{field: axis})
    del graph.value_info[:]


def refuse_differing(network, exported, height):
    """Refuses an exported network that is not the one in Keras."""
    images = np.random.default_rng(0).random((2, height, 3 * height, 1))
    images = images.astype("float32")
    images[1, :, 2 * height :] = 2.0
    expected = network.predict_on_batch(images)
    found = exported.predict_on_batch(images)
    if found.shape != expected.shape:
        raise UserError(
            f"the exported network gives {found.shape} where the one in Keras "
            f"gives {expected.shape}; another version of tf2onnx may do better"
        )
    difference = np.abs(found - expected).max()
    scale = max(1.0, float(np.abs(expected).max()))
    if not difference <= TOLERANCE * scale:
        raise UserError(
            f"the exported network differs from the one in Keras by "
            f"{difference:.2g}; other versions of tf2onnx or onnxruntime may "
            "do better"
        )


if __name__ == "__main__":
    model, network, output = sys.argv[1:]
    try:
        export_model(model, output, network)
    except UserError as error:
        sys.exit(str(error))
