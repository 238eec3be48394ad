import json
from pathlib import Path

import pytest

from keras_htr_gan.data.readers.forms import read_lines
from keras_htr_gan.errors import UserError
from tests import hostile
from tests.data.readers.line_files import (
    reasons,
    texts,
    write_csv,
    write_folder,
)


def test_every_bad_row_is_named_and_the_good_ones_arrive(tmp_path):
    folder = tmp_path / "lines"
    numbers = hostile.write_imagefolder(folder)
    with hostile.openings() as opened:
        found = read_lines(folder)
    too_long = numbers.pop("too long")
    assert texts(found)[:3] == list(hostile.GOOD.values())
    assert [line.name for line in found.lines[3:]] == [
        f"{folder / 'metadata.csv'}: line {too_long}"
    ]
    why = reasons(found, folder / "metadata.csv")
    assert set(why) == set(numbers.values())
    for what, words in {
        "truncated": "cut.jpg: damaged",
        "empty": "empty.png: empty file",
        "not an image": "text.png: not an image",
        "bomb": "bomb.png: more than 100 million pixels",
        "damaged palette": "palette.bmp: damaged",
        "missing": "no such image: missing.png",
        "no text": "no text",
        "climbing": "../outside.png lies outside",
        "linked": "link.png lies outside",
        "linked to itself": "no such image: loop.png",
        "absolute": "outside.png lies outside",
        "name too long": "no such image: xxx",
        "a zero byte": "null byte",
        "no quotes": "more cells than the header",
    }.items():
        assert words in why[numbers[what]], what
    read = {Path(name).name for name in opened}
    assert {"good.png", "cut.jpg", "narrow.png"} <= read
    assert not {"outside.png", "link.png"} & read


def test_bad_rows_of_json_lines(tmp_path):
    hostile.write_jsonl(tmp_path / "lines")
    found = read_lines(tmp_path / "lines")
    good = list(hostile.GOOD.values())
    assert texts(found) == [good[0], good[2]]
    why = reasons(found, tmp_path / "lines" / "metadata.jsonl")
    assert why == {
        2: "not a JSON object",
        3: "not a JSON object",
        4: "not a JSON object",
        5: "a text with half a character (a lone surrogate)",
    }


def test_a_table_that_is_not_utf_8_is_named_and_read(tmp_path):
    write_folder(tmp_path, 2)
    table = "file_name,text\n0.png,déjà\n1.png,garçon\n"
    path = tmp_path / "metadata.csv"
    path.write_bytes(table.encode("latin-1"))
    found = read_lines(tmp_path)
    assert texts(found) == ["déjà", "garçon"]
    [problem] = found.problems
    assert problem.name == str(path)
    assert "line 2 is not UTF-8" in problem.reason


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("mark", [";", ",", "\t"])
@pytest.mark.parametrize("said", ["", "sep={}\r\n", '"SEP={}"\r\n'])
def test_tables_as_spreadsheets_write_them(tmp_path, encoding, mark, said):
    write_folder(tmp_path, 2)
    rows = [("file_name", "text"), ("0.png", "déjà"), ("1.png", "garçon")]
    text = said.format(mark)
    text += "".join(mark.join(row) + "\r\n" for row in rows)
    (tmp_path / "metadata.csv").write_bytes(text.encode(encoding))
    found = read_lines(tmp_path)
    assert texts(found) == ["déjà", "garçon"] and not found.problems


def test_a_line_that_says_the_mark_is_counted(tmp_path):
    write_folder(tmp_path, 1)
    table = "sep=;\nfile_name;text\n0.png;one, two\n9.png;three\n"
    (tmp_path / "metadata.csv").write_text(table)
    found = read_lines(tmp_path)
    assert texts(found) == ["one, two"]
    assert [p.name.rpartition(": ")[2] for p in found.problems] == ["line 4"]


def test_what_cannot_be_seen_is_not_learnt(tmp_path):
    write_folder(tmp_path, 3)
    table = "file_name,text\n0.png,\ufeffauf\u200bge\u00adho\x07ben\u00ad\n"
    table += "1.png,\u200e\u200b\n2.png,\u0645\u06cc\u200c\u0634\u0648\n"
    (tmp_path / "metadata.csv").write_text(table, encoding="utf-8")
    found = read_lines(tmp_path)
    assert texts(found) == ["aufgehoben-", "\u0645\u06cc\u200c\u0634\u0648"]
    assert [p.reason for p in found.problems] == ["no text"]


def test_a_quote_that_is_not_closed_is_named(tmp_path):
    write_folder(tmp_path)
    table = 'file_name,text\n0.png,one\n1.png,"two\n2.png,three\n'
    (tmp_path / "metadata.csv").write_text(table)
    found = read_lines(tmp_path)
    assert texts(found) == ["one"]
    assert "quote is not closed" in found.problems[0].reason


def test_only_newlines_end_a_row(tmp_path):
    write_folder(tmp_path, 1)
    table = "file_name,text\n0.png,one\u2028two\x0bthree\x85four\n"
    (tmp_path / "metadata.csv").write_text(table, encoding="utf-8")
    found = read_lines(tmp_path)
    assert texts(found) == ["one two three four"] and not found.problems


def test_a_table_that_is_a_link_to_elsewhere_is_not_read(tmp_path):
    rows = write_folder(tmp_path / "lines")
    write_csv(tmp_path / "lines/metadata.csv", ("file_name", "text"), *rows)
    elsewhere = tmp_path / "elsewhere"
    more = write_folder(elsewhere, 2, first=5)
    write_csv(elsewhere / "metadata.csv", ("file_name", "text"), *more)
    (tmp_path / "lines" / "test").symlink_to(elsewhere)
    found = read_lines(tmp_path / "lines")
    assert len(found.lines) == 3
    [problem] = found.problems
    assert "outside the data's folder" in problem.reason


def test_a_header_without_text_is_answered_by_what_it_has(tmp_path):
    write_csv(tmp_path / "metadata.csv", ("file", "label"), ("0.png", "a"))
    with pytest.raises(UserError, match="it has file, label"):
        read_lines(tmp_path)


def test_an_imagefolder_with_splits_and_columns(tmp_path):
    for i, split in enumerate(("train", "validation", "test")):
        rows = write_folder(tmp_path / split, 2, first=2 * i)
        rows = [(*row, f"writer {i}") for row in rows]
        header = ("file_name", "text", "writer")
        write_csv(tmp_path / split / "metadata.csv", header, *rows)
    found = read_lines(tmp_path)
    assert not found.problems
    assert (
        texts(found) == [f"text {i}" for i in range(6)]
        or len(found.lines) == len(set(texts(found))) == 6
    )
    for line in found.lines:
        number = ("train", "validation", "test").index(line.columns["split"])
        assert line.columns["writer"] == f"writer {number}"
        assert line.text in (f"text {2 * number}", f"text {2 * number + 1}")
        assert line.size == (320, 40)


@pytest.mark.parametrize(
    "folder, split",
    [
        ("train", "train"),
        ("x/train", "train"),
        ("data/x/test", "test"),
        ("val/part 1", "validation"),
        ("Training", "train"),
        ("my-dev_set", "validation"),
        ("evaluation.2", "test"),
        ("testament", None),
        ("latest", None),
        ("x", None),
        ("", None),
    ],
)
def test_metadata_in_any_folder_as_datasets_finds_them(tmp_path, folder, split):
    path = tmp_path / "data" / folder / "metadata.csv"
    rows = write_folder(path.parent, 2)
    write_csv(path, ("file_name", "text"), *rows)
    found = read_lines(tmp_path / "data")
    assert texts(found) == ["text 0", "text 1"] and not found.problems
    columns = {"split": split} if split else {}
    assert all(line.columns == columns for line in found.lines)


def test_hidden_metadata_are_left_out(tmp_path):
    for folder in ("", ".checkpoints", "__MACOSX"):
        rows = write_folder(tmp_path / folder, 2)
        path = tmp_path / folder / "metadata.csv"
        write_csv(path, ("file_name", "text"), *rows)
    assert len(read_lines(tmp_path).lines) == 2


def test_pairs_of_clean_and_degraded(tmp_path):
    write_folder(tmp_path, 4, size=(320, 40))
    hostile.write_line(tmp_path / "same.png", 10, size=(320, 40))
    hostile.write_line(tmp_path / "half.png", 11, size=(160, 20))
    hostile.write_line(tmp_path / "other.png", 12, size=(320, 60))
    write_csv(
        tmp_path / "manifest.csv",
        ("clean", "degraded", "text"),
        ("0.png", "same.png", "equal"),
        ("1.png", "half.png", "of half the size"),
        ("2.png", "other.png", "of another shape"),
        ("", "3.png", "degraded only"),
        ("3.png", "", "clean only"),
        ("", "", "neither"),
    )
    found = read_lines(tmp_path / "manifest.csv")
    equal, half, degraded, clean = found.lines
    assert equal.clean == tmp_path / "0.png"
    assert equal.degraded == tmp_path / "same.png"
    assert half.size == (320, 40) and half.text == "of half the size"
    assert degraded.clean is None and degraded.size == (320, 40)
    assert clean.degraded is None
    assert degraded.digest == clean.digest != equal.digest
    why = reasons(found, tmp_path / "manifest.csv")
    assert why == {
        4: "clean is 320 x 40 pixels and degraded 320 x 60: no pair",
        7: "no image",
    }


def test_a_manifest_of_json_lines(tmp_path):
    write_folder(tmp_path, 2)
    rows = [{"clean": f"{i}.png", "text": i, "page": i} for i in range(2)]
    text = "\n".join(map(json.dumps, rows))
    (tmp_path / "lines.jsonl").write_text(text + "\n")
    found = read_lines(tmp_path / "lines.jsonl")
    assert texts(found) == ["0", "1"] and not found.problems
    assert [line.columns for line in found.lines] == [
        {"page": "0"},
        {"page": "1"},
    ]
