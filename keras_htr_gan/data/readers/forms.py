"""Reads users' data, whatever its form, into lines and problems.

Nothing here is fatal but data without a single usable line: a row that cannot
be used becomes a `Problem` that names it. Nothing outside the data's own
folder is opened.
"""

import re
from pathlib import Path

from keras_htr_gan.data.lines import Collection
from keras_htr_gan.data.readers.file_names import FileNames
from keras_htr_gan.data.readers.folders import TEXT, survey_folder
from keras_htr_gan.data.readers.hugging_face import (
    group_by_split,
    read_dataset,
)
from keras_htr_gan.data.readers.measuring import measure_lines
from keras_htr_gan.data.readers.page_files import find_page_files
from keras_htr_gan.data.readers.pages import read_page_folder
from keras_htr_gan.data.readers.tables import (
    TABLES,
    read_imagefolder,
    read_table,
)
from keras_htr_gan.data.readers.text_pairs import read_text_pairs
from keras_htr_gan.errors import UserError

FORMS = (
    "a folder with a metadata.csv or .jsonl (file_name,text), a folder of "
    "parquet files (image,text), a folder of PAGE-XML or ALTO with its page "
    "images, a folder of line images with their texts beside them (a.png, "
    "a.gt.txt), a manifest .csv or .jsonl (clean,text and perhaps degraded), "
    "a .parquet file, or the name of a data set on the Hugging Face hub"
)


def read_lines(data, progress=True, polarity="auto"):
    """Reads the lines of a data set and decodes each image once.

    Args:
        data: str or path, see `FORMS`.
        progress: bool, whether to show a progress bar on a terminal.
        polarity: str, which images are turned, see `must_turn`.

    Returns:
        `Collection`; its lines have their `size`, `digest` and `turned`.

    Raises:
        UserError: if there is no such data, or it has no form known here.
    """
    path, names, notes = Path(data), FileNames(), []
    if path.is_dir():
        found = read_folder(path, progress, names, polarity)
        lines, problems, notes = found
    elif path.suffix == ".parquet" and path.is_file():
        files = {"train": [path]}
        lines, problems = read_dataset("parquet", str(path), files, names)
    elif path.suffix in TABLES and path.is_file():
        lines, problems = read_table(path, names=names)
    elif path.exists():
        raise UserError(f"{data}: not a form known here; give {FORMS}")
    elif re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", str(data)):
        lines, problems = read_dataset(str(data), str(data), names=names)
    else:
        raise UserError(f"{data}: no such file or folder; give {FORMS}")
    lines, damaged = measure_lines(lines, progress, polarity)
    # Some files are looked for when they are decoded.
    notes = (*notes, *names.describe())
    return Collection(tuple(lines), (*problems, *damaged), notes)


def read_folder(folder, progress, names, polarity):
    """Reads a folder of any form.

    Of several forms in it one is read: metadata, else parquet, else pages,
    else texts beside their images.

    Args:
        folder: `Path`.
        progress, polarity: see `read_lines`.
        names: `FileNames`.

    Returns:
        Lists of `Line`, of `Problem`, and of str, what else there is to say.
    """
    content = survey_folder(folder)
    if content.tables:
        found = read_imagefolder(folder, content.tables, names)
        return *found, name_ignored(content, "metadata")
    if content.parquet:
        files = group_by_split(sorted(content.parquet), folder)
        found = read_dataset("parquet", str(folder), files, names)
        return *found, name_ignored(content, "parquet files")
    files = find_page_files(folder)
    if files:
        found = read_page_folder(folder, files, progress, names, polarity)
        return *found, name_ignored(content, "PAGE-XML or ALTO")
    if content.texts:
        return read_text_pairs(folder, content.texts, names)
    raise UserError(f"{folder}: nothing to read; give {FORMS}")


def name_ignored(content, read):
    """Says what of a folder is not read: list of str, at most one.

    Args:
        content: `FolderContent`.
        read: str, the form that is read.
    """
    texts = sum(
        name.lower().endswith(TEXT)
        for names in content.texts.values()
        for name in names
    )
    ignored = [f"{texts} files {TEXT}"] if texts else []
    if content.tables and content.parquet:
        ignored.append(f"{len(content.parquet)} parquet files")
    if not ignored:
        return []
    return [f"read are its {read}, and not its {' and '.join(ignored)}"]
