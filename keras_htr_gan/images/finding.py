"""Finds the documents in folders, and says what else lies there."""

import dataclasses
import functools
import os
from pathlib import Path

from keras_htr_gan.images.decoding import IMAGE_SUFFIXES
from keras_htr_gan.storage import PARTIAL

DOCUMENT_SUFFIXES = tuple(sorted((*IMAGE_SUFFIXES, ".pdf")))
# They have a document's suffix and are none: what macOS leaves on foreign
# disks and in archives, a NAS beside its images, and we when we are killed.
NO_FILES = ("._", PARTIAL)
NO_FOLDERS = ("__MACOSX", "@eaDir")
# Of these suffixes are images of other kinds, too, and of none are many files:
# phones write JPEG as HEIC, and some scanners no suffix.
UNSURE = ("", ".heic", ".heif")
COMMON = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
KINDS = 8


@dataclasses.dataclass(frozen=True)
class Found:
    """What lies in folders and below them.

    Args:
        documents: list of `(file, name)`, the name being the path within the
            folder.
        others: list of `Path` of files of other kinds.
        links: list of `Path` of folders that are links; they are not entered.
        written: list of `Path` of documents in the folder that is written to.
    """

    documents: list = dataclasses.field(default_factory=list)
    others: list = dataclasses.field(default_factory=list)
    links: list = dataclasses.field(default_factory=list)
    written: list = dataclasses.field(default_factory=list)

    def tell_left_out(self):
        """What is left out, a line for each reason: list of str."""
        lines = []
        if self.others:
            lines.append(
                f"left out, of other kinds: {count_kinds(self.others)}"
            )
        if self.links:
            names = ", ".join(map(str, self.links[:KINDS]))
            lines.append(f"left out, {len(self.links)} linked folders: {names}")
        if self.written:
            lines.append(
                f"left out, in the folder that is written to: "
                f"{count_kinds(self.written)}"
            )
        return lines


def find_documents(path, suffixes=DOCUMENT_SUFFIXES, output=None, found=None):
    """The documents in a folder and all below it, or a single file.

    Args:
        path: `Path`.
        suffixes: what documents have, lower case.
        output: `Path` of a folder that is written to, or `None`. Where it
            lies below this one, what is in it is not looked for again.
        found: `Found` to be added to, or `None` for a new one.

    Returns:
        `Found`, each folder's sorted.
    """
    found = Found() if found is None else found
    if not path.is_dir():
        found.documents.append((path, Path(path.name)))
        return found
    is_written = find_written(path, output)
    for file in walk(path, found.links):
        if file.name.startswith(NO_FILES) or not file.is_file():
            continue
        if file.suffix.lower() not in suffixes and not is_common(file):
            # With a dot it is meant not to be seen.
            if not file.name.startswith("."):
                found.others.append(file)
        elif is_written(file):
            found.written.append(file)
        else:
            found.documents.append((file, file.relative_to(path)))
    return found


def is_common(file):
    """Whether a file is a JPEG or PNG that is not called one: bool."""
    if file.suffix.lower() not in UNSURE:
        return False
    try:
        with open(file, "rb") as opened:
            return opened.read(8).startswith(COMMON)
    except OSError:
        return False


def walk(folder, links):
    """The files of a folder and all below it: sorted list of `Path`.

    Args:
        folder: `Path`.
        links: list, to which folders that are links are added.
    """
    files = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NO_FOLDERS]
        paths = [Path(parent, name) for name in folders]
        links += sorted(path for path in paths if path.is_symlink())
        files += [Path(parent, name) for name in names]
    return sorted(files)


def find_written(path, output):
    """Tells what lies in an output below a folder, whatever the links.

    Args:
        path, output: see `find_documents`.

    Returns:
        Function of the `Path` of a file: bool.
    """
    if output is None or not output.is_dir():
        return lambda file: False
    if not any(path.samefile(above) for above in output.resolve().parents):
        return lambda file: False

    @functools.cache
    def is_in_output(folder):
        folder = folder.resolve()
        return any(map(output.samefile, (folder, *folder.parents)))

    return lambda file: is_in_output(
        (file.resolve() if file.is_symlink() else file).parent
    )


def count_kinds(paths):
    """How many files there are of each suffix, with one of each: str."""
    kinds = {}
    for path in paths:
        kinds.setdefault(path.suffix.lower(), []).append(path)
    told = [
        f"{len(of_kind)} {suffix or 'without suffix'} ({of_kind[0]}"
        f"{', ...' if len(of_kind) > 1 else ''})"
        for suffix, of_kind in sorted(kinds.items())
    ]
    more = len(told) - KINDS
    return ", ".join(told[:KINDS]) + (f", {more} other kinds" * (more > 0))
