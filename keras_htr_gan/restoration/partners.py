"""Which scan shows the other side of which, as names of files say it."""

import dataclasses
import os
import re
from pathlib import Path

from keras_htr_gan.errors import UserError
from keras_htr_gan.images.documents import count_pages
from keras_htr_gan.images.finding import DOCUMENT_SUFFIXES

# Both sides, in words and in letters behind a number or a mark.
WORDS = (("recto", "verso"), ("front", "back"))
LETTERS = (("r", "v"), ("a", "b"))
# What says that a number counts pages, of which a sheet has two; not leaves
# or views.
NUMBERED_PAGE = (
    r"(?:^|[_. -])(?:pages?|pag|p|pp|seite|s)[_. -]?(\d{1,6})(?=$|[_. -])"
)
TOLD = 8


@dataclasses.dataclass(frozen=True)
class Partner:
    """A page that shows the other side of another.

    Args:
        path: `Path` of its document.
        number: int, of the page in it, from 0.
    """

    path: Path
    number: int = 0


def find_partners(jobs, other_side, engine="local", quiet=False):
    """Finds the pages that show the other sides of others, and says which.

    Args:
        jobs: list of `Job`.
        other_side: the path of the other side of the one page that there is;
            or `"auto"`: images are paired by their names, see
            `propose_other_names`, with those beside them, and in documents of
            several pages the first with the second and so on.
        engine: see `restore_jobs`.
        quiet: bool, nothing is said.

    Returns:
        list of `Job`, with their partners.

    Raises:
        UserError: if a path is given for more than one page, or is none; or
            with Ray.
    """
    if engine == "ray":
        raise UserError(
            "`other_side`: not with `engine` ray, whose workers cannot tell "
            "which pages it did not fit"
        )
    if other_side == "auto":
        found, folders = [], {}
        for job in jobs:
            folder = job.source.parent
            if folder not in folders:
                folders[folder] = list_documents(folder)
            found.append(pair_by_name(job, folders[folder]))
    else:
        found = [pair_given(job, jobs, Path(other_side)) for job in jobs]
    jobs = [
        dataclasses.replace(job, partners=partners)
        for job, partners in zip(jobs, found, strict=True)
    ]
    if not quiet:
        tell_partners(jobs)
    return jobs


def pair_by_name(job, documents):
    """The partners of a document: tuple, see `Job`.

    Args:
        documents: see `list_documents`.
    """
    if job.pages > 1:
        return tuple(
            Partner(job.source, number ^ 1) if number ^ 1 < job.pages else None
            for number in range(job.pages)
        )
    path = find_beside(job.source, documents)
    return (path and Partner(path),)


def pair_given(job, jobs, path):
    """The same, of a path that is given for the only one of all jobs."""
    pages = sum(job.pages for job in jobs)
    if pages > 1:
        raise UserError(
            f"`other_side`: {path} is the other side of one page, and there "
            f"are {pages}; auto pairs them by their names"
        )
    if not path.is_file():
        raise UserError(f"`other_side`: {path}: no such file")
    if (count := count_pages(path)) != 1:
        raise UserError(f"`other_side`: {path}: {count} pages; one is wanted")
    if job.source.samefile(path):
        raise UserError(
            f"`other_side`: {path} is the page itself; name the scan of its "
            "other side"
        )
    return (Partner(path),)


def list_documents(folder):
    """The documents in a folder by their names in small letters: dict."""
    return {
        name.casefold(): folder / name
        for name in sorted(os.listdir(folder))
        if Path(name).suffix.lower() in DOCUMENT_SUFFIXES
    }


def find_beside(source, documents):
    """The file of the other side of a page, beside it.

    Args:
        source: `Path`.
        documents: see `list_documents`.

    Returns:
        `Path`, or `None` if no name says so, or the file has several pages.
    """
    for stem in propose_other_names(source.stem):
        for suffix in (source.suffix, *DOCUMENT_SUFFIXES):
            path = documents.get(f"{stem}{suffix}".casefold())
            if path is not None and count_pages(path) == 1:
                return path
    return None


def propose_other_names(stem):
    """What the scan of the other side may be called.

    `12r` and `12v`; `12` and `12v`; `a_r` and `a_v`; `a` and `b` for these;
    `recto` and `verso`, `front` and `back`; `page_3` and `page_4`.

    Args:
        stem: str, the name of a file without its suffix.

    Yields:
        str, the likeliest first.
    """
    for pair in WORDS:
        yield from swap(stem, pair, r"(?<![^\W\d_])", r"(?![^\W\d_])")
    for pair in LETTERS:
        yield from swap(stem, pair, r"(?<=[\d_. -])", r"(?=$|[_. -])")
    if match := re.fullmatch(r"(.*\d)v", stem, re.IGNORECASE):
        yield match[1]
    if stem[-1:].isdigit():
        yield f"{stem}v"
    if match := re.search(NUMBERED_PAGE, stem, re.IGNORECASE):
        number = int(match[1])
        other = number + 1 if number % 2 else number - 1
        if other > 0:
            written = str(other).zfill(len(match[1]))
            yield stem[: match.start(1)] + written + stem[match.end(1) :]


def swap(stem, pair, before, after):
    """Yields a name with one word of a pair in the place of the other.

    Args:
        pair: (str, str).
        before, after: str, patterns of what is around.
    """
    pattern = rf"{before}({'|'.join(pair)}){after}"
    for match in reversed(list(re.finditer(pattern, stem, re.IGNORECASE))):
        found = match[1].lower()
        yield (
            stem[: match.start()] + pair[found == pair[0]] + stem[match.end() :]
        )


def tell_partners(jobs):
    """Says what was paired with what, and what with nothing."""
    told, seen, left = [], set(), []
    for job in jobs:
        for number, partner in enumerate(job.partners):
            this = Partner(job.source, number)
            if partner is None:
                left.append(this)
            elif (partner, this) not in seen:
                seen.add((this, partner))
                told.append(name_pair(this, partner))
    if told:
        more = f"; and {len(told) - TOLD} more" if len(told) > TOLD else ""
        print(f"both sides of a sheet: {'; '.join(told[:TOLD])}{more}")
    if left:
        print(
            f"without another side, by their names: {len(left)} pages, as "
            f"{left[0].path}"
        )


def name_pair(this, other):
    if this.path == other.path:
        return f"{this.path.name}, {this.number + 1} with {other.number + 1}"
    return f"{this.path.name} with {other.path.name}"
