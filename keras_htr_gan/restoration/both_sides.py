"""Takes the other sides out of the pages of documents, before all else."""

import dataclasses
import sys
from pathlib import Path

from keras_htr_gan.images.decoding import ImageError
from keras_htr_gan.images.documents import Page, read_pages
from keras_htr_gan.images.pdf_scans import read_scans
from keras_htr_gan.restoration.other_side import take_out_of_page


@dataclasses.dataclass(frozen=True)
class Taken:
    """What became of the other side of a page.

    Args:
        path: `Path` of the document that shows it.
        scan: `Page` as it was scanned.
        found: bool, whether it was found on the page, and taken out.
        problem: str, why it could not be read, or `None`.
    """

    path: Path
    scan: Page
    found: bool = False
    problem: str | None = None


def take_out_partners(pages, partners, polarity="auto"):
    """The pages of a document, without the ink of their other sides.

    Args:
        pages: iterator of `Page` or `LeftPage`.
        partners: see `Job`.
        polarity: see `must_turn`.

    Yields:
        The same; what has a partner with `taken`, a `Taken`.
    """
    for number, page in enumerate(pages):
        partner = partners[number] if partners else None
        if partner is not None and isinstance(page, Page):
            page = take_out_partner(page, partner, polarity)
        yield page


def take_out_partner(page, partner, polarity):
    """A page without the ink of its other side, as far as that is found."""
    path = partner.path
    try:
        read = read_scans if path.suffix.lower() == ".pdf" else read_pages
        (other,) = read(path, only=partner.number)
    except (ImageError, OSError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        taken = Taken(path, page, problem=problem)
        return dataclasses.replace(page, taken=taken)
    cleaned = None
    if isinstance(other, Page):
        cleaned = take_out_of_page(page, other.grey, polarity)
    taken = Taken(path, page, found=cleaned is not None)
    return dataclasses.replace(cleaned or page, taken=taken)


class BothSides:
    """What became of the other sides of pages."""

    def __init__(self):
        self.found, self.unlike, self.unread = [], [], []

    def add(self, path, page):
        """Takes a `Page` of the document at a path."""
        if (taken := page.taken) is None:
            return
        if taken.problem is not None:
            self.unread.append((path, taken.path, taken.problem))
        else:
            kind = self.found if taken.found else self.unlike
            kind.append((path, taken.path))

    def tell(self):
        """Says how many there are of each kind, and names one."""
        for why, pairs in (
            ("the other side taken out", self.found),
            ("the other side not found, nothing taken out", self.unlike),
        ):
            if pairs:
                path, other = pairs[0]
                print(
                    f"{why}: {len(pairs)} pages, as of {path} by {other}",
                    file=sys.stderr,
                )
        for path, other, problem in self.unread:
            print(
                f"the other side not read, nothing taken out of {path}: "
                f"{other}: {problem}",
                file=sys.stderr,
            )
