"""Restores documents one after the other, each whole or not at all.

While a page is restored, the next one is decoded and the one before is
encoded; no more than these are in memory.
"""

import dataclasses
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tqdm import tqdm

from keras_htr_gan.images.decoding import ImageError
from keras_htr_gan.images.documents import DocumentWriter, Page, read_pages
from keras_htr_gan.images.pdf_scans import LeftPage, read_scans
from keras_htr_gan.images.pdf_writing import PdfRewriter
from keras_htr_gan.images.polarity import tell_turned_images
from keras_htr_gan.restoration.both_sides import BothSides, take_out_partners
from keras_htr_gan.restoration.evidence_files import DocumentEvidence
from keras_htr_gan.restoration.layout import find_writing_rows, is_line
from keras_htr_gan.restoration.looking import look_at
from keras_htr_gan.restoration.provenance import (
    describe_page,
    start_provenances,
)
from keras_htr_gan.restoration.provenance_xmp import write_provenance
from keras_htr_gan.restoration.rendering import render_page, render_preview
from keras_htr_gan.storage import whole_file, write_whole


def restore_documents(
    restorer,
    jobs,
    preview=False,
    quiet=False,
    text_height=None,
    kind="auto",
    strength=1.0,
    mode="grey",
    polarity="auto",
    turn="auto",
    keep_borders=False,
    sharp=True,
    trim=False,
    record=None,
    evidence=False,
    choose=None,
):
    """Restores documents; what cannot be restored is told in the end.

    Args:
        restorer, jobs: `Restorer`, and list of `Job`.
        preview, evidence: bool, see `restore_jobs`.
        quiet: bool, no progress bar.
        text_height, kind, sharp: see `Restorer`. strength, mode: `render_page`.
        trim: bool, whether lines are cut to their writing, see `may_be_cut`.
        record: dict of settings or `None`, see `choose_recorded`.
        polarity, turn, keep_borders: see `look_at`; `OddPages` are told.
        choose: what restores instead, as `CarefulRestorer`, or `None`.

    Returns:
        list of `(path, reason)`, the documents that failed.
    """
    choose = choose or restoring_all(restorer, sharp)
    odd, finished_pages, in_colour = OddPages(), 0, preview or mode == "colour"
    begin = start_provenances(restorer.identity, record, text_height)
    writing = Writing(preview, strength, mode, begin, evidence)
    with count_pages_done(jobs, quiet) as bar, writing:
        for job, page in read_ahead(decode_pages(jobs, in_colour, polarity)):
            bar.set_description_str(f"{job.source.name} ")
            odd.add(job, page)
            if isinstance(page, Page):
                look = look_at(page.grey, polarity, turn, keep_borders)
                odd.add_turned(job, look)
                if look.negative:
                    page = turn_page(page)
                facts = describe_page(look)
                how = text_height, kind, bar.update, facts.update
                restored, share = choose(job, page, look, *how)
                cut = trim and may_be_cut(job, page, kind)
                rows = find_writing_rows(restored) if cut else None
                writing.add(job, page, restored, look, rows, facts, share)
            elif isinstance(page, LeftPage):
                bar.update()
            else:
                writing.end(job, page)
                finished_pages += job.pages
                bar.update(finished_pages - bar.n)
    odd.tell(writing.unsupported)
    return writing.failed


def restoring_all(restorer, sharp):
    """What restores each page alike, where nothing else chooses."""

    def restore(job, page, look, text_height, kind, progress, tell):
        how = text_height, kind, progress, sharp, tell
        return restorer.restore_seen(page.grey, look, *how), None

    return restore


def may_be_cut(job, page, kind):
    """Whether a page is the image of a line, no scan of a PDF, and no PAGE or
    ALTO says where the line lies: bool."""
    if job.transcribed or page.place is not None:
        return False
    return kind == "line" or (kind == "auto" and is_line(page.grey))


def count_pages_done(jobs, quiet):
    """A bar of all pages of the jobs: `tqdm`."""
    return tqdm(
        total=sum(job.pages for job in jobs),
        unit=" pages",
        disable=quiet or None,
        bar_format="{desc}{percentage:3.0f}%|{bar}| {n:.1f}/{total} pages "
        "[{elapsed}<{remaining}, {rate_fmt}]",
    )


class OddPages:
    """Pages of light writing, which are turned into their negative first, and
    those on their side, which are turned while they are restored; and those of
    PDFs without a scan, and such as are drawn as a whole."""

    def __init__(self):
        self.left, self.drawn = [], []
        self.negatives, self.sideways = [], []
        self.both_sides = BothSides()

    def add(self, job, page):
        """Looks at what `decode_pages` yields."""
        if isinstance(page, LeftPage):
            self.left.append((job.source, page.number))
        elif isinstance(page, Page):
            self.both_sides.add(job.source, page)
            if page.place is not None and not page.place.pieces:
                self.drawn.append((job.source, page.place.number))

    def add_turned(self, job, look):
        """Takes a `Look` at a page."""
        if look.negative:
            self.negatives.append(job.source)
        if look.sideways:
            self.sideways.append(job.source)

    def tell(self, unsupported=()):
        """Says how many there are of each kind, and names one.

        Args:
            unsupported: list of str, lines that are said, too.
        """
        tell_turned_images(self.negatives, "pages")
        tell_turned_images(self.sideways, "pages", "on their side")
        self.both_sides.tell()
        for why, pages in (
            ("no scan on it, left as it is", self.left),
            ("no plain scan, drawn as a whole and then restored", self.drawn),
        ):
            if pages:
                path, number = pages[0]
                print(
                    f"{why}: {len(pages)} pages, as page {number + 1} of "
                    f"{path}",
                    file=sys.stderr,
                )
        for line in unsupported:
            print(line, file=sys.stderr)


def turn_page(page):
    """The negative of a `Page`."""
    colour = None if page.colour is None else 255 - page.colour
    return dataclasses.replace(page, grey=1.0 - page.grey, colour=colour)


def decode_pages(jobs, in_colour=True, polarity="auto"):
    """Yields each job with its pages and then its end.

    Args:
        jobs: list of `Job`.
        in_colour: bool, whether pages keep their colours, which take as much
            memory as nearly all else.
        polarity: see `take_out_partners`.

    Yields:
        `(job, page)`, `page` being a `Page` or a `LeftPage`, and `None` after
        the last one, or the error that was met.
    """
    for job in jobs:
        end = None
        try:
            read = read_scans if is_pdf(job.source) else read_pages
            pages = read(job.source)
            for page in take_out_partners(pages, job.partners, polarity):
                if isinstance(page, Page) and not in_colour:
                    page = dataclasses.replace(page, colour=None)
                yield job, page
        except (ImageError, OSError) as error:
            end = error
        yield job, end


def is_pdf(path):
    return path.suffix.lower() == ".pdf"


def read_ahead(items):
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
        preview, strength, mode, evidence: see `restore_documents`.
        begin: function of a `Job`, its `Provenance` before it has pages.

    Attributes:
        failed: list of `(path, reason)`.
        unsupported: list of str, see `DocumentEvidence.tell`.
    """

    def __init__(self, preview, strength, mode, begin, evidence=False):
        self.preview, self.strength, self.mode = preview, strength, mode
        self.begin, self.with_evidence = begin, evidence
        self.failed, self.unsupported = [], []
        self.forget()
        self.pool = ThreadPoolExecutor(1)
        self.coming = None

    def forget(self):
        """Makes ready for the next document."""
        self.writer, self.error, self.previews = None, None, []
        self.changed = []
        self.evidence = DocumentEvidence() if self.with_evidence else None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.pool.shutdown()
        if self.writer is not None:
            self.writer.close(keep=False)
        if kind is None:
            self.wait()

    def add(self, job, page, restored, look, rows, facts, share):
        """Writes a page of a document, which is opened with its first.

        Args:
            look: `Look`.
            rows: slice, those that are written; `None` for all.
            facts: dict, see `describe_page`.
            share: its own strength, see `render_page`; or `None`.
        """
        self.wait()
        self.coming = self.pool.submit(
            self.write, job, page, restored, look, rows, facts, share
        )

    def end(self, job, error=None):
        """Closes a document; with an error nothing is left of it."""
        self.wait()
        self.coming = self.pool.submit(self.close, job, error)

    def wait(self):
        if self.coming is not None:
            self.coming.result()

    def write(self, job, page, restored, look, rows, facts, share):
        if self.error is not None:
            return
        self.changed.append(share is None or look.negative or np.any(share))
        strength = self.strength if share is None else share
        image = render_page(page, restored, strength, self.mode, look.borders)
        try:
            self.open(job)
            self.write_page(image, page, rows, facts)
        except (OSError, ValueError) as error:
            self.error = error
            return
        if self.preview:
            self.previews.append(render_preview(page, image))
        if self.evidence:
            self.evidence.add(page, restored, look.borders, rows)

    def write_page(self, image, page, rows, facts):
        if rows is not None:
            image, facts = (
                image[rows],
                facts | {"rows": [rows.start, rows.stop]},
            )
        pages = self.provenance.pages
        if page.place is not None:
            pages.append({"page": page.place.number + 1} | facts)
            self.writer.write(image, page.place)
            return
        # Each page of a TIFF speaks for itself.
        pages[:] = [{"page": self.writer.pages + 1} | facts]
        self.writer.write(image, page.dpi, write_provenance(self.provenance))

    def open(self, job):
        if self.writer is None:
            self.provenance = self.begin(job)
            if is_pdf(job.source):
                writer = PdfRewriter(
                    job.source,
                    job.target,
                    lambda old: write_provenance(self.provenance, old, False),
                )
            else:
                writer = DocumentWriter(job.target)
            writer.open()
            self.writer = writer

    def close(self, job, error):
        error = error or self.error
        try:
            if error is None and is_pdf(job.source):
                self.open(job)  # None of its pages may have a scan.
            if self.writer is not None:
                copied = error is None and self.is_as_found(job)
                self.writer.close(keep=error is None and not copied)
                if copied:
                    write_whole(job.target, job.source.read_bytes())
            if error is None:
                self.write_previews(job)
                self.write_evidence(job)
        except OSError as late:
            error = late
        if error is not None:
            reason = getattr(error, "strerror", None) or str(error)
            self.failed.append((job.source, reason))
        self.forget()

    def is_as_found(self, job):
        """Whether no page of a document was restored, or turned: bool."""
        alike = job.source.suffix.lower() == job.target.suffix.lower()
        return alike and bool(self.changed) and not any(self.changed)

    def write_previews(self, job):
        for number, picture in enumerate(self.previews, 1):
            page = f"_{number:03d}" if len(self.previews) > 1 else ""
            path = job.target.with_name(f"{job.preview}{page}.png")
            with whole_file(path) as partial:
                picture.save(partial)

    def write_evidence(self, job):
        if self.evidence:
            self.evidence.write(job.target.with_name(job.evidence))
            if told := self.evidence.tell(job.target):
                self.unsupported.append(told)
