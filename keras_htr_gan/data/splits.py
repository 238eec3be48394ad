"""Training, validation and test lines that have nothing in common."""

import json
import zlib
from pathlib import Path

from keras_htr_gan.errors import UserError

SPLITS = ("train", "validation", "test")
NAMES = {"valid": "validation", "val": "validation", "dev": "validation"}


def split_lines(lines, by="auto", name="the data", share=0.1):
    """Splits lines so that no group is in two splits.

    Where the data has its own `split` column or folders, they are kept, and
    what is missing of the three is taken from the training lines. The groups
    for validation and test are chosen by the checksum of their name, or named
    in a file. Validation and test keep no line whose text is also in the
    training or in another group.

    Args:
        lines: sequence of `Line`.
        by: a column (`"page"`, `"writer"`, ...), `"text"`, or `"auto"`: the
            page, else the writer, else the text; or the path of a `.json`
            file, an object with `by`, a column, and `validation` and `test`,
            lists of its values.
        name: str, of the data, for messages.
        share: float, of the lines that validation, and test, take.

    Returns:
        dict of the three splits to lists of `Line`.

    Raises:
        UserError: if there is no such column, or too little for three splits.
    """
    by, listed = parse_split_by(by)
    column = choose_column(lines, by, name)
    splits = {split: [] for split in SPLITS}
    for line in lines:
        own = line.columns.get("split", "train").lower()
        own = listed.get(line.columns.get(column), own)
        splits[NAMES.get(own, own if own in SPLITS else "train")].append(line)
    take_missing(splits, column, share * len(lines), name)
    drop_shared_texts(splits, column, lines)
    for split in ("validation", "test"):
        if not splits[split]:
            raise UserError(
                f"{name}: every line of the {split} split has a text that is "
                "also elsewhere in the data; give `validation_data`"
            )
    return splits


def take_missing(splits, column, wanted, name):
    """Takes the splits that have no line from the training lines.

    Args:
        splits: dict of split to lines, which is changed.
        column: str, whose groups stay together.
        wanted: float, lines of each split that is taken.
        name: str, of the data, for messages.

    Raises:
        UserError: if there are too few groups.
    """
    missing = [s for s in ("validation", "test") if not splits[s]]
    if not missing:
        return
    groups = group_lines(splits["train"], column)
    if len(groups) <= len(missing):
        count = sum(map(len, splits.values()))
        raise UserError(
            f"{name}: {count} lines in {len(groups)} groups (by {column}) are "
            "too few to split; choose another `split_by`, or give "
            "`validation_data`"
        )
    for split in missing:
        while len(splits[split]) < wanted and len(groups) > 1:
            if splits[split] and len(groups) <= len(missing):
                break
            splits[split] += groups.pop(0)
    splits["train"] = [line for group in groups for line in group]


def drop_shared_texts(splits, column, lines):
    """Keeps held-out lines only if their text is nowhere else in the data.

    Args:
        splits: dict of split to lines, which is changed.
        column: str, whose groups stay together.
        lines: all of the data.
    """
    learnt = {line.text for line in splits["train"]}
    groups_of = {}
    for line in lines:
        groups_of.setdefault(line.text, set()).add(find_group(line, column))
    for split in ("validation", "test"):
        splits[split] = [
            line
            for line in splits[split]
            if line.text not in learnt and len(groups_of[line.text]) == 1
        ]


def parse_split_by(by):
    """Parses `by` of `split_lines`: a column, and a dict of value to split.

    Raises:
        UserError: if it is a file that cannot be used.
    """
    if not by.endswith(".json"):
        return by, {}
    try:
        listed = json.loads(Path(by).read_text(encoding="utf-8"))
        return listed["by"], {
            group: split
            for split in ("validation", "test")
            for group in listed[split]
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"`split_by`: {by}: {error!r}; it is to be an object with 'by', "
            "'validation' and 'test'"
        ) from error


def choose_column(lines, by, name):
    """Chooses the column whose values stay together."""
    columns = set().union(*(line.columns for line in lines))
    if by == "auto":
        return next((c for c in ("page", "writer") if c in columns), "text")
    if by != "text" and by not in columns:
        raise UserError(
            f"`split_by`: {name} has no column {by!r}, only "
            + ", ".join(sorted({"text", *columns} - {"split"}))
        )
    return by


def find_group(line, column):
    return line.text if column == "text" else line.columns.get(column, "")


def group_lines(lines, column):
    """Groups lines that stay together, in the order of their checksums."""
    groups = {}
    for line in lines:
        groups.setdefault(find_group(line, column), []).append(line)
    return [
        groups[value]
        for value in sorted(groups, key=lambda v: (zlib.crc32(v.encode()), v))
    ]
