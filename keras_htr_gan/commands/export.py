"""python -m keras_htr_gan export MODEL -o FILE"""

from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import tells_mistakes
from keras_htr_gan.errors import UserError


@click.command(context_settings={"show_default": True})
@click.argument("model", metavar="PRESET|RUN|FILE")
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The .onnx file to write; one that is there is replaced.",
)
@click.option(
    "--network",
    type=click.Choice(["generator", "recognizer"]),
    default="generator",
    help="Which of the model's networks.",
)
@click.option(
    "--precision",
    type=click.Choice(["float32", "int8"]),
    default="float32",
    help="int8: a generator whose convolutions calculate in integers of 8 "
    "bits, twice as fast on processors that are made for them.",
)
@tells_mistakes
def export(model, output, network, precision):
    """Write a network as an ONNX file, to be run without Keras.

    The file takes images of any size, and says in its metadata how they are
    to be: 'restore --model FILE' and 'read --recognizer FILE' run it by
    onnxruntime.
    """
    from keras_htr_gan.runtimes.export_needs import prepare_export

    if output.suffix != ".onnx":
        raise UserError(f"`output`: {output} must end in .onnx")
    prepare_export()
    # Only now, as it imports Keras.
    from keras_htr_gan.runtimes.exporting import export_model

    export_model(model, output, network, precision)
    click.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB")
