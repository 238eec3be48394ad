"""Restores documents on disk: one after the other, each whole or not at all."""

import dataclasses
import os

from tqdm import tqdm

from keras_htr_gan.data.readers.safe_xml import PageError
from keras_htr_gan.restoration.documents import restore_documents
from keras_htr_gan.restoration.jobs import list_jobs
from keras_htr_gan.restoration.on_ray import restore_on_ray
from keras_htr_gan.restoration.partners import find_partners
from keras_htr_gan.restoration.provenance import choose_recorded
from keras_htr_gan.restoration.rendering import choose_rendering
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.storage import write_whole
from keras_htr_gan.transcripts.image_names import name_restored_image


def restore_files(
    inputs,
    output,
    model="latin_small",
    runtime="auto",
    overwrite=False,
    quiet=False,
    **options,
):
    """Restores images, TIFF files of several pages, PDFs, and folders of them.

    The result has the size and resolution of the scan; of a PDF the scans
    alone are exchanged. Names, and folders within a folder, are kept. PAGE and
    ALTO files of images are written, too, see `write_transcripts`.

    Example:

        restore_files("scans", "restored", mode="binarize")

    Args:
        inputs: path, or sequence of paths, of files and folders; an output
            within such a folder is left out.
        output: path of the folder to write to.
        model, runtime: see `Restorer.from_preset`; or a `Restorer` itself,
            with `engine="local"`.
        overwrite: bool, whether files that are there are written again.
        quiet: bool, no progress bar, and no word on what is left out.
        **options: see `restore_jobs`.

    Returns:
        list of `(path, reason)`, the documents that could not be restored.

    Raises:
        UserError: if there is nothing to restore, two documents would be
            written to one file or one over its source, or the model cannot
            be loaded.
    """
    if isinstance(inputs, (str, os.PathLike)):
        inputs = [inputs]
    work = list_jobs(inputs, output, overwrite)
    for line in () if quiet else work.left_out:
        print(line)
    return restore_jobs(work.jobs, model, runtime, quiet=quiet, **options)


def restore_jobs(
    jobs,
    model="latin_small",
    runtime="auto",
    engine="local",
    workers=None,
    purpose="eyes",
    strength=None,
    mode=None,
    trim=None,
    other_side=None,
    choose=None,
    **options,
):
    """Restores what `list_jobs` found, see `restore_files`.

    Args:
        model, runtime: see `Restorer.from_preset`.
        engine, workers: `"local"`, or `"ray"` for all machines of a Ray
            cluster; int or `None`, models at work there: see `restore_on_ray`.
        purpose: `"eyes"`, black ink on white paper; or `"readers"`, the page's
            own colours in part, which recognisers read best. `strength` and
            `mode` have their way.
        strength: float, how much is restored: 0 leaves a page as it is.
        mode: `"grey"`; `"binarize"`, black and white; or `"colour"`, ink in
            its own colour on white.
        trim: bool, whether images of a line are cut to the rows of its
            writing, see `restore_documents`; `None` for readers alone.
        other_side: path, `"auto"` or `None`, see `find_partners`: whose ink is
            taken out of the page, see `take_out_other_side`.
        choose: `CarefulRestorer` that says how much of each line is restored,
            in the colours of the scan, and describes itself; or `None`.
        **options: `kind`, `text_height`, `polarity`, `turn`, `keep_borders`,
            see `Restorer.restore`; and `preview`, `evidence`, bool, pictures
            beside: before and after; what the scan does not support.
    """
    if choose is not None:
        model, mode, trim = choose.restorer, "colour", False
        options["choose"] = choose
    options |= choose_rendering(purpose, strength, mode)
    options["trim"] = purpose == "readers" if trim is None else trim
    if not jobs:
        return []
    if other_side is not None:
        jobs = find_partners(jobs, other_side, engine, options.get("quiet"))
    if options.get("text_height") is None:
        options.pop("text_height", None)
        if not options.get("quiet"):
            tell_text_heights(jobs)
    else:
        jobs = [dataclasses.replace(job, text_height=None) for job in jobs]
    options["record"] = choose_recorded(
        {"purpose": purpose} | options, restore_documents
    )
    if engine == "ray":
        failed = restore_on_ray(jobs, model, runtime, workers, **options)
        return failed + write_transcripts(jobs, options["mode"], failed)
    if not isinstance(model, Restorer):
        model = Restorer.from_preset(model, runtime)
    return restore_here(model, jobs, **options)


def restore_here(restorer, jobs, quiet=False, **options):
    """Restores what `list_jobs` found with one model in this process.

    A document whose height of writing is known goes through by itself.

    Args:
        restorer: `Restorer`.
        jobs, quiet, **options: see `restore_documents`.

    Returns:
        list of `(path, reason)`, the documents that failed.
    """
    alone = [job for job in jobs if job.text_height is not None]
    together = [job for job in jobs if job.text_height is None]
    failed = []
    if together:
        failed = restore_documents(restorer, together, quiet=quiet, **options)
        failed += write_transcripts(together, options["mode"], failed)
    with tqdm(alone, unit=" pages", disable=quiet or not alone or None) as bar:
        for job in bar:
            bar.set_description_str(f"{job.source.name} ")
            own = options | {"text_height": job.text_height}
            lost = restore_documents(restorer, [job], quiet=True, **own)
            failed += lost + write_transcripts([job], options["mode"], lost)
    return failed


def tell_text_heights(jobs):
    """Says of how many pages the height of writing is known."""
    heights = sorted(job.text_height for job in jobs if job.text_height)
    if heights:
        pages = "page" if len(heights) == 1 else "pages"
        least, most = (f"{heights[i]:.0f}" for i in (0, -1))
        told = least if least == most else f"{least} to {most}"
        print(
            f"the lines of {len(heights)} {pages} are {told} pixels high, by "
            "PAGE or ALTO"
        )


def write_transcripts(jobs, mode, failed=()):
    """Writes the PAGE and ALTO files of documents that were restored.

    Each names the restored image, see `name_restored_image`.

    Args:
        jobs: list of `Job`.
        mode: str, see `render_page`.
        failed: list of `(path, reason)`, documents that were not.

    Returns:
        list of `(path, reason)`, the files that could not be written.
    """
    lost, missed = {path for path, _ in failed}, []
    for job in jobs:
        if job.source in lost:
            continue
        for page in job.transcripts:
            try:
                document = page.source.open()
                name = job.target.name
                content = name_restored_image(document, name, mode)
                write_whole(page.target, content)
            except PageError as error:
                missed.append((page.source.path, error.problem))
            except OSError as error:
                missed.append((page.source.path, error.strerror or str(error)))
    return missed
