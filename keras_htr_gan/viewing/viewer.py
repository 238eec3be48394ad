"""What is seen of a scan before and after, and what is written of it."""

import dataclasses
import itertools
import shutil
import tempfile
import threading
from pathlib import Path

import numpy as np
from PIL import Image

from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import ImageError, convert_to_grey
from keras_htr_gan.images.documents import Page, read_pages
from keras_htr_gan.images.pdf_scans import read_scans
from keras_htr_gan.reading.confidence import read_with_confidence
from keras_htr_gan.restoration.documents import is_pdf, may_be_cut, turn_page
from keras_htr_gan.restoration.files import restore_jobs
from keras_htr_gan.restoration.jobs import Job, list_jobs
from keras_htr_gan.restoration.layout import find_writing_rows, is_line
from keras_htr_gan.restoration.looking import Look, look_at
from keras_htr_gan.restoration.rendering import choose_rendering, render_page
from keras_htr_gan.runtimes.loading import load_reading_model
from keras_htr_gan.viewing.kept import KeptRestorer

FOLDERS, LEAST_HEIGHT = 16, 4


@dataclasses.dataclass(frozen=True)
class Wish:
    """How a scan is to be restored and read.

    Args:
        model, recognizer: str, see `load_restoring_model`.
        purpose, strength: see `choose_rendering`.
        text_height: float, pixels, see `Restorer.restore`; 0 to estimate it.

    Raises:
        UserError: if the text height is none.
    """

    model: str = "latin_small"
    recognizer: str = "latin_small"
    purpose: str = "eyes"
    strength: float | None = None
    text_height: float = 0.0

    def __post_init__(self):
        if self.text_height and not self.text_height >= LEAST_HEIGHT:
            raise UserError(
                f"a line of writing is at least {LEAST_HEIGHT} pixels high, "
                f"not {self.text_height:g}; 0 lets it be estimated"
            )


@dataclasses.dataclass(frozen=True)
class SeenPage:
    """A page of a document, decoded and looked at.

    Args:
        job: `Job` of the document.
        page: `Page`, dark on light.
        look: `Look`.
        found: uint8 `(height, width)` or `(height, width, 3)`, the scan.
    """

    job: Job
    page: Page
    look: Look
    found: np.ndarray


@dataclasses.dataclass(frozen=True)
class View:
    """A page before and after, of one size.

    Args:
        before, after: uint8 `(height, width)` or `(height, width, 3)`.
        readings: two of `Reading`, of a line before and after; `None` for a
            page.
    """

    before: np.ndarray
    after: np.ndarray
    readings: tuple | None


class Viewer:
    """Shows and writes scans, one at a time.

    The last page that was decoded and the last that were restored are kept,
    so that another strength takes no time.

    Args:
        runtime: see `load_restoring_model`.
    """

    def __init__(self, runtime="auto"):
        self.runtime = runtime
        self.restorers, self.recognizers = {}, {}
        self.seen, self.saved = (None, None), (None, None)
        self.at_work = threading.Lock()
        self.folders = Folders()

    def view(self, path, number, wish, progress=None):
        """A page of a document before and after.

        Args:
            path: `Path`.
            number: int, of the page, from 0.
            wish: `Wish`.
            progress: see `Restorer.restore`.

        Returns:
            `View`; what `write` writes is its `after`.

        Raises:
            UserError: if the document or a model cannot be used.
        """
        way = choose_rendering(wish.purpose, wish.strength)
        with self.at_work:
            seen = self.look(path, number)
            page, look = seen.page, seen.look
            restored = self.restorer(wish.model).restore_seen(
                page.grey,
                look,
                wish.text_height or seen.job.text_height,
                progress=progress,
                sharp=way.pop("sharp"),
            )
            rows, found = slice(None), seen.found
            if wish.purpose == "readers" and may_be_cut(seen.job, page, "auto"):
                rows = find_writing_rows(restored)
                found = found[rows]
            after = render_page(page, restored, **way, borders=look.borders)
            after, readings = after[rows], None
            if is_line(page.grey):
                grey = convert_to_grey(Image.fromarray(after))
                readings = read_with_confidence(
                    self.recognizer(wish.recognizer), [page.grey, grey]
                )
        return View(found, after, readings and tuple(readings))

    def save(self, view):
        """Writes a view as two pictures, of all its pixels.

        Args:
            view: `View`.

        Returns:
            `(before, after)`, `Path`s, which stay for a while.
        """
        folder = self.folders.make()
        image, before = self.saved
        # Of a large page this takes longer than to draw another strength.
        if image is not view.before or not before.exists():
            before = folder / "before.png"
            save_picture(view.before, before)
            self.saved = view.before, before
        save_picture(view.after, folder / "after.png")
        return before, folder / "after.png"

    def write(self, path, wish):
        """Restores a document as `restore_files` does.

        Args:
            path, wish: see `view`.

        Returns:
            `Path` of the result, which stays for a while.

        Raises:
            UserError: if it cannot be restored.
        """
        folder = self.folders.make()
        with self.at_work:
            (job,) = list_jobs([path], folder, overwrite=True).jobs
            failed = restore_jobs(
                [job],
                self.restorer(wish.model),
                quiet=True,
                purpose=wish.purpose,
                strength=wish.strength,
                text_height=wish.text_height or None,
            )
        for source, reason in failed:
            raise UserError(f"{source.name}: {reason}")
        return job.target

    def look(self, path, number):
        """A page of a document: `SeenPage`."""
        key = path, number, path.exists() and path.stat().st_mtime_ns
        if self.seen[0] == key:
            return self.seen[1]
        (job,) = list_jobs([path], self.folders.root, overwrite=True).jobs
        read = read_scans if is_pdf(path) else read_pages
        try:
            pages = list(read(path, only=number))
        except (ImageError, OSError) as error:
            raise UserError(f"{path.name}: {error}") from error
        if not pages:
            raise UserError(f"{path.name}: there is no page {number + 1}")
        (page,) = pages
        if not isinstance(page, Page):
            raise UserError(
                f"{path.name}: page {number + 1} has no scan on it, and is "
                "left as it is"
            )
        found, look = page.colour, look_at(page.grey)
        if found is None:
            found = np.uint8(np.rint(255 * page.grey))
        if look.negative:
            page = turn_page(page)
        self.seen = key, SeenPage(job, page, look, found)
        return self.seen[1]

    def restorer(self, name):
        """The `KeptRestorer` of a model, loaded once."""
        if name not in self.restorers:
            restorer = KeptRestorer.from_preset(name, self.runtime)
            self.restorers[name] = restorer
        return self.restorers[name]

    def recognizer(self, name):
        """The recogniser of a model, loaded once."""
        if name not in self.recognizers:
            self.recognizers[name] = load_reading_model(name, self.runtime)
        return self.recognizers[name]


def save_picture(image, path):
    """Writes a PNG, quickly: it is sent no further than to the browser."""
    Image.fromarray(image).save(path, compress_level=1)


class Folders:
    """Folders for what is shown and given away, of which the last are kept."""

    def __init__(self):
        self.whole = tempfile.TemporaryDirectory(
            prefix="keras_htr_gan_", ignore_cleanup_errors=True
        )
        self.root = Path(self.whole.name)
        self.names = itertools.count()

    def make(self):
        """A new folder: `Path`."""
        number = next(self.names)
        old = self.root / str(number - FOLDERS)
        shutil.rmtree(old, ignore_errors=True)
        folder = self.root / str(number)
        folder.mkdir()
        return folder
