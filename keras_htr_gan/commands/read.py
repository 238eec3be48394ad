"""python -m keras_htr_gan read IMAGE..."""

from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import tells_mistakes, with_flags
from keras_htr_gan.commands.options import (
    model_option,
    polarity_option,
    runtime_option,
)
from keras_htr_gan.errors import UserError
from keras_htr_gan.storage import write_whole


@click.command(context_settings={"show_default": True})
@click.argument(
    "inputs",
    nargs=-1,
    required=True,
    metavar="IMAGE...",
    type=click.Path(exists=True, path_type=Path),
)
@click.option(
    "--recognizer",
    default="latin_small",
    metavar="PRESET|RUN|FILE",
    help="What reads: a preset, a run, a .keras file, or an .onnx file that "
    "'export --network recognizer' wrote.",
)
@click.option(
    "--restore", "restored", is_flag=True, help="Restore the lines first."
)
@click.option(
    "--type",
    "kind",
    type=click.Choice(["auto", "line"]),
    default="auto",
    help="What the images are; auto: what looks like a page is not read.",
)
@polarity_option
@model_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "alto"]),
    default="text",
    help="text: a line each, with the file if there are several; alto: an "
    "ALTO 4 file each.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=None,
    help="File to write, or with --format alto a folder.  [default: to the "
    "screen]",
)
@runtime_option
@click.pass_context
@tells_mistakes
def read(
    context,
    inputs,
    recognizer,
    restored,
    kind,
    polarity,
    model,
    form,
    output,
    runtime,
):
    """Read images of lines of handwriting.

    IMAGE is an image of one line, or a folder of them. An image that cannot
    be read is told in the end, and the exit status is then 1.
    """
    if form == "alto" and (output is None or output.is_file()):
        raise UserError("--format alto: name a folder by --output")
    if form != "alto" and output is not None and output.is_dir():
        raise UserError(f"--output: {output} is a folder; name a file")
    # Imported here, as --help and mistakes should not wait for the models.
    from keras_htr_gan.reading.files import find_line_images, read_files
    from keras_htr_gan.runtimes.loading import (
        load_reading_model,
        load_restoring_model,
    )

    found = find_line_images(inputs)
    for line in found.tell_left_out():
        click.echo(line, err=True)
    reader = load_reading_model(recognizer, runtime)
    restorer = load_restoring_model(model, runtime) if restored else None
    lines, failed = read_files(
        found.documents, reader, restorer, kind, polarity
    )
    give_out(lines, form, output)
    for path, reason in failed:
        reason = with_flags(reason, context.command)
        click.echo(f"not read: {path}: {reason}", err=True)
    context.exit(1 if failed else 0)


def give_out(lines, form, output):
    """Shows or writes what was read, see `read`."""
    from keras_htr_gan.reading.formats import (
        format_alto,
        format_json,
        format_text,
    )

    if form == "alto":
        for line in lines:
            name = Path(line["name"]).with_suffix(".xml")
            write(output / name, format_alto(line))
        return
    text = format_text(lines) if form == "text" else format_json(lines)
    if output is None:
        click.echo(text, nl=False)
    else:
        write(output, text)


def write(path, content):
    try:
        write_whole(path, content)
    except OSError as error:
        raise UserError(f"--output: {path}: {error.strerror}") from error
