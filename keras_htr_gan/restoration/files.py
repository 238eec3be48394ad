"""Restores documents on disk: one after the other, each whole or not at all."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import ImageError
from keras_htr_gan.images.documents import (
    SUFFIXES,
    DocumentWriter,
    Page,
    count_pages,
    find_documents,
    read_pages,
)
from keras_htr_gan.restoration.restorer import finished

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


def restore_files(
    restorer,
    jobs,
    preview=False,
    quiet=False,
    text_height=None,
    kind="auto",
    strength=1.0,
    mode="grey",
):
    """Restores documents; what cannot be restored is told in the end.

    While a page is restored, the next one is decoded and the one before is
    encoded; no more than these are in memory.

    Args:
        restorer: `Restorer`.
        jobs: list of `Job`.
        preview: bool, whether a picture of each page before and after is
            written beside it.
        quiet: bool, no progress bar.
        text_height, kind: see `Restorer.restore`.
        strength, mode: see `finished`.

    Returns:
        list of `(path, reason)`, the documents that failed.
    """
    bar = tqdm(
        total=sum(job.pages for job in jobs),
        unit=" pages",
        disable=quiet or None,
        bar_format="{desc}{percentage:3.0f}%|{bar}| {n:.1f}/{total} pages "
        "[{elapsed}<{remaining}, {rate_fmt}]",
    )
    with bar, Writing(preview, strength, mode) as writing:
        finished_pages = 0
        for job, page in ahead(pages_of(jobs)):
            bar.set_description_str(f"{job.source.name} ")
            if isinstance(page, Page):
                restored = restorer.restore(
                    page.grey, text_height, kind, bar.update
                )
                writing.add(job, page, restored)
            else:
                writing.end(job, page)
                finished_pages += job.pages
                bar.update(finished_pages - bar.n)
    return writing.failed


def pages_of(jobs):
    """Yields each job with its pages and then its end.

    Yields:
        `(job, page)`, `page` being `None` after the last one, or the error
        that was met.
    """
    for job in jobs:
        end = None
        try:
            for page in read_pages(job.source):
                yield job, page
        except (ImageError, OSError) as error:
            end = error
        yield job, end


def ahead(items):
    """The items of an iterator, the next one made while one is used."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


class Writing:
    """Writes documents in a thread, page after page, each file whole.

    Use it in a `with` block; at its end everything is written.

    Args:
        preview, strength, mode: see `restore_files`.

    Attributes:
        failed: list of `(path, reason)`.
    """

    def __init__(self, preview, strength, mode):
        self.preview, self.strength, self.mode = preview, strength, mode
        self.failed = []
        self.writer, self.error, self.previews = None, None, []
        self.pool = ThreadPoolExecutor(1)
        self.coming = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.pool.shutdown()
        if self.writer is not None:
            self.writer.close(keep=False)
        if kind is None:
            self.wait()

    def add(self, job, page, restored):
        """Writes a page of a document, which is opened with its first."""
        self.wait()
        self.coming = self.pool.submit(self.write, job, page, restored)

    def end(self, job, error=None):
        """Closes a document; with an error nothing is left of it."""
        self.wait()
        self.coming = self.pool.submit(self.close, job, error)

    def wait(self):
        if self.coming is not None:
            self.coming.result()

    def write(self, job, page, restored):
        if self.error is not None:
            return
        image = finished(page, restored, self.strength, self.mode)
        try:
            if self.writer is None:
                writer = DocumentWriter(job.target)
                writer.open()
                self.writer = writer
            self.writer.write(image, page.dpi)
        except (OSError, ValueError) as error:
            self.error = error
            return
        if self.preview:
            self.previews.append(side_by_side(page, image))

    def close(self, job, error):
        error = error or self.error
        try:
            if self.writer is not None:
                self.writer.close(keep=error is None)
            if error is None:
                self.write_previews(job)
        except OSError as late:
            error = late
        if error is not None:
            reason = getattr(error, "strerror", None) or str(error)
            self.failed.append((job.source, reason))
        self.writer, self.error, self.previews = None, None, []

    def write_previews(self, job):
        for number, picture in enumerate(self.previews, 1):
            page = f"_{number:03d}" if len(self.previews) > 1 else ""
            name = f"{job.target.stem}_preview{page}.png"
            picture.save(job.target.with_name(name))


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
