"""Reads users' data, whatever its form, into lines and problems.

Nothing here is fatal but data without a single usable line: a row that cannot
be used becomes a `Problem` that names it. Nothing outside the data's own
folder is opened.
"""

import codecs
import csv
import hashlib
import io
import json
import logging
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import datasets
import huggingface_hub
import numpy as np
from tqdm import tqdm

from keras_htr_gan.charset import normalize
from keras_htr_gan.data.lines import Collection, Line, Problem
from keras_htr_gan.data.outlines import cut_line
from keras_htr_gan.data.page_files import PageError, one_line, page_files
from keras_htr_gan.data.page_xml import read_page
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import Cell, ImageError, load_grey
from keras_htr_gan.storage import cache_folder

TABLES = (".csv", ".tsv", ".jsonl")
METADATA = tuple(f"metadata{suffix}" for suffix in TABLES)
CLEAN = ("clean", "image", "file_name")
IMAGES = (*CLEAN, "degraded")
SPLIT = re.compile(r"(train|validation|valid|val|dev|test)(?![^\W_])")
OUTSIDE = "lies outside the data's folder; not read"
THREADS = 2
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
    lines, damaged = decoded(lines, progress)
    return Collection(tuple(lines), (*problems, *damaged))


def read_folder(folder, progress):
    for where in (folder, *sorted(p for p in folder.iterdir() if p.is_dir())):
        if any((where / name).is_file() for name in METADATA):
            return read_imagefolder(folder)
    files = sorted(folder.rglob("*.parquet"))
    if files:
        return read_dataset("parquet", str(folder), by_split(files, folder))
    if page_files(folder):
        return read_pages(folder, progress)
    raise UserError(f"{folder}: nothing to read; give {FORMS}")


# -- Tables of file names ---------------------------------------------------


def read_imagefolder(folder):
    """A Hugging Face `imagefolder`: images and their metadata.

    Metadata in a subfolder `train`, `validation` or `test` are of that split.
    `datasets` itself stops at the first missing or climbing path and drops
    what it cannot read, hence row by row here.
    """
    lines, problems = [], []
    for where in (folder, *sorted(p for p in folder.iterdir() if p.is_dir())):
        for path in (where / name for name in METADATA):
            if not path.is_file():
                continue
            if not within(path, folder):
                problems.append(Problem(str(path), OUTSIDE))
                continue
            split = {} if where == folder else {"split": where.name}
            found, missed = read_table(path, split)
            lines += found
            problems += missed
    return lines, problems


def read_table(path, columns=None):
    """A CSV, TSV or JSONL file with a row for each line."""
    rows, problems = table_rows(path)
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
                column: file_inside(path.parent, row[column])
                for column in IMAGES
                if row.get(column)
            }
            lines.append(line_of(name, row, files, columns or {}))
        except ValueError as error:
            problems.append(Problem(name, str(error)))
    return lines, problems


def table_rows(path):
    """Rows of a table as dicts, with their line numbers, and problems."""
    problems, data = [], path.read_bytes()
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        text = error.object.decode("cp1252", errors="replace")
        reason = (
            f"line {number} is not UTF-8; read as Windows-1252 (Latin-1): "
            "save the file as UTF-8"
        )
        problems.append(Problem(str(path), reason))
    if path.suffix == ".jsonl":
        rows, wrong = json_rows(path, text)
        return rows, problems + wrong
    header = text.partition("\n")[0]
    mark = max(",;\t", key=header.count)
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
            rows.append((reader.line_num, row))
    except csv.Error as error:
        name = f"{path}: line {reader.line_num}"
        problems.append(Problem(name, f"not CSV from here on ({error})"))
    return rows, problems


def json_rows(path, text):
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


def file_inside(folder, name):
    """The file of a table's row.

    Raises:
        ValueError: if it lies outside the folder, or does not exist.
    """
    path = folder / str(name).replace("\\", "/")
    try:
        if not within(path, folder):
            raise ValueError(f"{one_line(name)} {OUTSIDE}")
        if path.is_file():
            return path
    except (OSError, RuntimeError):
        pass  # A name too long, or a link to itself.
    raise ValueError(f"no such image: {one_line(name)}")


def within(path, folder):
    return path.resolve().is_relative_to(folder.resolve())


def line_of(name, row, images, columns):
    """A `Line` of a table's row; `ValueError` says what it lacks."""
    text = row.get("text")
    text = normalize("" if text is None else str(text)).strip()
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
        one_line(key): one_line(value)
        for key, value in row.items()
        if key not in (*IMAGES, "text") and key and value not in (None, "")
    }
    return Line(name, " ".join(text.split()), clean, degraded, others | columns)


# -- What `datasets` reads ---------------------------------------------------


def read_dataset(kind, name, files=None):
    """Parquet files, or a data set of the hub, through `datasets`."""
    logging.getLogger("datasets").setLevel(logging.ERROR)
    files = files and {k: list(map(str, v)) for k, v in files.items()}
    try:
        splits = datasets.load_dataset(kind, data_files=files)
    except Exception as error:
        cause = error.__cause__ or error
        reason = str(cause).strip().partition("\n")[0]
        if not files:
            reason += " (a data set of the Hugging Face hub is meant, as there "
            reason += "is no such file or folder)"
        raise UserError(f"{name}: cannot be loaded: {reason}") from error
    # Image folders of the hub, and `to_parquet`, name files of their own.
    folders = (
        [Path(name) if Path(name).is_dir() else Path(name).parent]
        if files
        else [
            Path(huggingface_hub.constants.HF_HUB_CACHE),
            Path(datasets.config.HF_DATASETS_CACHE),
        ]
    )
    folders = tuple(folder.resolve() for folder in folders)
    lines, problems = [], []
    for split, table in splits.items():
        images = [c for c in IMAGES if c in table.column_names]
        if "text" not in table.column_names or not images:
            raise UserError(
                f"{name}: needs the columns image (or clean, degraded) and "
                f"text; it has {', '.join(table.column_names)}"
            )
        for column in images:
            table = table.cast_column(column, datasets.Image(decode=False))
        given = {} if len(splits) == 1 else {"split": split}
        for i, row in enumerate(table.remove_columns(images)):
            where = f"{name}: {split} row {i}"
            cells = {c: Cell(table, i, c, folders) for c in images}
            try:
                lines.append(line_of(where, row, cells, given))
            except ValueError as error:
                problems.append(Problem(where, str(error)))
    return lines, problems


def by_split(files, folder):
    """Parquet files by the split that their name, or a folder's, begins with.

    Args:
        files: paths in the folder.
        folder: path.
    """
    splits = {}
    for path in files:
        parts = path.relative_to(folder).with_suffix("").parts
        found = (SPLIT.match(part) for part in reversed(parts))
        split = next((match[1] for match in found if match), "train")
        splits.setdefault(split, []).append(path)
    return splits


# -- Pages --------------------------------------------------------------------


def read_pages(folder, progress):
    """Lines cut from page images; the cuts are kept in the cache."""
    files = page_files(folder)
    lines, problems = [], []
    with ThreadPoolExecutor(THREADS) as pool:
        pages = pool.map(lambda path: read_and_cut(path, folder), files)
        for found, missed in shown(pages, len(files), "pages", progress):
            lines += found
            problems += missed
    return lines, problems


def read_and_cut(path, folder):
    """The lines of one page and its problems."""
    try:
        page = read_page(path, folder)
    except PageError as error:
        return [], [page_problem(path, str(error))]
    problems = [page_problem(path, reason) for reason in page.problems]
    state = page.image.stat()
    identity = f"{page.image.resolve()} {state.st_mtime_ns} {state.st_size}"
    image, lines = None, []
    for line in page.lines:
        key = f"{identity} {line.polygon}"
        digest = hashlib.sha256(key.encode()).hexdigest()[:24]
        cut = cache_folder() / "lines" / f"{digest}.png"
        if not cut.is_file():
            if image is None:
                try:
                    image = np.uint8(np.round(255 * load_grey(page.image)))
                except ImageError as error:
                    return [], [*problems, Problem(str(page.image), str(error))]
            write_png(cut, cut_line(image, line.polygon))
        columns = {"page": str(path.relative_to(folder).with_suffix(""))}
        lines.append(Line(line.name, line.text, cut, None, columns))
    return lines, problems


def page_problem(path, message):
    """A `Problem` of a message that begins with the file's name."""
    reason = message.removeprefix(str(path)).removeprefix(path.name)
    return Problem(str(path), reason.removeprefix(": "))


def write_png(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two pages, in two threads, may have the same line of the same image.
    writer = f"{os.getpid()}_{threading.get_ident()}"
    partial = path.with_name(f"partial_{writer}_{path.name}")
    cv2.imwrite(str(partial), image)
    partial.replace(path)


# -- Every image, once --------------------------------------------------------


def decoded(lines, progress):
    """Decodes each line's images: their sizes, and which are damaged."""
    with ThreadPoolExecutor(THREADS) as pool:
        results = pool.map(measured, lines)
        results = list(shown(results, len(lines), "lines", progress))
    return (
        [result for result in results if isinstance(result, Line)],
        [result for result in results if isinstance(result, Problem)],
    )


def measured(line):
    """The line with its size and digest, or the `Problem` it has."""
    sizes, digest = [], hashlib.sha256()
    for image in filter(None, (line.clean, line.degraded)):
        try:
            grey = load_grey(image)
        except ImageError as error:
            which = image.name if isinstance(image, Path) else image.column
            return Problem(line.name, f"{which}: {error}")
        sizes.append(grey.shape[::-1])
        digest.update(np.uint8(255 * grey).tobytes())
        digest.update(repr(grey.shape).encode())
    if len(sizes) == 2 and not alike(*sizes):
        (a, b), (c, d) = sizes
        reason = f"clean is {a} x {b} pixels and degraded {c} x {d}: no pair"
        return Problem(line.name, reason)
    return replace(line, size=sizes[0], digest=digest.hexdigest())


def alike(first, second):
    """Whether two sizes have about the same shape."""
    return abs(first[0] * second[1] / (first[1] * second[0]) - 1) < 0.05


def shown(items, count, unit, progress):
    """Iterates, with a progress bar on a terminal."""
    quiet = None if progress else True
    return tqdm(items, total=count, unit=f" {unit}", disable=quiet, leave=False)
