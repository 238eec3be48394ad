"""What the runtimes change of what is restored, and of how it is read.

    python benchmarks/runtimes.py DATA [--model latin_small] [--split test
        --split-by docs/copiste_split.json] [--lines 1000]

DATA: clean lines, as `evaluate` takes them, which ages them in the same way.
They are restored by each runtime that is installed, and read by the recogniser
and by the judge, always in float32; intervals of 95 % over pages are of what
changes against onnxruntime in float32.
"""

from importlib.util import find_spec

import click
import numpy as np

from keras_htr_gan.data.sources import SourceOptions, open_split
from keras_htr_gan.evaluation.comparison import CHANGE, measure_change
from keras_htr_gan.evaluation.judge import select_judge
from keras_htr_gan.evaluation.lines import age_lines
from keras_htr_gan.evaluation.metrics.binary import score_ink
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.evaluation.tables import (
    format_change,
    format_row,
    format_table,
)
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.runtimes.loading import load_restoring_model

REFERENCE = "onnx"
READERS = ("recogniser", "judge")


@click.command(context_settings={"show_default": True})
@click.argument("data")
@click.option("--model", default="latin_small")
@click.option("--split", default="all")
@click.option("--split-by", default="auto")
@click.option("--lines", default=1000)
def main(data, model, split, split_by, lines):
    """Print CER, PSNR and F-measure of DATA, restored by each runtime."""
    recognizer = Recognizer.from_preset(model).in_float32()
    options = SourceOptions(height=recognizer.height, split_by=split_by)
    source = open_split(data, options, split)
    drawn, charset = age_lines(source, recognizer.height, "medium", lines)
    judge = select_judge("auto", charset)
    evaluation = Evaluation(drawn, recognizer, judge)
    ways = [REFERENCE, "int8", "keras"]
    ways += ["openvino"] if find_spec("openvino") else []
    click.echo(f"{len(drawn)} lines\n")
    header = ["", "PSNR", "F-measure", "largest difference"]
    for reader in READERS:
        header += [f"CER, {reader}", "change"]
    click.echo(format_table(header, []))
    reference, readings = None, None
    for way in ways:
        images = evaluation.restore(load_restoring_model(model, way))
        texts = evaluation.readings(images)
        if reference is None:
            reference, readings = images, texts
        apart = max(
            np.abs(a - b).max() for a, b in zip(reference, images, strict=True)
        )
        scores = evaluation.score_readings(texts)
        row = [
            way,
            f"{evaluation.score_pixels(images)['PSNR']:.2f} dB",
            f"{score_ink(evaluation.clean, images)['F-measure']:.1f} %",
            f"{apart:.3f}",
        ]
        for reader, rate in zip(READERS, ("CER", "judge_CER"), strict=True):
            change = measure_change(evaluation, readings[reader], texts[reader])
            row += [
                f"{100 * scores[rate]:.2f} %",
                format_change(*(change[x] for x in CHANGE)),
            ]
        click.echo(format_row(row))


if __name__ == "__main__":
    main()
