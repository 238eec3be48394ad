"""What lies in a folder of data, of whatever form."""

import dataclasses
import os
import re
from pathlib import Path

METADATA = ("metadata.csv", "metadata.tsv", "metadata.jsonl")
TEXT = ".gt.txt"
# As `datasets` knows a split by the names of folders and files.
SPLIT = re.compile(
    r"(?:^|[-._ 0-9])"
    r"(?:(train|training)|(validation|valid|val|dev)"
    r"|(test|testing|eval|evaluation))"
    r"(?:$|[-._ 0-9])",
    re.IGNORECASE,
)
SPLIT_NAMES = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class FolderContent:
    """The files of a folder and of all below it that say which form it has.

    Args:
        tables: list of `Path`, metadata of image folders.
        parquet: list of `Path`.
        texts: dict of a folder with texts of lines, `Path`, to the names of
            all its files.
    """

    tables: list
    parquet: list
    texts: dict


def survey_folder(folder):
    """Looks through a folder once: `FolderContent`.

    As `datasets` does, it leaves out what is hidden: names that begin with a
    dot or with two underscores, as the second half that macOS gives each file
    in a zip. Folders that are links are not gone into, but their metadata are
    found.
    """
    content = FolderContent([], [], {})
    for place, folders, files in os.walk(folder):
        place = Path(place)
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        files = sorted(name for name in files if not is_hidden(name))
        content.tables.extend(
            place / name for name in METADATA if name in files
        )
        content.tables.extend(
            path
            for path in (place / f / m for f in folders for m in METADATA)
            if path.parent.is_symlink() and path.is_file()
        )
        content.parquet.extend(
            place / name for name in files if name.endswith(".parquet")
        )
        if any(name.lower().endswith(TEXT) for name in files):
            content.texts[place] = files
    return content


def is_hidden(name):
    return name.startswith((".", "__"))


def find_split(parts):
    """Finds the split that names of folders say, the last one first.

    Args:
        parts: sequence of str.

    Returns:
        `"train"`, `"validation"`, `"test"`, or `None`.
    """
    for part in reversed(parts):
        match = SPLIT.search(part)
        if match:
            return SPLIT_NAMES[match.lastindex - 1]
    return None
