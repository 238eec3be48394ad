"""python -m keras_htr_gan export MODEL -o FILE"""

import importlib.util
import os
import sys
from pathlib import Path

import click

from keras_htr_gan.errors import UserError

NEEDED = ("tensorflow", "tf2onnx", "onnx", "onnxruntime")


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
def export(model, output, network):
    """Write a network as an ONNX file, to be run without Keras.

    The file takes images of any size, and says in its metadata how they are
    to be: 'restore --model FILE' and 'read --recognizer FILE' run it by
    onnxruntime. A model of any backend is exported, on TensorFlow.
    """
    try:
        check(output)
        from keras_htr_gan.networks.precision import calculating_in
        from keras_htr_gan.runtimes.exporting import (
            export_generator,
            export_recognizer,
        )
        from keras_htr_gan.training.recognizer_choice import (
            load_recognizer,
            loaded_gan,
        )

        with calculating_in("float32"):
            if network == "generator":
                export_generator(loaded_gan(model).in_float32(), output)
            else:
                recognizer = load_recognizer(model).in_float32()
                export_recognizer(recognizer, output)
    except UserError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB")


def check(output):
    """Sees that it can be done, before anything is loaded."""
    if output.suffix != ".onnx":
        raise UserError(f"--output: {output} must end in .onnx")
    missing = [n for n in NEEDED if importlib.util.find_spec(n) is None]
    if missing:
        raise UserError(
            f"export needs {', '.join(missing)}: pip install "
            "'keras_htr_gan[tensorflow,export]'"
        )
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    if keras.config.backend() != "tensorflow":
        raise UserError(
            "export runs on TensorFlow: leave KERAS_BACKEND out, whatever the "
            "model was trained on"
        )
