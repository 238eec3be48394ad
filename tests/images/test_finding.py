from pathlib import Path

import pytest
from PIL import Image

from keras_htr_gan.images.finding import find_documents


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def names(found):
    return [name.as_posix() for _, name in found.documents]


def test_documents_are_found_in_folders(tmp_path):
    touch(tmp_path, "b/1.PNG", "b/notes.txt", "2.pdf", "b/c/3.jpeg")
    assert names(find_documents(tmp_path)) == ["2.pdf", "b/1.PNG", "b/c/3.jpeg"]
    file = tmp_path / "b" / "notes.txt"
    assert find_documents(file).documents == [(file, Path("notes.txt"))]


@pytest.mark.parametrize(
    "suffix",
    ".gif .GIF .jfif .jpe .JPG .TIF .pgm .ppm .pbm .pnm .dib .j2k".split(),
)
def test_what_is_taken_alone_is_taken_in_a_folder(tmp_path, suffix):
    touch(tmp_path, f"a{suffix}")
    assert names(find_documents(tmp_path)) == [f"a{suffix}"]


def test_images_that_are_not_called_so_are_taken(tmp_path):
    touch(tmp_path, "a.heic", "README", "photo.txt")
    image = Image.new("L", (9, 9))
    image.save(tmp_path / "IMG_1.HEIC", "JPEG")
    image.save(tmp_path / "scan0001", "PNG")
    image.save(tmp_path / "photo.bak", "PNG")
    assert names(find_documents(tmp_path)) == ["IMG_1.HEIC", "scan0001"]


def test_what_is_left_out_is_counted_and_named(tmp_path):
    touch(tmp_path, "a.heic", "b/c.heic", "b/d.xml", "README", "e.png")
    touch(tmp_path, ".DS_Store")
    found = find_documents(tmp_path)
    assert names(found) == ["e.png"]
    (told,) = found.tell_left_out()
    assert told == (
        "left out, of other kinds: "
        f"1 without suffix ({tmp_path / 'README'}), "
        f"2 .heic ({tmp_path / 'a.heic'}, ...), "
        f"1 .xml ({tmp_path / 'b' / 'd.xml'})"
    )
    assert not find_documents(tmp_path / "e.png").tell_left_out()


def test_many_other_kinds_are_still_one_line(tmp_path):
    touch(tmp_path, *(f"a.kind{number:02d}" for number in range(30)))
    (told,) = find_documents(tmp_path).tell_left_out()
    assert told.endswith("a.kind07), 22 other kinds")


def test_what_macos_and_a_nas_leave_is_no_document(tmp_path):
    touch(tmp_path, "a.png", "._a.png", "__MACOSX/a.png", "@eaDir/a.png/b.jpg")
    touch(tmp_path, ".partial_0123456789ab.png")
    found = find_documents(tmp_path)
    assert names(found) == ["a.png"] and not found.tell_left_out()


def test_linked_folders_are_named_and_loops_end(tmp_path):
    scans, elsewhere = tmp_path / "scans", tmp_path / "elsewhere"
    touch(scans, "a.png")
    touch(elsewhere, "b.png")
    (scans / "more").symlink_to(elsewhere)
    (scans / "loop").symlink_to(scans)
    (scans / "c.png").symlink_to(elsewhere / "b.png")
    found = find_documents(scans)
    assert names(found) == ["a.png", "c.png"]
    assert found.tell_left_out() == [
        f"left out, 2 linked folders: {scans / 'loop'}, {scans / 'more'}"
    ]


@pytest.mark.parametrize("output", ["scans/out", "link", "scans/in/../out"])
def test_an_output_among_the_scans_is_left_out(tmp_path, monkeypatch, output):
    scans = tmp_path / "scans"
    touch(scans, "a.png", "in/b.png", "out/a.png", "out/in/b.png")
    (scans / "c.png").symlink_to(scans / "out" / "a.png")
    (tmp_path / "link").symlink_to(scans / "out")
    found = find_documents(scans, output=tmp_path / output)
    assert names(found) == ["a.png", "in/b.png"]
    assert found.tell_left_out() == [
        "left out, in the folder that is written to: 3 .png "
        f"({scans / 'c.png'}, ...)"
    ]
    # From within it, too, with paths that begin elsewhere.
    monkeypatch.chdir(scans / "out")
    found = find_documents(Path(".."), output=Path("."))
    assert names(found) == ["a.png", "in/b.png"]


def test_an_output_around_or_beside_the_scans_leaves_nothing_out(tmp_path):
    touch(tmp_path, "scans/a.png", "out/a.png")
    for output in (".", "scans", "out", "new"):
        found = find_documents(tmp_path / "scans", output=tmp_path / output)
        assert names(found) == ["a.png"] and not found.written
