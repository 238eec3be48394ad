"""What there is to restore, and where it goes."""

import dataclasses
from pathlib import Path

from keras_htr_gan.errors import UserError
from keras_htr_gan.images.documents import (
    SUFFIXES,
    count_pages,
    find_documents,
)


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


def list_jobs(inputs, output, overwrite=False):
    """What there is to do.

    Args:
        inputs: sequence of paths of files and folders.
        output: path of the folder to write to.
        overwrite: bool, whether files that are there are written again.

    Returns:
        `(jobs, skipped)`: list of `Job`, and how many are there already.

    Raises:
        UserError: if there is nothing to restore, two documents would be
            written to one file, or one over its source.
    """
    jobs, skipped, targets = [], 0, {}
    for path in map(Path, inputs):
        for source, name in find_sources(path):
            if name.suffix.lower() not in SUFFIXES:
                name = name.with_name(f"{name.name}.png")
            target = Path(output) / name
            if target in targets:
                raise UserError(
                    f"{source} and {targets[target]} would both be written to "
                    f"{target}; restore them to two folders"
                )
            targets[target] = source
            if target.exists() and target.samefile(source):
                raise UserError(
                    f"`output`: {target} would be written over; name another "
                    "folder"
                )
            if target.exists() and not overwrite:
                skipped += 1
                continue
            jobs.append(Job(source, target, count_pages(source)))
    return jobs, skipped


def find_sources(path):
    """The documents at a path, see `find_documents`; at least one."""
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    found = find_documents(path)
    if not found:
        raise UserError(
            f"{path}: no document in this folder; known are "
            + ", ".join(SUFFIXES)
        )
    return found
