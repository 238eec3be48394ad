import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.sources import (
    FolderSource,
    MixedSource,
    open_source,
    scaled_line,
)
from keras_htr_gan.errors import UserError


@pytest.fixture
def folder(tmp_path):
    """60 drawn lines on 20 pages, as an imagefolder."""
    drawn = HandwritingSource("en", seed=5)
    rows = []
    for i in range(60):
        line = drawn[i]
        image = Image.fromarray((200 * line["clean"] + 40).astype("uint8"))
        image.resize((2 * image.width, 64)).save(tmp_path / f"{i}.png")
        rows.append((f"{i}.png", line["text"], f"page{i % 20}"))
    write_metadata(tmp_path, ("file_name", "text", "page"), rows)
    return tmp_path


def write_metadata(folder, header, rows):
    with open(Path(folder) / "metadata.csv", "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def test_lines_arrive_scaled_with_their_text(folder):
    drawn = {HandwritingSource("en", seed=5)[i]["text"] for i in range(60)}
    source = FolderSource(folder, "train", height=32)
    for i in range(len(source)):
        line = source[i]
        assert line["clean"].shape[0] == 32
        assert line["clean"].dtype == np.float32
        assert line["clean"].min() < 0.1 and line["clean"].max() == 1.0
        assert line["text"] in drawn
        assert line["clean"].shape[1] <= source.widest()


def test_no_page_is_in_two_splits(folder):
    pages = {}
    for split in ("train", "validation", "test"):
        source = FolderSource(folder, split)
        pages[split] = {source.table[i]["page"] for i in source.rows}
    assert sum(map(len, pages.values())) == 20
    assert len(set.union(*pages.values())) == 20


def test_texts_of_training_pages_are_not_tested(folder):
    source = FolderSource(folder, "test")
    other = FolderSource(folder, "train").texts[0]
    rows = list(csv.reader(open(folder / "metadata.csv", newline="")))
    rows[1 + source.rows[0]][1] = other
    write_metadata(folder, rows[0], rows[1:])
    assert len(FolderSource(folder, "test")) == len(source) - 1


@pytest.mark.parametrize(
    "break_it, named",
    [
        (lambda f: (f / "metadata.csv").unlink(), "no metadata.csv"),
        (
            lambda f: write_metadata(f, ("file_name", "words"), []),
            "no column 'text'",
        ),
        (
            lambda f: write_metadata(
                f, ("file_name", "text"), [("missing.png", "a")]
            ),
            "missing.png",
        ),
        (
            lambda f: write_metadata(
                f, ("file_name", "text"), [("0.png", "a")]
            ),
            "too few",
        ),
    ],
)
def test_unusable_folders_say_why(folder, break_it, named):
    break_it(folder)
    with pytest.raises(UserError, match=named):
        for split in ("train", "validation", "test"):
            FolderSource(folder, split)


def test_a_missing_folder_and_an_unknown_language_are_named(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        open_source(str(tmp_path / "no"), "en", "train", 0, 32, 256)
    with pytest.raises(UserError, match="no words for language 'xx'"):
        open_source("synthetic", "xx", "train", 0, 32, 256)


def test_scaled_lines_keep_their_shape_up_to_a_limit():
    assert scaled_line(Image.new("L", (300, 60), 255), 32).shape == (32, 160)
    assert scaled_line(Image.new("RGB", (9000, 60)), 32).shape == (32, 1024)


def test_mixed_lines_alternate():
    class Numbers(list):
        pass

    mixed = MixedSource(Numbers("abc"), Numbers("xy"))
    assert [mixed[i] for i in range(len(mixed))] == ["a", "x", "b", "y"]
