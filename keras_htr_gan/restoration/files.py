"""Restores documents on disk: one after the other, each whole or not at all."""

import os

from keras_htr_gan.restoration.documents import restore_documents
from keras_htr_gan.restoration.jobs import list_jobs
from keras_htr_gan.restoration.on_ray import restore_on_ray
from keras_htr_gan.restoration.rendering import choose_rendering
from keras_htr_gan.restoration.restorer import Restorer


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
    alone are exchanged. Names, and folders within a folder, are kept.

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
    **options,
):
    """Restores what `list_jobs` found, see `restore_files`.

    Args:
        model, runtime: see `Restorer.from_preset`.
        engine: `"local"`, or `"ray"` for all machines of a Ray cluster, see
            `restore_on_ray`.
        workers: int or `None`, models at work at once on Ray.
        purpose: `"eyes"`, black ink on white paper; or `"readers"`, the
            page's own colours, restored in part, which handwriting
            recognisers read best. `strength` and `mode` have their way.
        strength: float, how much is restored: 0 leaves a page as it is.
        mode: `"grey"`; `"binarize"`, black and white; or `"colour"`, ink in
            its own colour on white.
        **options: `kind`, `text_height`, `polarity`, `turn`, `keep_borders`,
            see `Restorer.restore`; and `preview`, bool, whether a picture of
            each page before and after is written beside it.
    """
    options |= choose_rendering(purpose, strength, mode)
    if not jobs:
        return []
    if engine == "ray":
        return restore_on_ray(jobs, model, runtime, workers, **options)
    if not isinstance(model, Restorer):
        model = Restorer.from_preset(model, runtime)
    return restore_documents(model, jobs, **options)
