"""Where clean lines come from: embedded handwriting or a user's folder."""

import csv
import logging
import os
from pathlib import Path

import cv2
import datasets
import numpy as np
from PIL import Image

from keras_htr_gan.charset import normalize
from keras_htr_gan.data.handwriting import HandwritingSource, split_of
from keras_htr_gan.errors import UserError

WIDEST = 32
METADATA = ("metadata.csv", "metadata.jsonl")


def open_source(data, language, split, seed, height, max_width):
    """Opens the lines that `--data` names.

    Args:
        data: `"synthetic"` for embedded handwriting, or a folder.
        language: a `wordfreq` language code, for embedded handwriting.
        split: `"train"`, `"validation"` or `"test"`.
        seed: int, for embedded handwriting.
        height: int, pixels.
        max_width: int, pixels, for embedded handwriting.

    Raises:
        UserError: see `FolderSource`, and on an unknown language.
    """
    if data != "synthetic":
        return FolderSource(data, split, height)
    try:
        return HandwritingSource(language, split, seed, height, max_width)
    except ValueError as error:
        raise UserError(str(error)) from error


class FolderSource:
    """Clean lines in a Hugging Face `imagefolder` with a `text` column.

    The folder holds line images and a `metadata.csv` (or `.jsonl`) with
    `file_name` and `text`. Where there is a `page` column no page is in two
    splits; otherwise equal texts stay together.

    Args:
        folder: path.
        split: `"train"`, `"validation"` or `"test"`.
        height: int, pixels to which lines are scaled; they keep their own
            width up to 32 times the height and are squeezed beyond that.

    Raises:
        UserError: if the folder or its metadata are missing or hold no text,
            or too little is left for a split.

    An item is a dict: `clean`, float32 `(height, width)`, 0 = ink, 1 = paper,
    and `text`, str.
    """

    finite = True

    def __init__(self, folder, split="train", height=32):
        self.height = height
        table = read_imagefolder(folder)
        texts = [normalize(text or "") for text in table["text"]]
        pages = table["page"] if "page" in table.column_names else texts
        splits = [split_of(str(page)) for page in pages]
        in_training = {
            t for t, s in zip(texts, splits, strict=True) if s == "train"
        }
        self.rows = [
            i
            for i, (text, own) in enumerate(zip(texts, splits, strict=True))
            if own == split
            and text.strip()
            and (split == "train" or text not in in_training)
        ]
        if not self.rows:
            raise UserError(
                f"{folder}: no line is left for the {split} split; "
                f"{len(texts)} lines on {len(set(pages))} pages are too few"
            )
        self.table = table
        self.texts = [texts[i] for i in self.rows]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        image = self.table[self.rows[index]]["image"]
        return {
            "clean": scaled_line(image, self.height),
            "text": self.texts[index],
        }

    def identity(self):
        """What tells these lines from others, for JSON."""
        return {
            "texts": self.texts,
            "images": [
                [Path(path).name, os.path.getsize(path)]
                for path in self.paths()
            ],
            "height": self.height,
        }

    def paths(self):
        """The image files of the split."""
        files = self.table.select(self.rows).cast_column(
            "image", datasets.Image(decode=False)
        )
        return [image["path"] for image in files["image"]]

    def characters(self):
        """Every character of the split's texts, as a sorted str."""
        return "".join(sorted(set().union(*self.texts)))

    def longest(self):
        """Characters of the split's longest text."""
        return max(map(len, self.texts))

    def widest(self):
        """Pixels of the widest line once it is scaled."""
        widths = []
        for path in self.paths():
            with Image.open(path) as image:
                widths.append(scaled_width(*image.size, self.height))
        return max(widths)


def read_imagefolder(folder):
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    if not any((folder / name).is_file() for name in METADATA):
        raise UserError(
            f"{folder}: no metadata.csv; it needs a header file_name,text "
            "and a row for each line image"
        )
    check_metadata(folder)
    logging.getLogger("datasets").setLevel(logging.ERROR)
    try:
        table = datasets.load_dataset(
            "imagefolder", data_dir=str(folder), split="train"
        )
    except Exception as error:
        cause = error.__cause__ or error
        raise UserError(f"{folder}: {cause}") from error
    return table


def check_metadata(folder):
    """Finds what `datasets` would drop silently or die of."""
    path = folder / METADATA[0]
    if not path.is_file():
        return
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: not a CSV file in UTF-8 ({error})") from error
    for name in ("file_name", "text"):
        if name not in (reader.fieldnames or ()):
            raise UserError(
                f"{path}: the header has no column {name!r}, only "
                + ", ".join(reader.fieldnames or ["nothing"])
            )
    for number, row in enumerate(rows, 2):
        if not (folder / (row["file_name"] or "")).is_file():
            raise UserError(
                f"{path}: line {number}: no such image: {row['file_name']}"
            )


def scaled_width(columns, rows, height):
    return max(8, min(round(columns * height / rows), WIDEST * height))


def scaled_line(image, height):
    """A line image as float32 `(height, width)`, 0 = ink, 1 = paper.

    The grey of the paper (the 90th percentile) becomes 1 and that of the
    darkest ink (the 1st) 0.
    """
    grey = np.asarray(image.convert("L"), dtype="float32")
    width = scaled_width(grey.shape[1], grey.shape[0], height)
    grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    ink, paper = np.percentile(grey, (1, 90)).astype("float32")
    return np.clip((grey - ink) / max(paper - ink, 1.0), 0.0, 1.0)


class MixedSource:
    """Alternates between two sources of lines; as long as both together.

    Args:
        first, second: random-access lines; an endless one is cut to the
            length of the other.
    """

    finite = True

    def __init__(self, first, second):
        self.sources = (first, second)
        self.length = 2 * min(len(first), len(second))

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return self.sources[index % 2][index // 2]

    def identity(self):
        """What tells these lines from others, for JSON."""
        return [source.identity() for source in self.sources]
