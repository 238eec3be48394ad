import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import datasets
import huggingface_hub
import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.data import readers
from keras_htr_gan.data.readers import read_lines
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import load_grey
from tests import hostile

REAL = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(autouse=True)
def caches(tmp_path, monkeypatch):
    """Nothing is left behind outside the test's own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "datasets"
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", folder)
    return folder


def texts(found):
    return [line.text for line in found.lines]


def write_csv(path, header, *rows, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, **options).writerows([header, *rows])


def write_folder(folder, count=3, first=0, size=(320, 40)):
    """Images `0.png` and so on; rows of file name and text for them."""
    rows = []
    for i in range(first, first + count):
        hostile.write_line(folder / f"{i}.png", i, size)
        rows.append((f"{i}.png", f"text {i}"))
    return rows


def reasons(found, path):
    """From the number of a table's row to what is wrong with it."""
    problems = {}
    for problem in found.problems:
        assert "\n" not in str(problem) and len(str(problem)) < 600
        number = problem.name.removeprefix(f"{path}: line ")
        problems[int(number)] = problem.reason
    return problems


# -- Hostile data -------------------------------------------------------------


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


def test_a_bomb_takes_no_memory(tmp_path):
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of memory is read from /proc")
    hostile.write_bomb(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 200_000
    write_csv(tmp_path / "metadata.csv", ("file_name", "text"), ("bomb.png", 1))
    script = (
        "import re, sys\n"
        "from keras_htr_gan.data.readers import read_lines\n"
        "def peak():\n"
        "    status = open('/proc/self/status').read()\n"
        "    return int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024\n"
        "before = peak()\n"
        "assert len(read_lines(sys.argv[1]).problems) == 1\n"
        "print(peak() - before)\n"
    )
    run = python("-c", script, tmp_path)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 300


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


def test_hostile_pages(tmp_path):
    folder = tmp_path / "pages"
    good = hostile.write_pages_folder(folder)
    with hostile.openings() as opened:
        found = read_lines(folder)
    # The climbing page has the good page's name for its own image.
    assert texts(found) == good
    assert {Path(problem.name).name for problem in found.problems} == {
        "external.xml",
        "bomb.xml",
        "cut.xml",
        "climbing.xml",
        "linked.xml",
    }
    said = " ".join(map(str, found.problems))
    assert "DTD" in said and "not XML, or cut short" in said
    assert hostile.SECRET not in said + " ".join(texts(found))
    read = {Path(name).name for name in opened}
    assert "page_0001.xml" in read
    assert not {"secret.txt", "outside.png", "linked.xml"} & read


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
def test_tables_as_spreadsheets_write_them(tmp_path, encoding, mark):
    write_folder(tmp_path, 2)
    rows = [("file_name", "text"), ("0.png", "déjà"), ("1.png", "garçon")]
    text = "".join(mark.join(row) + "\r\n" for row in rows)
    (tmp_path / "metadata.csv").write_bytes(text.encode(encoding))
    found = read_lines(tmp_path)
    assert texts(found) == ["déjà", "garçon"] and not found.problems


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


# -- Every form ---------------------------------------------------------------


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


def write_parquet(path, numbers, folder, embedded=True):
    rows = write_folder(folder, len(numbers), numbers[0])
    files = [folder / name for name, _ in rows]
    table = datasets.Dataset.from_dict(
        {
            "image": [
                {"bytes": file.read_bytes(), "path": None}
                if embedded
                else str(file)
                for file in files
            ],
            "text": [text for _, text in rows],
            "writer": [f"w{i}" for i in numbers],
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    table.cast_column("image", datasets.Image()).to_parquet(str(path))


@pytest.mark.parametrize("embedded", [True, False])
def test_a_parquet_file(tmp_path, embedded):
    path = tmp_path / "data" / "lines.parquet"
    images = path.parent / "images"
    write_parquet(path, range(3), images, embedded)
    for data in (path, path.parent):
        found = read_lines(data)
        assert texts(found) == ["text 0", "text 1", "text 2"]
        assert not found.problems
        assert [x.columns for x in found.lines] == [
            {"writer": f"w{i}"} for i in range(3)
        ]
    for i, line in enumerate(found.lines):
        original = load_grey(images / f"{i}.png")
        assert np.array_equal(load_grey(line.clean), original)


@pytest.mark.parametrize(
    "names",
    [
        ("train-00000-of-00001", "val_0", "test"),
        ("train/0000", "validation/0000", "test/0000"),
    ],
)
def test_parquet_files_with_splits_in_their_names(tmp_path, names):
    for i, name in enumerate(names):
        path = tmp_path / "data" / f"{name}.parquet"
        write_parquet(path, range(2 * i, 2 * i + 2), tmp_path / "images")
    found = read_lines(tmp_path / "data")
    splits = {}
    for line in found.lines:
        splits.setdefault(line.columns["split"][:3], []).append(line.text)
    assert splits == {
        "tra": ["text 0", "text 1"],
        "val": ["text 2", "text 3"],
        "tes": ["text 4", "text 5"],
    }


def test_damaged_images_in_parquet_are_named_by_their_row(tmp_path):
    hostile.write_line(tmp_path / "0.png")
    hostile.write_line(tmp_path.parent / "outside.png")
    good = (tmp_path / "0.png").read_bytes()
    outside = str(tmp_path.parent / "outside.png")
    cells = [
        {"bytes": good, "path": None},
        {"bytes": good[:100], "path": None},
        {"bytes": None, "path": outside},
        None,
    ]
    table = datasets.Dataset.from_dict(
        {"image": cells, "text": list("abcd")},
        datasets.Features(
            {
                "image": {
                    "bytes": datasets.Value("binary"),
                    "path": datasets.Value("string"),
                },
                "text": datasets.Value("string"),
            }
        ),
    )
    table.to_parquet(str(tmp_path / "lines.parquet"))
    found = read_lines(tmp_path / "lines.parquet")
    assert texts(found) == ["a"]
    name = f"{tmp_path / 'lines.parquet'}: train row"
    one, two, three = map(str, found.problems)
    assert one.startswith(f"{name} 1: image: damaged")
    assert two == (
        f"{name} 2: image: the row holds no image, only the name of one "
        f"outside the data: {outside!r}"
    )
    assert three == f"{name} 3: image: the row holds no image"


def test_an_image_folder_of_the_hub_names_downloaded_files(
    tmp_path, monkeypatch
):
    hub = tmp_path / "hub"
    rows = write_folder(hub, 2)
    write_csv(hub / "metadata.csv", ("file_name", "text"), *rows)
    load = datasets.load_dataset
    monkeypatch.setattr(
        datasets,
        "load_dataset",
        lambda name, **_: load("imagefolder", data_dir=str(hub)),
    )
    constants = huggingface_hub.constants
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "other"))
    found = read_lines("someone/lines")
    assert not found.lines and len(found.problems) == 2
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(hub))
    found = read_lines("someone/lines")
    assert texts(found) == ["text 0", "text 1"] and not found.problems


def test_an_empty_parquet_is_one_line(tmp_path):
    (tmp_path / "lines.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError) as caught:
        read_lines(tmp_path / "lines.parquet")
    assert "\n" not in str(caught.value)


# -- What is not there --------------------------------------------------------


def test_nothing_there(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no data")
    for data, words in (
        (tmp_path / "missing", "no such file or folder"),
        (tmp_path / "empty", "nothing to read"),
        (tmp_path / "notes.txt", "not a form known here"),
    ):
        with pytest.raises(UserError, match=words) as caught:
            read_lines(data)
        message = str(caught.value)
        assert message.startswith(f"{data}: ") and "\n" not in message


def test_a_name_of_the_hub_without_network(tmp_path):
    run = python(
        "-m",
        "keras_htr_gan",
        "inspect",
        "someone/no-such-lines",
        "--output",
        tmp_path / "out",
        HF_HUB_OFFLINE="1",
        HF_HOME=str(tmp_path),
    )
    assert run.returncode == 2
    [line] = run.stderr.splitlines()
    assert line.startswith("Error: someone/no-such-lines: cannot be loaded: ")
    assert "no such file or folder" in line


def python(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


# -- Real handwriting ---------------------------------------------------------


@pytest.mark.parametrize("name, lines, pages", [("peraire-lines", 359, 30)])
def test_real_lines(name, lines, pages):
    folder = REAL / name
    if not folder.is_dir():
        pytest.skip(f"no real handwriting: {folder} is not there")
    found = read_lines(folder)
    assert not found.problems
    assert len(found.lines) == lines
    assert len({line.columns["page"] for line in found.lines}) == pages
    assert all(76 <= line.size[1] <= 96 for line in found.lines)
    assert "é" in "".join(texts(found))


def test_a_line_is_decoded_once(tmp_path, monkeypatch):
    rows = write_folder(tmp_path)
    write_csv(tmp_path / "metadata.csv", ("file_name", "text"), *rows)
    decoded = []
    monkeypatch.setattr(
        readers, "load_grey", lambda x: decoded.append(x) or load_grey(x)
    )
    read_lines(tmp_path)
    assert len(decoded) == 3


def test_two_threads_may_write_the_same_cut(tmp_path):
    image = np.full((10, 20), 200, "uint8")
    with readers.ThreadPoolExecutor(8) as pool:
        path = tmp_path / "cuts" / "line.png"
        list(pool.map(lambda _: readers.write_png(path, image), range(64)))
    assert np.array_equal(np.asarray(Image.open(path)), image)
    assert [p.name for p in path.parent.iterdir()] == ["line.png"]
