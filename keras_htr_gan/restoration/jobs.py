"""What there is to restore, and where it goes."""

import dataclasses
import itertools
import re
from pathlib import Path

from keras_htr_gan.data.readers.safe_xml import PageError
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.documents import SUFFIXES, count_pages
from keras_htr_gan.images.finding import (
    DOCUMENT_SUFFIXES,
    Found,
    find_documents,
)
from keras_htr_gan.transcripts.finding import Transcript, find_transcripts
from keras_htr_gan.transcripts.text_heights import measure_line_pitch

TOLD = 8


@dataclasses.dataclass(frozen=True)
class TranscriptJob:
    """A PAGE or ALTO file of a document, and where it goes.

    Args:
        source: `Transcript`.
        target: `Path`.
    """

    source: Transcript
    target: Path


@dataclasses.dataclass(frozen=True)
class Job:
    """A document and where its restoration goes.

    Args:
        source, target: `Path`.
        pages: int.
        preview, evidence: str, what the names of its pictures of before and
            after, and of ink that the scan does not support, begin with, see
            `name_pictures`.
        transcripts: tuple of `TranscriptJob`.
        text_height: float, pixels, by the lines of these; or `None`.
        transcribed: bool, whether a PAGE or ALTO says where its writing lies,
            also one that is there already.
        partners: tuple, of each page `None` or the `Partner` that shows its
            other side; or empty.
        outlined: the `Transcript` by which its lines are known, or `None`.
    """

    source: Path
    target: Path
    pages: int
    preview: str
    evidence: str
    transcripts: tuple = ()
    text_height: float | None = None
    transcribed: bool = False
    partners: tuple = ()
    outlined: Transcript | None = None


@dataclasses.dataclass(frozen=True)
class Work:
    """What there is to do, and what is not done.

    Args:
        jobs: list of `Job`.
        skipped: int, documents whose restorations are there already.
        left_out: list of str, a line on each kind of what is left out.
    """

    jobs: list
    skipped: int
    left_out: list


def list_jobs(inputs, output, overwrite=False):
    """What there is to do.

    Args:
        inputs: sequence of paths of files and folders; an output in such a
            folder is left out.
        output: path of the folder to write to.
        overwrite: bool, whether files that are there are written again.

    Returns:
        `Work`.

    Raises:
        UserError: if there is nothing to restore, two documents would be
            written to one file, or one over its source.
    """
    output, found = Path(output), Found()
    inputs = [Path(path) for path in inputs]
    for path in inputs:
        find_sources(path, output, found)
    transcripts = find_transcripts(inputs, output)
    pages = match_transcripts(found.documents, transcripts, output)
    targets = match_targets(found.documents, output)
    previews = name_pictures(targets, overwrite, "preview")
    evidence = name_pictures(targets, overwrite, "evidence")
    jobs, skipped = [], 0
    for target, source in targets.items():
        if target.exists() and target.samefile(source):
            raise UserError(
                f"`output`: {target} would be written over; name another folder"
            )
        missing = [p for p in pages[source] if not p.target.exists()]
        if target.exists() and not missing and not overwrite:
            skipped += 1
            continue
        count = count_pages(source)
        some = tuple(pages[source] if overwrite else missing)
        of_page = pages[source] if count == 1 else []
        height = measure_first(of_page)
        jobs.append(
            Job(
                source,
                target,
                count,
                previews[target],
                evidence[target],
                transcripts=some,
                text_height=height,
                transcribed=bool(pages[source]),
                outlined=of_page[0].source if of_page else None,
            )
        )
    known = transcripts.paths()
    found.others[:] = [p for p in found.others if p.resolve() not in known]
    left_out = found.tell_left_out() + tell_transcripts(transcripts, pages)
    return Work(jobs, skipped, left_out)


def match_transcripts(documents, transcripts, output):
    """The PAGE and ALTO files of each document, and where they go.

    Args:
        documents: list of `(file, name)`.
        transcripts: `FoundTranscripts`.
        output: `Path` of the folder to write to.

    Returns:
        dict of the `Path` of each document to a list of `TranscriptJob`.

    Raises:
        UserError: if two would be written to one file, or one over a source.
    """
    pages, targets = {}, {}
    for source, _ in documents:
        of_image = transcripts.of_image.get(source.resolve(), [])
        jobs = [TranscriptJob(t, output / t.name) for t in of_image]
        pages[source] = jobs
        for job in jobs:
            path = job.source.path
            other = targets.setdefault(job.target, path)
            if not other.samefile(path):
                raise UserError(
                    f"{other} and {path} would both be written to "
                    f"{job.target}; restore them to two folders"
                )
            if job.target.exists() and (
                job.target.resolve() in transcripts.paths()
            ):
                raise UserError(
                    f"`output`: {job.target} would be written over; name "
                    "another folder"
                )
    return pages


def measure_first(pages):
    """The height of writing by the first of a document's files that says it.

    Args:
        pages: list of `TranscriptJob`.

    Returns:
        float, pixels, or `None`.
    """
    for page in pages:
        try:
            height = measure_line_pitch(page.source.open())
        except PageError:
            continue
        if height is not None:
            return height
    return None


def tell_transcripts(transcripts, pages):
    """What is unusual about PAGE and ALTO files, a line each: list of str.

    Args:
        transcripts: `FoundTranscripts`.
        pages: see `match_transcripts`.
    """
    told = [
        f"left out: {path}: {reason}" for path, reason in transcripts.problems
    ]
    if len(told) > TOLD:
        told[TOLD:] = [f"left out: {len(told) - TOLD} more PAGE or ALTO files"]
    without = [source for source, some in pages.items() if not some]
    if transcripts.of_image and without:
        more = ", ..." if len(without) > 1 else ""
        told.append(
            f"without PAGE or ALTO: {len(without)} of {len(pages)} documents "
            f"({without[0]}{more})"
        )
    return [*told, *transcripts.notes]


def find_sources(path, output, found):
    """Adds the documents at a path, see `find_documents`; at least one."""
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    before = len(found.documents)
    if path.suffix.lower() == ".xml" and path.is_file():
        # It is found again beside its image.
        return
    find_documents(path, output=output, found=found)
    if len(found.documents) == before:
        known = ", ".join(DOCUMENT_SUFFIXES)
        message = f"{path}: no document in this folder; known are {known}"
        raise UserError("\n".join([message, *found.tell_left_out()]))


def match_targets(documents, output):
    """Where each document goes: dict of `Path` to the source's `Path`."""
    targets = {}
    for source, name in documents:
        if name.suffix.lower() not in SUFFIXES:
            name = name.with_name(f"{name.name}.png")
        target = output / name
        if target in targets:
            raise UserError(
                f"{source} and {targets[target]} would both be written to "
                f"{target}; restore them to two folders"
            )
        targets[target] = source
    return targets


def name_pictures(targets, overwrite, kind):
    """What the name of each document's pictures of a kind begins with.

    `a_preview` of `a.png`; `a.png_preview` where another document has that, or
    something is there under that name.

    Args:
        targets: sequence of `Path`.
        overwrite: bool, whether pictures that are there are those of the
            document.
        kind: str, `"preview"` or `"evidence"`.

    Returns:
        dict of `Path` to str.
    """
    targets = {fold_case(target): target for target in targets}
    taken, names = set(), {}
    for folded in targets:
        if match := re.fullmatch(rf"(.*_{kind})(_\d+)?\.png", folded):
            taken.add(match[1])
    for target in targets.values():
        for name in propose_names(target, kind):
            folded = fold_case(target.with_name(name))
            plain = name == f"{target.stem}_{kind}"
            if folded not in taken and not is_used(
                target, name, overwrite, targets, plain
            ):
                break
        taken.add(folded)
        names[target] = name
    return names


def propose_names(target, kind):
    """Names for a document's pictures, the best first, without an end."""
    yield f"{target.stem}_{kind}"
    yield f"{target.name}_{kind}"
    for number in itertools.count(2):
        yield f"{target.name}_{number}_{kind}"


def is_used(target, name, overwrite, targets, plain):
    """Whether a picture is there that may be another document's: bool.

    Args:
        target: `Path`.
        name: str, what the picture's begins with.
        overwrite: bool, whether one of this document may be there.
        targets: of all that is restored now, see `fold_case`.
        plain: bool, whether documents of other suffixes may have the name.
    """
    if not overwrite:
        first = (f"{name}.png", f"{name}_001.png", f"{name}.json")
        return any(target.with_name(file).exists() for file in first)
    if not plain:
        return False
    others = (target.with_suffix(suffix) for suffix in SUFFIXES)
    return any(fold_case(p) not in targets and p.exists() for p in others)


def fold_case(path):
    """A path as a disk knows it that does not tell capitals: str."""
    return str(path).casefold()
