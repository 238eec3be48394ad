"""python -m keras_htr_gan restore INPUT... -o OUT"""

from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import tells_mistakes
from keras_htr_gan.commands.options import (
    COUNT,
    SHARE,
    Finite,
    model_option,
    no_harm_options,
    polarity_option,
    runtime_option,
)
from keras_htr_gan.errors import UserError


@click.command(context_settings={"show_default": True})
@click.argument(
    "inputs",
    nargs=-1,
    required=True,
    metavar="INPUT...",
    type=click.Path(exists=True, path_type=Path),
)
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to; names, and folders within a folder, are kept.",
)
@model_option
@runtime_option
@click.option(
    "--type",
    "kind",
    type=click.Choice(["auto", "line", "page"]),
    default="auto",
    help="What the images are; auto: a flat image with one line of writing is "
    "a line.",
)
@click.option(
    "--text-height",
    type=Finite(min=4),
    default=None,
    help="Pixels of a line of writing, on pages: from one to the next where "
    "they are close.  [default: by its PAGE or ALTO, or else estimated]",
)
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["eyes", "readers"]),
    default="eyes",
    help="eyes: black ink on white paper. readers: for a handwriting "
    "recogniser, which wants the grey and the colours of the scan: these, "
    "restored in part.",
)
@click.option(
    "--strength",
    type=SHARE,
    default=None,
    help="How much is restored: 0 leaves the page as it is.  [default: 1, for "
    "readers 0.2]",
)
@click.option(
    "--binarize",
    "mode",
    flag_value="binarize",
    help="Write black and white.",
)
@click.option(
    "--keep-colour",
    "mode",
    flag_value="colour",
    help="Write ink in its own colour, on white; this is the default for "
    "readers.",
)
@click.option(
    "--grey",
    "mode",
    flag_value="grey",
    default=None,
    help="Write grey; this is the default, but for readers.",
)
@click.option(
    "--trim/--keep-size",
    default=None,
    help="Cut an image of a line to the rows of its writing, which recognisers "
    "then see larger; not where a PAGE or ALTO file says where it lies.  "
    "[default: keep-size, for readers trim]",
)
@no_harm_options
@polarity_option
@click.option(
    "--turn",
    type=click.Choice(["auto", "none", "side"]),
    default="auto",
    help="A page that lies on its side is turned while it is restored: side: "
    "it does; none: it does not; auto: it is looked at, and told.",
)
@click.option(
    "--keep-borders",
    is_flag=True,
    help="Restore what is no paper, too: the dark bed of a scanner, a gutter. "
    "It comes out white otherwise, and untouched in colour.",
)
@click.option(
    "--other-side",
    metavar="FILE|auto",
    default=None,
    help="The scan of the other side of the sheet, whose ink is taken out "
    "before; auto: by its name (12r and 12v, a_recto and a_verso, page_1 and "
    "page_2), and in a file of several pages 1 with 2, 3 with 4. What does "
    "not fit is told, and nothing taken out.",
)
@click.option(
    "--preview", is_flag=True, help="Write pictures of before and after, too."
)
@click.option(
    "--evidence",
    is_flag=True,
    help="Write pictures of the restored ink that the scan does not support, "
    "in magenta, and a list of where it is (JSON), too.",
)
@click.option(
    "--overwrite", is_flag=True, help="Write files again that are there."
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    help="ray: on all machines of a Ray cluster (RAY_ADDRESS), which see the "
    "same files; without one, on this machine by several processes.",
)
@click.option(
    "--workers",
    type=COUNT,
    default=None,
    help="Models at work at once, with --engine ray.  [default: one for each "
    "two cores of the cluster]",
)
@click.pass_context
@tells_mistakes
def restore(
    context, inputs, output, overwrite, no_harm, calibration, **options
):
    """Restore scans of handwriting: lines or pages.

    INPUT is an image, a TIFF file of several pages, a PDF, or a folder of
    them. The result has the size and resolution of the scan, but for lines
    that are trimmed; of a PDF the scans alone are exchanged. PAGE and ALTO
    files of the images are written, too, and say how high the lines are. A
    file that cannot be restored is told in the end, and the exit status is
    then 1.
    """
    refuse_other_ways(context, no_harm, calibration)
    # Imported here, as --help and mistakes should not wait for the models.
    from keras_htr_gan.restoration.files import restore_jobs
    from keras_htr_gan.restoration.jobs import list_jobs

    work = list_jobs(inputs, output, overwrite)
    for line in work.left_out:
        click.echo(line, err=True)
    if work.skipped:
        click.echo(
            f"{work.skipped} there already; --overwrite restores them again"
        )
    if not (jobs := work.jobs):
        return
    careful = load_careful(no_harm, calibration, options)
    failed = restore_jobs(jobs, choose=careful, **options)
    for line in careful.tell() if careful else ():
        click.echo(line)
    for path, reason in failed:
        click.echo(f"not restored: {path}: {reason}", err=True)
    lost = {path for path, _ in failed}
    written = sum(job.source not in lost for job in jobs)
    told = f"{written} of {len(jobs)} written to {output}"
    pages = [page.source.path for job in jobs for page in job.transcripts]
    if pages:
        written = sum(
            page.source.path not in lost
            for job in jobs
            if job.source not in lost
            for page in job.transcripts
        )
        told += f", and {written} of {len(pages)} PAGE or ALTO files"
    click.echo(told)
    context.exit(1 if failed else 0)


def refuse_other_ways(context, no_harm, calibration):
    """Refuses what says how much is restored, if that is to be chosen."""
    if no_harm is None:
        if calibration is not None:
            raise UserError("`calibration` is for `no_harm`")
        return
    default = click.core.ParameterSource.DEFAULT
    names = ("purpose", "strength", "mode", "trim", "engine", "workers")
    for name in (*names, "evidence"):
        # Of three flags of one name the last one is asked for its source.
        said = context.get_parameter_source(name) is not default
        if said or (name == "mode" and context.params[name]):
            raise UserError(
                f"`{name}`: leave it out with `no_harm`, which chooses how "
                "much of a line is restored, writes the colours of the scan, "
                "and runs here"
            )
    if context.params["other_side"] is not None:
        raise UserError(
            "`other_side`: leave it out with `no_harm`, which compares with "
            "the scan as it was found"
        )


def load_careful(no_harm, calibration, options):
    """What keeps a promise, or `None` where there is none."""
    if no_harm is None:
        return None
    from keras_htr_gan.reading.careful import CarefulRestorer

    return CarefulRestorer.from_preset(
        options["model"], no_harm, options["runtime"], calibration
    )
