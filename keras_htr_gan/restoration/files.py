"""Restores documents on disk: one after the other, each whole or not at all."""

import os

from keras_htr_gan.restoration.documents import restore_documents
from keras_htr_gan.restoration.jobs import list_jobs
from keras_htr_gan.restoration.on_ray import restore_on_ray
from keras_htr_gan.restoration.restorer import Restorer


def restore_files(
    inputs,
    output,
    model="latin_small",
    runtime="auto",
    overwrite=False,
    engine="local",
    workers=None,
    kind="auto",
    text_height=None,
    strength=1.0,
    mode="grey",
    preview=False,
    quiet=False,
    polarity="auto",
):
    """Restores images, TIFF files of several pages, PDFs, and folders of them.

    The result has the size and resolution of the scan; the PDF of a PDF has
    300 dots an inch. Names, and folders within a folder, are kept.

    Example:

        restore_files("scans", "restored", mode="binarize")

    Args:
        inputs: path, or sequence of paths, of files and folders; an output
            within such a folder is left out.
        output: path of the folder to write to.
        model, runtime: see `Restorer.from_preset`; or a `Restorer` itself,
            with `engine="local"`.
        overwrite: bool, whether files that are there are written again.
        engine: `"local"`, or `"ray"` for all machines of a Ray cluster, see
            `restore_on_ray`.
        workers: int or `None`, models at work at once on Ray.
        kind, text_height, polarity: see `Restorer.restore`.
        strength: float, how much is restored: 0 leaves a page as it is.
        mode: `"grey"`, which readers like best; `"binarize"`, black and
            white; or `"colour"`, ink in its own colour on white.
        preview: bool, whether a picture of each page before and after is
            written beside it.
        quiet: bool, no progress bar, and no word on what is left out.

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
    options = {"kind": kind, "text_height": text_height, "strength": strength}
    options |= {"mode": mode, "preview": preview, "quiet": quiet}
    options["polarity"] = polarity
    return restore_jobs(work.jobs, model, runtime, engine, workers, **options)


def restore_jobs(
    jobs,
    model="latin_small",
    runtime="auto",
    engine="local",
    workers=None,
    **options,
):
    """Restores what `list_jobs` found, see `restore_files`."""
    if not jobs:
        return []
    if engine == "ray":
        return restore_on_ray(jobs, model, runtime, workers, **options)
    if not isinstance(model, Restorer):
        model = Restorer.from_preset(model, runtime)
    return restore_documents(model, jobs, **options)
