import os
import shutil
import unicodedata

import datasets
import pytest
from PIL import Image

from keras_htr_gan.data.readers.file_names import FileNames
from keras_htr_gan.data.readers.forms import read_lines
from keras_htr_gan.evaluation.pages import pair_scans
from tests import hostile
from tests.data.readers.line_files import texts, write_csv
from tests.data.readers.xml_files import equiv, page, page_line, write

NFC, NFD = "d\xe9j\xe0.png", unicodedata.normalize("NFD", "d\xe9j\xe0.png")
SPELLINGS = {
    "as on macOS": (NFC, NFD),
    "as on Linux": (NFD, NFC),
    "suffix": ("a.png", "a.PNG"),
    "capitals": ("Seite_1.png", "seite_1.png"),
    "both": ("D\xe9j\xe0.PNG", NFD),
    "folder": ("Bilder/a.png", "bilder/a.png"),
    "backslash": ("Bilder\\a.png", "bilder/A.png"),
}


@pytest.fixture
def two_spellings(tmp_path):
    """A file system that has both `a` and `A`."""
    (tmp_path / "a").touch()
    if (tmp_path / "A").exists():
        pytest.skip("this file system does not tell capitals")


def write_named(folder, named, found, form="table"):
    """One line, whose image is named otherwise than it is called."""
    hostile.write_line(folder / found, size=(200, 100))
    if form == "table":
        write_csv(folder / "metadata.csv", ("file_name", "text"), (named, "a"))
        return folder
    if form == "manifest":
        write_csv(folder / "some.csv", ("clean", "text"), (named, "a"))
        return folder / "some.csv"
    if form == "page":
        xml = page(page_line(equiv("a")), named)
        write(folder, xml, "other.xml", image=None)
        return folder
    cell = {
        "bytes": datasets.Value("binary"),
        "path": datasets.Value("string"),
    }
    table = datasets.Dataset.from_dict(
        {
            "image": [{"bytes": None, "path": named.replace("\\", "/")}],
            "text": ["a"],
        },
        datasets.Features({"image": cell, "text": datasets.Value("string")}),
    )
    table.to_parquet(str(folder / "lines.parquet"))
    return folder


@pytest.mark.parametrize("form", ["table", "manifest", "page", "parquet"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_one_file_that_fits_is_taken_and_told(tmp_path, spelling, form):
    named, found = SPELLINGS[spelling]
    data = write_named(tmp_path / "data", named, found, form)
    collection = read_lines(data)
    assert texts(collection) == ["a"] and not collection.problems
    if (tmp_path / "data" / named.replace("\\", "/")).exists():
        return  # This file system does not tell them apart.
    [note] = collection.notes
    assert note.startswith("1 file named with other capitals, or in another ")
    if spelling == "as on macOS":
        assert note.endswith("d\\xe9j\\xe0.png for de\\u0301ja\\u0300.png")
    if spelling == "suffix":
        assert note.endswith(": a.png for a.PNG")


@pytest.mark.parametrize("form", ["table", "manifest", "page", "parquet"])
def test_where_several_fit_they_are_named(tmp_path, two_spellings, form):
    folder = tmp_path / "data"
    data = write_named(folder, "a.png", "A.png", form)
    hostile.write_line(folder / "a.PNG", 1, (200, 100))
    found = read_lines(data)
    [problem] = found.problems
    assert not found.lines and not found.notes
    assert problem.reason.endswith(
        "no file is called a.png, and several are but for capitals or accents: "
        "A.png, a.PNG"
    )
    shutil.copy(folder / "A.png", folder / "a.png")
    found = read_lines(data)
    assert len(found.lines) == 1 and not (found.problems or found.notes)


def test_a_file_of_another_row_is_not_taken(tmp_path, two_spellings):
    rows = ("A.png", "one"), ("a.png", "two")
    write_csv(tmp_path / "metadata.csv", ("file_name", "text"), *rows)
    hostile.write_line(tmp_path / "A.png")
    found = read_lines(tmp_path)
    assert texts(found) == ["one"]
    assert found.problems[0].reason == "no such image: a.png"


def test_one_note_for_all_rows_and_one_listing_a_folder(tmp_path, monkeypatch):
    rows = []
    for i in range(20):
        hostile.write_line(tmp_path / f"x/{i}.PNG", i)
        rows.append((f"x/{i}.png", i))
    rows.append(("x/missing.png", "b"))
    write_csv(tmp_path / "metadata.csv", ("file_name", "text"), *rows)
    if (tmp_path / "x/0.png").exists():
        pytest.skip("this file system does not tell capitals")
    listed, list_folder = [], os.listdir
    monkeypatch.setattr(
        os, "listdir", lambda path: listed.append(path) or list_folder(path)
    )
    found = read_lines(tmp_path)
    assert len(found.lines) == 20 and len(found.problems) == 1
    assert listed == [tmp_path, tmp_path / "x"]
    [note] = found.notes
    assert note.startswith("20 files named") and "0.png for 0.PNG" in note


def test_names_that_are_right_list_nothing(tmp_path, monkeypatch):
    data = write_named(tmp_path, "a.png", "a.png")
    monkeypatch.setattr(os, "listdir", None)
    assert len(read_lines(data).lines) == 1


@pytest.mark.parametrize("form", ["table", "page", "parquet"])
@pytest.mark.parametrize(
    "named", ["../Outside.png", "x/../../outside.PNG", "link/Outside.png"]
)
def test_nothing_outside_is_listed(tmp_path, monkeypatch, named, form):
    hostile.write_line(tmp_path / "outside" / "outside.png", size=(200, 100))
    hostile.write_line(tmp_path / "outside.png", size=(200, 100))
    folder = tmp_path / "data"
    data = write_named(folder, named, "x/other.png", form)
    (folder / "link").symlink_to(tmp_path / "outside")
    listed, list_folder = [], os.listdir
    monkeypatch.setattr(
        os, "listdir", lambda path: listed.append(path) or list_folder(path)
    )
    found = read_lines(data)
    assert not found.lines and len(found.problems) == 1
    assert all(path in (folder, folder / "x") for path in listed)


def test_a_name_of_a_page_goes_before_the_name_of_its_file(tmp_path):
    Image.new("L", (200, 100), 255).save(tmp_path / "p.png")
    write_named(tmp_path, "scan.png", "Scan.PNG", "page")
    (tmp_path / "other.xml").rename(tmp_path / "p.xml")
    [line] = read_lines(tmp_path).lines
    assert line.digest == read_digest(tmp_path / "Scan.PNG", tmp_path)


def read_digest(image, folder):
    """The digest of the line of `page_line` in a page image."""
    other = folder / "other"
    other.mkdir()
    shutil.copy(image, other / "x.png")
    write(other, page(page_line(equiv("a")), "x.png"), image=None)
    return read_lines(other).lines[0].digest


def test_a_folder_that_cannot_be_listed_is_one_without_names(tmp_path):
    names = FileNames()
    assert names.find(tmp_path / "no" / "a.png", tmp_path / "no") is None
    (tmp_path / "file").touch()
    assert names.find(tmp_path / "file" / "a.png", tmp_path) is None


def test_scans_and_their_truths(tmp_path):
    hostile.write_line(tmp_path / "scans" / NFC)
    hostile.write_line(tmp_path / "truths" / NFD.replace(".p", "_GT.P"))
    [(scan, truth)] = pair_scans(tmp_path / "scans", tmp_path / "truths")
    assert scan.parent.name == "scans" and truth.parent.name == "truths"
