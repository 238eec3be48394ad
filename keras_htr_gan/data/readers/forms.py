"""Reads users' data, whatever its form, into lines and problems.

Nothing here is fatal but data without a single usable line: a row that cannot
be used becomes a `Problem` that names it. Nothing outside the data's own
folder is opened.
"""

import re
from pathlib import Path

from keras_htr_gan.data.lines import Collection
from keras_htr_gan.data.readers.hugging_face import (
    find_splits,
    read_dataset,
)
from keras_htr_gan.data.readers.measuring import measure_lines
from keras_htr_gan.data.readers.page_files import find_page_files
from keras_htr_gan.data.readers.pages import read_page_folder
from keras_htr_gan.data.readers.tables import (
    METADATA,
    TABLES,
    read_imagefolder,
    read_table,
)
from keras_htr_gan.errors import UserError

FORMS = (
    "a folder with a metadata.csv or .jsonl (file_name,text), a folder of "
    "parquet files (image,text), a folder of PAGE-XML or ALTO with its page "
    "images, a manifest .csv or .jsonl (clean,text and perhaps degraded), a "
    ".parquet file, or the name of a data set on the Hugging Face hub"
)


def read_lines(data, progress=True):
    """Reads the lines of a data set and decodes each image once.

    Args:
        data: str or path, see `FORMS`.
        progress: bool, whether to show a progress bar on a terminal.

    Returns:
        `Collection`; its lines have their `size` and `digest`.

    Raises:
        UserError: if there is no such data, or it has no form known here.
    """
    path = Path(data)
    if path.is_dir():
        lines, problems = read_folder(path, progress)
    elif path.suffix == ".parquet" and path.is_file():
        lines, problems = read_dataset("parquet", str(path), {"train": [path]})
    elif path.suffix in TABLES and path.is_file():
        lines, problems = read_table(path)
    elif path.exists():
        raise UserError(f"{data}: not a form known here; give {FORMS}")
    elif re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", str(data)):
        lines, problems = read_dataset(str(data), str(data))
    else:
        raise UserError(f"{data}: no such file or folder; give {FORMS}")
    lines, damaged = measure_lines(lines, progress)
    return Collection(tuple(lines), (*problems, *damaged))


def read_folder(folder, progress):
    """Lines and problems of a folder of any form."""
    for where in (folder, *sorted(p for p in folder.iterdir() if p.is_dir())):
        if any((where / name).is_file() for name in METADATA):
            return read_imagefolder(folder)
    files = sorted(folder.rglob("*.parquet"))
    if files:
        return read_dataset("parquet", str(folder), find_splits(files, folder))
    files = find_page_files(folder)
    if files:
        return read_page_folder(folder, files, progress)
    raise UserError(f"{folder}: nothing to read; give {FORMS}")
