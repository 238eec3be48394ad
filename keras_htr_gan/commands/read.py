"""python -m keras_htr_gan read INPUT..."""

from pathlib import Path

import click
from tqdm import tqdm

from keras_htr_gan.commands.mistakes import tells_mistakes, with_flags
from keras_htr_gan.commands.options import (
    model_option,
    no_harm_options,
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
    metavar="INPUT...",
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
@no_harm_options
@click.option(
    "--type",
    "kind",
    type=click.Choice(["auto", "line"]),
    default="auto",
    help="What images without PAGE or ALTO are; auto: what looks like a page "
    "is not read.",
)
@polarity_option
@model_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "xml", "alto"]),
    default="text",
    help="text: a line each, with the file if there are several; json: with "
    "confidences and outlines; xml: the PAGE or ALTO of each page with what "
    "was read in it, and an ALTO 4 file of each image that has none; alto: "
    "the same, of what is not PAGE.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=None,
    help="File to write, or with --format xml or alto a folder.  [default: "
    "to the screen]",
)
@runtime_option
@click.pass_context
@tells_mistakes
def read(
    context,
    inputs,
    recognizer,
    kind,
    polarity,
    form,
    output,
    runtime,
    **restoring,
):
    """Read lines of handwriting, and pages with PAGE-XML or ALTO.

    INPUT is an image of one line, a page that has a PAGE or ALTO file, or a
    folder of them. What cannot be read is told in the end, and the exit status
    is then 1. Where the files have a text already, the character error rate is
    told.
    """
    in_folder = form in ("xml", "alto")
    if in_folder and (output is None or output.is_file()):
        raise UserError(f"--format {form}: name a folder by --output")
    if not in_folder and output is not None and output.is_dir():
        raise UserError(f"--output: {output} is a folder; name a file")
    # Imported here, as --help and mistakes should not wait for the models.
    from keras_htr_gan.reading.files import read_files
    from keras_htr_gan.reading.pages import read_pages_by_line
    from keras_htr_gan.runtimes.loading import load_reading_model

    images, transcripts, failed = find_inputs(inputs, in_folder, output)
    refuse_to_write_over(images, transcripts, in_folder, output)
    reader = load_reading_model(recognizer, runtime)
    restorer, careful = load_restorers(runtime=runtime, **restoring)
    lines, ways = [], {"polarity": polarity, "careful": careful}
    pages = read_pages_by_line(transcripts, reader, restorer, **ways)
    for page in tqdm(
        pages,
        total=len(transcripts),
        unit=" pages",
        disable=not transcripts or None,
    ):
        lines += page.rows()
        failed += write_page(page, form, output)
    transcribed = list(lines)
    if images or not transcripts:
        more, lost = read_files(images, reader, restorer, kind, **ways)
        failed += lost
        lines += more
        if in_folder:
            write_lines(more, output)
    if not in_folder:
        give_out(lines, form, output)
    tell_errors(transcribed)
    if careful is not None:
        click.echo("\n".join(careful.tell()), err=True)
    for path, reason in failed:
        reason = with_flags(reason, context.command)
        click.echo(f"not read: {path}: {reason}", err=True)
    context.exit(1 if failed else 0)


def load_restorers(model, runtime, restored, no_harm, calibration):
    """What restores lines before they are read.

    Returns:
        A model, see `read_files`, and a `CarefulRestorer`, or `None` for each.
    """
    if calibration is not None and no_harm is None:
        raise UserError("`calibration` is for `no_harm`")
    if no_harm is not None:
        if not restored:
            raise UserError("`no_harm` is for `restored` lines")
        from keras_htr_gan.reading.careful import CarefulRestorer

        return None, CarefulRestorer.from_preset(
            model, no_harm, runtime, calibration
        )
    from keras_htr_gan.runtimes.loading import load_restoring_model

    return load_restoring_model(model, runtime) if restored else None, None


def find_inputs(inputs, in_folder, output):
    """Finds what there is to read, and says what is left out.

    Returns:
        `(images, transcripts, failed)`: list of `(file, name)`, list of
        `Transcript`, and list of `(path, reason)`.
    """
    from keras_htr_gan.reading.files import find_line_images
    from keras_htr_gan.reading.pages import (
        leave_to_pages,
        list_read_transcripts,
    )
    from keras_htr_gan.transcripts.finding import find_transcripts

    pages = find_transcripts(inputs, output if in_folder else None)
    known = pages.paths()
    found = find_line_images(inputs, known)
    found.others[:] = [p for p in found.others if p.resolve() not in known]
    for line in [*found.tell_left_out(), *pages.notes]:
        click.echo(line, err=True)
    images = leave_to_pages(found.documents, pages)
    return images, list_read_transcripts(pages), list(pages.problems)


def refuse_to_write_over(images, transcripts, in_folder, output):
    """Refuses an output that would write over what is read, or over itself."""
    if output is None:
        return
    targets = {}
    names = [(t.path, t.name) for t in transcripts]
    if not in_folder:
        targets = {output: None}
    else:
        names += [(f, Path(n).with_suffix(".xml")) for f, n in images]
        for source, name in names:
            other = targets.setdefault(output / name, source)
            if other != source:
                raise UserError(
                    f"{other} and {source} would both be written to "
                    f"{output / name}; read them into two folders"
                )
    inputs = {t.path.resolve() for t in transcripts}
    inputs |= {Path(file).resolve() for file, _ in images}
    for target in targets:
        if target.exists() and target.resolve() in inputs:
            raise UserError(
                f"--output: {target} would be written over; name another"
            )


def write_page(page, form, output):
    """Writes a page's XML, if that is asked for.

    Returns:
        list of `(path, reason)`, what could not be read or written.
    """
    from keras_htr_gan.data.readers.page_formats import PageXml
    from keras_htr_gan.data.readers.safe_xml import PageError

    path = page.transcript.path
    failed = [(path, page.problem)] if page.problem else []
    if form not in ("xml", "alto") or page.document is None:
        return failed
    if form == "alto" and page.document.form is PageXml:
        reason = "not written: it is PAGE; --format xml writes it as that"
        return [*failed, (path, reason)]
    try:
        write(output / page.transcript.name, page.xml())
    except PageError as error:
        failed.append((path, error.problem))
    return failed


def write_lines(lines, output):
    """Writes an ALTO file of each image of a line."""
    from keras_htr_gan.reading.formats import format_alto

    for line in lines:
        name = Path(line["name"]).with_suffix(".xml")
        write(output / name, format_alto(line))


def give_out(lines, form, output):
    """Shows or writes what was read as text or JSON, see `read`."""
    from keras_htr_gan.reading.formats import format_json, format_text

    text = format_text(lines) if form == "text" else format_json(lines)
    if output is None:
        click.echo(text, nl=False)
    else:
        write(output, text)


def tell_errors(lines):
    """Says how much of the pages was read otherwise than they have it."""
    lines = [line for line in lines if line["transcription"]]
    if lines:
        from keras_htr_gan.evaluation.metrics.reading import (
            character_error_rate,
        )

        rate = character_error_rate(
            [line["transcription"] for line in lines],
            [" ".join(line["text"].split()) for line in lines],
        )
        click.echo(
            f"CER {100 * rate:.1f} % against the text of {len(lines)} lines "
            "in their PAGE or ALTO",
            err=True,
        )


def write(path, content):
    try:
        write_whole(path, content)
    except OSError as error:
        raise UserError(f"--output: {path}: {error.strerror}") from error
