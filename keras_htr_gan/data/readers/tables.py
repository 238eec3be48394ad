"""Tables of file names and texts: CSV, TSV, JSON lines, image folders."""

import csv
import io
import json
import re

from keras_htr_gan.charset import strip_invisible
from keras_htr_gan.data.lines import Line, Problem
from keras_htr_gan.data.readers.encodings import decode_text
from keras_htr_gan.data.readers.file_names import FileNames
from keras_htr_gan.data.readers.folders import find_split
from keras_htr_gan.data.wording import to_one_line
from keras_htr_gan.errors import UserError
from keras_htr_gan.storage import is_within

TABLES = (".csv", ".tsv", ".jsonl")
CLEAN = ("clean", "image", "file_name")
IMAGES = (*CLEAN, "degraded")
OUTSIDE = "lies outside the data's folder; not read"


def read_imagefolder(folder, tables, names):
    """Reads a Hugging Face `imagefolder`: images and their metadata.

    Metadata lie in any folder; a folder above them that is called as a split
    makes them of that split. `datasets` itself stops at the first missing or
    climbing path and drops what it cannot read, hence row by row here.

    Args:
        folder: `Path`; nothing outside is read.
        tables: list of `Path`, the metadata.
        names: `FileNames`.

    Returns:
        Lists of `Line` and of `Problem`.
    """
    lines, problems = [], []
    for path in tables:
        if not is_within(path, folder):
            problems.append(Problem(str(path), OUTSIDE))
            continue
        split = find_split(path.parent.relative_to(folder).parts)
        columns = {"split": split} if split else {}
        found, missed = read_table(path, columns, names)
        lines += found
        problems += missed
    return lines, problems


def read_table(path, columns=None, names=None):
    """Reads a CSV, TSV or JSONL file with a row for each line.

    Args:
        path: `Path`.
        columns: dict, further columns of each line.
        names: `FileNames`, or `None` for those of this table alone.

    Returns:
        Lists of `Line` and of `Problem`.

    Raises:
        UserError: if a column is missing.
    """
    folder, names = path.parent, names or FileNames()
    rows, problems = load_rows(path)
    # A file that one row names is not what another one means.
    named = {
        place_file(folder, row[column])
        for _, row in rows
        for column in IMAGES
        if row.get(column)
    }
    lines = []
    for number, row in rows:
        name = f"{path}: line {number}"
        try:
            if any(map(str.strip, row.pop(None, ()))):
                raise ValueError(
                    "more cells than the header: put a text that holds the "
                    "separator in quotes"
                )
            files = {
                column: find_file(folder, row[column], names, named)
                for column in IMAGES
                if row.get(column)
            }
            lines.append(make_line(name, row, files, columns or {}))
        except ValueError as error:
            problems.append(Problem(name, str(error)))
    return lines, problems


def load_rows(path):
    """Rows of a table as dicts, with their line numbers, and problems."""
    text, problems = decode_text(path, path.read_bytes())
    if path.suffix == ".jsonl":
        rows, wrong = parse_json_rows(path, text)
        return rows, problems + wrong
    header = text.partition("\n")[0]
    # Spreadsheets may say the mark, and count that as a line.
    said = re.fullmatch(r'"?sep=(.)"?\s*', header, re.IGNORECASE)
    if said:
        text = text[len(header) + 1 :]
    mark = said[1] if said else max(",;\t", key=header.count)
    # Of the many characters that `splitlines` ends a line at, two count.
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark)
    names = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    if "text" not in names or not set(names) & set(IMAGES):
        raise UserError(
            f"{path}: the header needs the columns file_name (or clean, "
            f"degraded) and text; it has {', '.join(names) or 'nothing'}"
        )
    rows = []
    try:
        for row in reader:
            rows.append((reader.line_num + bool(said), row))
    except csv.Error as error:
        name = f"{path}: line {reader.line_num}"
        problems.append(Problem(name, f"not CSV from here on ({error})"))
    return rows, problems


def parse_json_rows(path, text):
    rows, problems = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            row = error
        if isinstance(row, dict):
            rows.append((number, row))
        else:
            name = f"{path}: line {number}"
            problems.append(Problem(name, "not a JSON object"))
    return rows, problems


def place_file(folder, name):
    """The path that a row of a table in a folder names."""
    return folder / str(name).replace("\\", "/")


def find_file(folder, name, names, others=frozenset()):
    """The file of a table's row.

    Args:
        folder: `Path` of the table's folder.
        name: str, of the file.
        names: `FileNames`.
        others: see `FileNames.find`.

    Raises:
        ValueError: if it lies outside the folder, does not exist, or several
            files are nearly called so.
    """
    path = names.find(place_file(folder, name), folder, others)
    if path is None:
        raise ValueError(f"no such image: {to_one_line(name)}")
    if not is_within(path, folder):
        raise ValueError(f"{to_one_line(name)} {OUTSIDE}")
    return path


def make_line(name, row, images, columns):
    """A `Line` of a table's row; `ValueError` says what it lacks."""
    text = row.get("text")
    text = strip_invisible("" if text is None else str(text)).strip()
    clean = next((images[c] for c in CLEAN if images.get(c)), None)
    degraded = images.get("degraded")
    if clean is None and degraded is None:
        raise ValueError("no image")
    if not text:
        raise ValueError("no text")
    if "\n" in text:
        raise ValueError(
            f"a text of {text.count(chr(10)) + 1} lines, not of one; perhaps "
            "a quote is not closed"
        )
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("a text with half a character (a lone surrogate)")
    others = {
        to_one_line(key): to_one_line(value)
        for key, value in row.items()
        if key not in (*IMAGES, "text") and key and value not in (None, "")
    }
    return Line(name, " ".join(text.split()), clean, degraded, others | columns)
