"""Restores documents on disk: one after the other, each whole or not at all."""

import dataclasses
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from keras_htr_gan.data.documents import (
    SUFFIXES,
    DocumentWriter,
    count_pages,
    find_documents,
    read_pages,
)
from keras_htr_gan.data.images import ImageError
from keras_htr_gan.errors import UserError
from keras_htr_gan.restoration import finished

PREVIEW_HEIGHT = 1600


@dataclasses.dataclass(frozen=True)
class Job:
    """A document and where its restoration goes.

    Args:
        source, target: `Path`.
        pages: int.
    """

    source: Path
    target: Path
    pages: int


def jobs_of(inputs, output, overwrite):
    """What there is to do.

    Args:
        inputs: sequence of `Path`, files and folders.
        output: `Path` of the folder to write to.
        overwrite: bool, whether files that are there are written again.

    Returns:
        `(jobs, skipped)`: list of `Job`, and how many are there already.

    Raises:
        UserError: if there is nothing to restore, two documents would be
            written to one file, or one over its source.
    """
    jobs, skipped, targets = [], 0, {}
    for path in inputs:
        found = find_documents(path)
        if not found:
            raise UserError(
                f"{path}: no document in this folder; known are "
                + ", ".join(SUFFIXES)
            )
        for source, name in found:
            if name.suffix.lower() not in SUFFIXES:
                name = name.with_name(f"{name.name}.png")
            target = output / name
            if target in targets:
                raise UserError(
                    f"{source} and {targets[target]} would both be written to "
                    f"{target}; restore them to two folders"
                )
            targets[target] = source
            if target.exists() and target.samefile(source):
                raise UserError(
                    f"--output: {target} would be written over; name another "
                    "folder"
                )
            if target.exists() and not overwrite:
                skipped += 1
                continue
            jobs.append(Job(source, target, count_pages(source)))
    return jobs, skipped


def restore_files(restorer, jobs, preview=False, quiet=False, **options):
    """Restores documents; what cannot be restored is told in the end.

    Args:
        restorer: `Restorer`.
        jobs: list of `Job`.
        preview: bool, whether a picture of each page before and after is
            written beside it.
        quiet: bool, no progress bar.
        **options: `text_height`, `kind` (see `Restorer.restore`), `strength`
            and `mode` (see `finished`).

    Returns:
        list of `(path, reason)`, the documents that failed.
    """
    failed = []
    total = sum(job.pages for job in jobs)
    with tqdm(
        total=total,
        unit=" pages",
        disable=quiet or None,
        bar_format="{desc}{percentage:3.0f}%|{bar}| {n:.1f}/{total} pages "
        "[{elapsed}<{remaining}, {rate_fmt}]",
    ) as bar:
        for job in jobs:
            bar.set_description_str(f"{job.source.name} ")
            before = bar.n
            try:
                restore_document(restorer, job, preview, bar.update, **options)
            except (ImageError, OSError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                failed.append((job.source, reason))
            bar.update(before + job.pages - bar.n)
    return failed


def restore_document(
    restorer,
    job,
    preview,
    progress,
    text_height=None,
    kind="auto",
    strength=1.0,
    mode="grey",
):
    previews = []
    with DocumentWriter(job.target) as writer:
        for page in read_pages(job.source):
            restored = restorer.restore(page.grey, text_height, kind, progress)
            image = finished(page, restored, strength, mode)
            writer.write(image, page.dpi)
            if preview:
                previews.append(side_by_side(page, image))
    for number, picture in enumerate(previews, 1):
        page = f"_{number:03d}" if len(previews) > 1 else ""
        picture.save(
            job.target.with_name(f"{job.target.stem}_preview{page}.png")
        )


def side_by_side(page, image):
    """Before and after in one picture."""
    before = page.colour if page.colour is not None else page.grey
    if before.dtype != "uint8":
        before = (255 * before).astype("uint8")
    pair = [
        Image.fromarray(before).convert("RGB"),
        Image.fromarray(image).convert("RGB"),
    ]
    width, height = pair[0].size
    shrink = min(1.0, PREVIEW_HEIGHT / height)
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    picture = Image.new("RGB", (2 * size[0] + 8, size[1]), "red")
    for i, half in enumerate(pair):
        picture.paste(half.resize(size), (i * (size[0] + 8), 0))
    return picture
