import os

import pytest

from keras_htr_gan.data.readers import text_pairs
from keras_htr_gan.data.readers.forms import read_lines
from tests import hostile
from tests.data.readers.line_files import texts, write_csv, write_folder


def write_pair(folder, name="a", text="a text", image=".png", seed=None):
    """An image and its text; no image with `None`, no text with `None`."""
    folder.mkdir(parents=True, exist_ok=True)
    if image is not None:
        seed = len(list(folder.iterdir())) if seed is None else seed
        hostile.write_line(folder / f"{name}{image}", seed)
    if text is not None:
        data = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.gt.txt").write_bytes(data)


def problems_of(found, folder):
    """From a file's name to what is wrong with it."""
    return {
        problem.name.removeprefix(f"{folder}{os.sep}"): problem.reason
        for problem in found.problems
    }


def test_a_folder_of_pairs(tmp_path):
    for i in range(3):
        write_pair(tmp_path, f"{i}", f"text {i}\n", seed=i)
    found = read_lines(tmp_path)
    assert texts(found) == ["text 0", "text 1", "text 2"]
    assert not found.problems and not found.notes
    for i, line in enumerate(found.lines):
        assert line.name == str(tmp_path / f"{i}.gt.txt")
        assert line.clean == tmp_path / f"{i}.png"
        assert line.size == (320, 40) and line.columns == {}


@pytest.mark.parametrize(
    "image", [".png", ".PNG", ".tif", ".jpg", ".nrm.png", ".bin.png", ".x.png"]
)
def test_every_name_of_an_image(tmp_path, image):
    write_pair(tmp_path, "page.1", image=image)
    [line] = read_lines(tmp_path).lines
    assert line.clean == tmp_path / f"page.1{image}"


def test_pages_are_folders(tmp_path):
    for page in ("p1", "p2", "deep/p3"):
        write_pair(tmp_path / page)
    found = read_lines(tmp_path)
    assert [line.columns for line in found.lines] == [
        {"page": "deep/p3"},
        {"page": "p1"},
        {"page": "p2"},
    ]
    # One folder is no page: it would be in all splits.
    [line] = read_lines(tmp_path / "deep").lines
    assert line.columns == {}


def test_splits_are_folders(tmp_path):
    for place in ("train/p1", "train/p2", "val", "x/test"):
        write_pair(tmp_path / place, text=place)
    found = read_lines(tmp_path)
    columns = {line.text: line.columns for line in found.lines}
    assert columns == {
        "train/p1": {"split": "train", "page": "train/p1"},
        "train/p2": {"split": "train", "page": "train/p2"},
        "val": {"split": "validation"},
        "x/test": {"split": "test", "page": "x/test"},
    }


def test_one_of_several_images_of_a_text(tmp_path):
    for text, images in {
        "a": (".bin.png", ".nrm.png", ".png"),
        "b": (".bin.png", ".nrm.png", ".dew.png"),
        "c": (".bin.png", ".dew.png"),
        "d": (".png", ".jpg"),
    }.items():
        for image in images:
            write_pair(tmp_path, text, text, image)
    found = read_lines(tmp_path)
    assert [line.clean.name for line in found.lines] == [
        "a.png",
        "b.nrm.png",
        "c.dew.png",
        "d.jpg",
    ]
    assert not found.problems
    assert found.notes == (
        "6 images are left out: their texts have another image",
    )


def test_a_longer_name_has_its_own_text(tmp_path):
    write_pair(tmp_path, "a", "one")
    write_pair(tmp_path, "a.b", "two")
    found = read_lines(tmp_path)
    assert {line.text: line.clean.name for line in found.lines} == {
        "one": "a.png",
        "two": "a.b.png",
    }
    assert not found.problems and not found.notes


@pytest.mark.parametrize(
    "data, text",
    [
        (b"\xef\xbb\xbfd\xc3\xa9j\xc3\xa0\r\n", "d\xe9j\xe0"),
        ("d\xe9j\xe0\r\n".encode("utf-16"), "d\xe9j\xe0"),
        (b"de\xcc\x81ja\xcc\x80", "d\xe9j\xe0"),
        (b"\n  two   words \n\n", "two words"),
        (b"one line\r", "one line"),
        ("one\u2028line".encode(), "one line"),
    ],
)
def test_a_text_as_any_system_writes_it(tmp_path, data, text):
    write_pair(tmp_path, text=data)
    found = read_lines(tmp_path)
    assert texts(found) == [text] and not found.problems


def test_what_is_wrong_is_named(tmp_path):
    folder = tmp_path / "lines"
    write_pair(folder, "good", "good")
    write_pair(folder, "empty", "\n")
    write_pair(folder, "two", "one line\r\nanother\r\n")
    write_pair(folder, "old", b"one line\ranother")
    write_pair(folder, "large", "x" * (text_pairs.LARGEST + 1))
    write_pair(folder, "latin", "d\xe9j\xe0".encode("latin-1"))
    write_pair(folder, "no_image", image=None)
    write_pair(folder, "no_text", text=None)
    write_pair(folder, "no_text", text=None, image=".bin.png")
    write_pair(folder, "broken")
    (folder / "broken.png").write_bytes(b"no image")
    write_pair(tmp_path, "outside")
    write_pair(folder, "linked", image=None)
    (folder / "linked.png").symlink_to(tmp_path / "outside.png")
    write_pair(folder, "linked_text", text=None)
    (folder / "linked_text.gt.txt").symlink_to(tmp_path / "outside.gt.txt")
    (folder / "folder.gt.txt").mkdir()
    with hostile.openings() as opened:
        found = read_lines(folder)
    assert texts(found) == ["good", "d\xe9j\xe0"]
    two = "a text of 2 lines, not of one: the image of a page, perhaps, to be "
    assert problems_of(found, folder) == {
        "empty.gt.txt": "no text",
        "two.gt.txt": f"{two}cut into lines",
        "old.gt.txt": f"{two}cut into lines",
        "large.gt.txt": "larger than 64 KiB: no text of a line",
        "latin.gt.txt": "line 1 is not UTF-8; read as Windows-1252 (Latin-1): "
        "save the file as UTF-8",
        "no_image.gt.txt": "no image beside it",
        "no_text.png": "no text beside it: no_text.gt.txt",
        "no_text.bin.png": "no text beside it: no_text.bin.gt.txt",
        "broken.gt.txt": "broken.png: not an image of a known kind (BMP, GIF, "
        "JPEG, JPEG2000, PNG, PPM, TIFF, WEBP)",
        "linked.gt.txt": "linked.png lies outside the data's folder; not read",
        "linked_text.gt.txt": "lies outside the data's folder; not read",
    }
    assert not [name for name in opened if "outside" in name]


def test_a_pipe_is_not_waited_for(tmp_path):
    write_pair(tmp_path, "a", text=None)
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "a.gt.txt")
    assert problems_of(read_lines(tmp_path), tmp_path) == {
        "a.gt.txt": "no file"
    }


def test_names_that_are_spelt_otherwise(tmp_path):
    write_pair(tmp_path, "de\u0301ja\u0300", "one", None)
    write_pair(tmp_path, "d\xe9j\xe0", None, ".png")
    write_pair(tmp_path, "Line", "two", None)
    write_pair(tmp_path, "line", None, ".nrm.PNG")
    if (tmp_path / "LINE.gt.txt").exists():
        pytest.skip("this file system does not tell capitals")
    found = read_lines(tmp_path)
    assert {line.text: line.clean.name for line in found.lines} == {
        "one": "d\xe9j\xe0.png",
        "two": "line.nrm.PNG",
    }
    assert not found.problems
    [note] = found.notes
    assert note.startswith("2 files named with other capitals")


def test_where_several_are_spelt_so_they_are_named(tmp_path):
    write_pair(tmp_path, "line", "two", None)
    write_pair(tmp_path, "Line", None)
    write_pair(tmp_path, "LINE", None)
    if len(list(tmp_path.iterdir())) < 3:
        pytest.skip("this file system does not tell capitals")
    found = read_lines(tmp_path)
    assert not found.lines and not found.notes
    assert problems_of(found, tmp_path) == {
        "line.gt.txt": "no image beside it is called so; but for capitals or "
        "accents LINE.png, Line.png"
    }


def test_what_macos_and_editors_leave_is_no_line(tmp_path):
    write_pair(tmp_path)
    write_pair(tmp_path, "._a")
    write_pair(tmp_path / "__MACOSX", "._a")
    write_pair(tmp_path / ".ipynb_checkpoints", "a-checkpoint")
    found = read_lines(tmp_path)
    assert len(found.lines) == 1 and not found.problems


def test_pages_above_their_lines_are_no_lines_without_text(tmp_path):
    hostile.write_line(tmp_path / "page.png")
    write_pair(tmp_path / "page")
    found = read_lines(tmp_path)
    assert len(found.lines) == 1 and not found.problems


def test_metadata_go_before_pairs(tmp_path):
    write_pair(tmp_path, "0", "of the pair")
    rows = write_folder(tmp_path, 2)
    write_csv(tmp_path / "metadata.csv", ("file_name", "text"), *rows)
    found = read_lines(tmp_path)
    assert texts(found) == ["text 0", "text 1"]
    assert found.notes == (
        "read are its metadata, and not its 1 files .gt.txt",
    )
