"""Data sets that Hugging Face's `datasets` reads: parquet, and its hub."""

import logging
from pathlib import Path

from keras_htr_gan.data.lines import Problem
from keras_htr_gan.data.readers.folders import find_split
from keras_htr_gan.data.readers.tables import IMAGES, make_line
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import ImageCell


def read_dataset(kind, name, files=None, names=None):
    """Reads parquet files, or a data set of the hub, through `datasets`.

    Args:
        kind: str, `"parquet"` or the name on the hub.
        name: str, of the data, for messages.
        files: dict of split to paths, see `group_by_split`; `None` for the
            hub.
        names: `FileNames`, or `None`.

    Returns:
        Lists of `Line` and of `Problem`.

    Raises:
        UserError: if it cannot be loaded, or lacks a column.
    """
    # Imported here, as it takes a second that few need.
    import datasets

    splits = load_splits(kind, name, files)
    folders = find_image_folders(name, files)
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
            cells = {c: ImageCell(table, i, c, folders, names) for c in images}
            try:
                lines.append(make_line(where, row, cells, given))
            except ValueError as error:
                problems.append(Problem(where, str(error)))
    return lines, problems


def load_splits(kind, name, files):
    """The `datasets.DatasetDict` of a data set, see `read_dataset`."""
    import datasets

    logging.getLogger("datasets").setLevel(logging.ERROR)
    files = files and {k: list(map(str, v)) for k, v in files.items()}
    try:
        return datasets.load_dataset(kind, data_files=files)
    except Exception as error:
        cause = error.__cause__ or error
        reason = str(cause).strip().partition("\n")[0]
        if not files:
            reason += " (a data set of the Hugging Face hub is meant, as there "
            reason += "is no such file or folder)"
        raise UserError(f"{name}: cannot be loaded: {reason}") from error


def find_image_folders(name, files):
    """The folders in which images may lie that a table only names.

    Image folders of the hub, and `to_parquet`, name files of their own.
    """
    if files:
        folders = [Path(name) if Path(name).is_dir() else Path(name).parent]
    else:
        import datasets
        import huggingface_hub

        folders = [
            Path(huggingface_hub.constants.HF_HUB_CACHE),
            Path(datasets.config.HF_DATASETS_CACHE),
        ]
    return tuple(folder.resolve() for folder in folders)


def group_by_split(files, folder):
    """Groups files by the split that their name, or a folder's, says.

    Args:
        files: paths in the folder.
        folder: path.

    Returns:
        dict of split to a list of paths; the others are of `"train"`.
    """
    splits = {}
    for path in files:
        parts = path.relative_to(folder).with_suffix("").parts
        splits.setdefault(find_split(parts) or "train", []).append(path)
    return splits
