"""A command of kraken: pages are restored, and what follows sees them so.

    kraken -i SCAN.png RESTORED.png restore
    kraken -i SCAN.png LINES.json restore segment -bl

kraken finds it by the entry points of this package. Restored pages have the
size of the scan, so that what is found in one has its place in the other.
"""

import functools
import uuid
from pathlib import Path

import click

from keras_htr_gan.backend import hide_native_logs
from keras_htr_gan.commands.mistakes import with_flags
from keras_htr_gan.commands.options import SHARE, Finite, model_option
from keras_htr_gan.errors import UserError


@click.command("restore")
@model_option
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["readers", "eyes"]),
    default="readers",
    help="readers: grey and colours of the scan, restored in part, for what "
    "segments and reads it; eyes: black ink on white paper.",
)
@click.option(
    "--strength",
    type=SHARE,
    help="How much is restored: 0 leaves the page as it is.  [default: for "
    "readers 0.2, for eyes 1]",
)
@click.option(
    "--binarize",
    "mode",
    flag_value="binarize",
    help="Write black and white, as `segment -x` needs it.",
)
@click.option(
    "--text-height",
    type=Finite(min=4),
    help="Pixels from one line of writing to the next.  [default: estimated]",
)
@click.pass_context
def restore(context, model, **settings):
    """
    Restores degraded handwriting.

    Place it before `segment -bl`.
    """
    from kraken.containers import ProcessingStep

    from keras_htr_gan.restoration.restorer import Restorer

    hide_native_logs()
    try:
        restorer = Restorer.from_preset(model)
    except UserError as error:
        message = with_flags(str(error), context.command)
        raise click.BadParameter(message, param_hint="--model") from error
    said = {name: x for name, x in settings.items() if x is not None}
    step = ProcessingStep(
        id=f"_{uuid.uuid4()}",
        category="preprocessing",
        description="Restoration of handwriting",
        settings={"model": model, **said},
    )
    context.meta["steps"].append(step)
    return functools.partial(restore_page_of_kraken, restorer, settings)


def restore_page_of_kraken(restorer, settings, input, output):
    """Restores an image within kraken, which names the arguments so.

    Args:
        restorer: `Restorer`.
        settings: dict, see `restore_opened_image`.
        input: path of the image, or of the XML file that names it.
        output: path to write to; without a suffix it is a PNG.

    Raises:
        click.UsageError: if this is not the place to restore.
        OSError, ValueError: if it cannot be read or written.
    """
    from kraken.kraken import message
    from kraken.lib.util import open_image

    from keras_htr_gan.restoration.opened_images import restore_opened_image

    meta = click.get_current_context().meta
    path, form = find_image_of_kraken(meta, input), choose_format(Path(output))
    message(f"Restoring {meta['orig_file']}\t", nl=False)
    try:
        with open_image(path) as image:
            restored = restore_opened_image(restorer, image, **settings)
        write_image(restored, Path(output), form)
    except Exception:
        message("\u2717", fg="red")
        raise  # kraken tells the file and the reason.
    meta["first_process"] = False
    meta["base_image"] = output
    message("\u2713", fg="green")


def find_image_of_kraken(meta, input):
    """The image that is to be restored: path.

    Args:
        meta: dict, what kraken says of its work.
        input: see `restore_page_of_kraken`.

    Raises:
        click.UsageError: see `restore_page_of_kraken`.
    """
    if meta["last_process"] and meta["output_mode"] != "native":
        raise click.UsageError(
            "restore writes an image: place segment behind it, or leave out "
            "the option for another format"
        )
    if meta["first_process"]:
        if meta["input_format_type"] == "image":
            return input
        from kraken.kraken import get_input_parser

        return get_input_parser(meta["input_format_type"])(input).imagename
    if meta.get("base_image") != input:
        raise click.UsageError("restore has to stand before segment")
    return input


def choose_format(path):
    """Pillow's name of the format in which an image is written: str.

    Args:
        path: `Path`; without a suffix it is a PNG.

    Raises:
        ValueError: for a suffix of no format that can be written.
    """
    from keras_htr_gan.images.decoding import WRITTEN_SUFFIXES

    suffix = path.suffix.lower() or ".png"
    if suffix not in WRITTEN_SUFFIXES:
        known = ", ".join(WRITTEN_SUFFIXES)
        raise ValueError(f"{path}: an image is written as one of {known}")
    return WRITTEN_SUFFIXES[suffix]


def write_image(image, path, form):
    """Writes an image, whole or not at all, at its resolution.

    Args:
        image: `PIL.Image.Image`.
        path: `Path`.
        form: str, see `choose_format`.

    Raises:
        OSError: if it cannot be written.
    """
    from keras_htr_gan.images.documents import OPTIONS
    from keras_htr_gan.storage import whole_file

    if image.mode == "1" and form not in ("PNG", "TIFF", "BMP"):
        image = image.convert("L")
    options = dict(OPTIONS.get(form, {}))
    if dpi := image.info.get("dpi"):
        options["dpi"] = dpi
    with whole_file(path) as partial:
        image.save(partial, format=form, **options)
