"""Generators whose convolutions calculate in integers of eight bits.

Processors with products of such integers are faster at it
(`benchmarks/restoration.py`), and what is restored differs by less than a level
of 255 in the mean (`tests/runtimes/test_shipped_files.py`). The range of each
activation is measured on lines that were aged.
"""

import contextlib
import logging
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
from onnxruntime import quantization

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.recipes import RECIPES, degrade
from keras_htr_gan.runtimes.onnx_models import MULTIPLE

# Drawn lines of each recipe, as wide at most as so many of their height; one
# in so many is blank, or white on black.
LINES, WIDEST, BLANK, NEGATIVE = 12, 12, 5, 7


def quantize(proto, line_height):
    """A generator in integers.

    Args:
        proto: `onnx.ModelProto` of a generator, see `translate`, its weights
            float32.
        line_height: int, pixels.

    Returns:
        `onnx.ModelProto` of the same ends, in float32 between its
        convolutions.
    """
    with tempfile.TemporaryDirectory() as folder, without_advice():
        whole, small = (Path(folder) / f"{n}.onnx" for n in ("whole", "small"))
        onnx.save(proto, whole)
        quantization.quantize_static(
            whole,
            small,
            AgedLines(line_height),
            per_channel=True,
            op_types_to_quantize=["Conv"],
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
        return onnx.load(small)


@contextlib.contextmanager
def without_advice():
    """Within a `with` block onnxruntime does not advise on quantization."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


class AgedLines(quantization.CalibrationDataReader):
    """Lines that are drawn and aged, always the same.

    Args:
        line_height: int, pixels.
    """

    def __init__(self, line_height):
        self.lines = iter(draw_aged_lines(line_height))

    def get_next(self):
        line = next(self.lines, None)
        return None if line is None else {"images": line[None, ..., None]}


def draw_aged_lines(line_height):
    """Yields lines, float32 `(height, width)`, 0 = ink, 1 = paper."""
    source = HandwritingSource(
        height=line_height, max_width=WIDEST * line_height
    )
    for number in range(LINES * len(RECIPES)):
        recipe = RECIPES[sorted(RECIPES)[number % len(RECIPES)]]
        clean, other = (source[2 * number + i]["clean"] for i in (0, 1))
        clean = clean[:, : clean.shape[1] // MULTIPLE * MULTIPLE]
        if number % BLANK == 0:
            clean = np.ones_like(clean)
        aged = degrade(clean, np.random.default_rng(number), other, recipe)
        yield 1 - aged if number % NEGATIVE == 0 else aged
