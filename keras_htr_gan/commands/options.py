"""Options that several commands have in common."""

import math
from pathlib import Path

import click

from keras_htr_gan.pixels import POLARITIES


class Finite(click.FloatRange):
    """Numbers of a range as click has it, and neither nan nor inf.

    nan is below no bound and above none, so click takes it for any range.
    """

    def convert(self, value, parameter, context):
        number = super().convert(value, parameter, context)
        if not math.isfinite(number):
            self.fail(f"{value} is no finite number.", parameter, context)
        return number


COUNT = click.IntRange(min=1)
COUNT_OR_NONE = click.IntRange(min=0)
WEIGHT = Finite(min=0)
SHARE = Finite(0, 1)
ABOVE_0 = Finite(min=0, min_open=True)
POLARITY = click.Choice(POLARITIES)
POLARITY_HELP = (
    "Ink of the images: dark, light (white on black, as in negatives), which "
    "is turned, or auto: each image is looked at."
)


def together(*options):
    """Several options as one decorator, in this order in `--help`."""

    def decorate(command):
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


model_option = click.option(
    "--model",
    default="latin_small",
    metavar="PRESET|RUN|FILE",
    help="What restores: a shipped preset, a preset's folder, a run's folder, "
    "hf://USER/NAME from Hugging Face, a .keras file, or an .onnx file that "
    "'export' wrote.",
)

runtime_option = click.option(
    "--runtime",
    type=click.Choice(["auto", "onnx", "int8", "openvino", "gpu", "keras"]),
    default="auto",
    help="What runs the model: onnxruntime; the same in integers of 8 bits, "
    "for processors that are made for them; OpenVINO, if it is installed; "
    "onnxruntime on a GPU, if the one that is installed is made for it; or "
    "Keras. auto: onnxruntime, in integers where they are faster.",
)

judge_option = click.option(
    "--judge",
    default="auto",
    metavar="auto|none|PRESET|FILE",
    help="A second reader, which scores lines and has no part in any training "
    "of a generator: the shipped one, if it knows all characters; none; a "
    "preset; or a .keras file.",
)

polarity_option = click.option(
    "--polarity", type=POLARITY, default="auto", help=POLARITY_HELP
)

split_options = together(
    click.option(
        "--split",
        type=click.Choice(["all", "train", "validation", "test"]),
        default="all",
        help="All lines, or one split, as training would make it.",
    ),
    click.option(
        "--split-by",
        default="auto",
        metavar="COLUMN|FILE",
        help="As in training.",
    ),
)

language_option = click.option(
    "--language", default="en", help="Language of 'synthetic' lines."
)

no_harm_options = together(
    click.option(
        "--no-harm",
        type=SHARE,
        default=None,
        metavar="SHARE",
        help="A promise: at most so many of the lines, as 0.05, become harder "
        "to read than as found for the model's own recogniser. It chooses how "
        "much of each line is restored: not at all, in part, or fully. Lines "
        "are images of one, or those that the PAGE or ALTO of a page outlines; "
        "other pages are taken as found.",
    ),
    click.option(
        "--calibration",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        default=None,
        metavar="FILE",
        help="With --no-harm: what 'calibrate' found out about the model.  "
        "[default: what comes with it]",
    ),
)
