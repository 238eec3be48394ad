import json
import subprocess
import sys
import warnings
from pathlib import Path

import datasets
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.charset import Charset
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.lines import Collection, Line, Problem
from keras_htr_gan.data.pipeline import LineFormat
from keras_htr_gan.data.readers.forms import read_lines
from keras_htr_gan.data.sources import SourceOptions, open_sources
from keras_htr_gan.inspection import findings
from keras_htr_gan.inspection.findings import examine_lines
from keras_htr_gan.inspection.pictures import draw_histograms
from keras_htr_gan.losses import readable
from keras_htr_gan.networks.recognizer import Recognizer
from tests import hostile

REAL = Path(__file__).parents[3] / "shared" / "data" / "peraire-lines"


@pytest.fixture(autouse=True)
def caches(tmp_path, monkeypatch):
    """Nothing is left behind outside the test's own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "datasets"
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", folder)


@pytest.fixture
def folder(tmp_path):
    """30 lines of 10 pages with nothing wrong."""
    rows = ["file_name,text,page"]
    for i in range(30):
        size = (300 + 10 * i, 40)
        hostile.write_line(tmp_path / "lines" / f"{i}.png", i, size)
        rows.append(f"{i}.png,line number {i},{i % 10}")
    write_table(tmp_path / "lines", rows)
    return tmp_path / "lines"


def write_table(folder, rows):
    text = "\n".join(rows)
    (folder / "metadata.csv").write_text(text, encoding="utf-8")


def inspect(data, tmp_path, *options):
    """Runs the command; its exit status, what it printed, and its report."""
    output = tmp_path / "out"
    arguments = ["inspect", str(data), "--output", str(output), *options]
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    path = output / "report.json"
    report = json.loads(path.read_text("utf-8")) if path.exists() else None
    return result.exit_code, result.output, report


def lines_of(texts, size=(320, 40), **columns):
    """Lines without images, as if decoded."""
    return [
        Line(f"line {i}", text, "image", None, columns, size, f"digest {i}")
        for i, text in enumerate(texts)
    ]


def report_of(lines, **options):
    return examine_lines(Collection(tuple(lines), ()), "lines", **options)


def printed(report):
    return "\n".join(findings.describe_findings(report))


def test_nothing_is_wrong(folder, tmp_path):
    status, output, report = inspect(folder, tmp_path)
    assert status == 0 and "Nothing is wrong." in output
    assert report["lines"] == 30 and report["columns"] == {"page": 10}
    assert report["image_width"] == {"min": 300, "median": 445, "max": 590}
    assert report["image_height"] == {"min": 40, "median": 40, "max": 40}
    assert report["text_length"] == {"min": 13, "median": 14, "max": 14}
    texts = "".join(f"line number {i}" for i in range(30))
    counts = {c: texts.count(c) for c in set(texts)}
    assert report["characters"] == counts
    assert list(counts := report["characters"].values()) == sorted(
        counts, reverse=True
    )
    assert report["splits"] == {"train": 24, "validation": 3, "test": 3}
    for words in ("30, 30 of them", "10 different", "24 train", "300 to 590"):
        assert words in output


def test_splits_and_batches_are_those_of_training(folder, tmp_path):
    _, _, report = inspect(folder, tmp_path, "--size", "small")
    sources = open_sources([str(folder)], SourceOptions(height=64))
    line_format = LineFormat.covering(list(sources.values()), 64)
    assert tuple(report["bucket_widths"]) == line_format.widths
    assert report["splits"] == {k: len(s) for k, s in sources.items()}
    widths = sources["train"].widths()
    held = [min(w for w in line_format.widths if w >= x) for x in widths]
    padding = 1 - widths.sum() / sum(held)
    assert report["padding"] == pytest.approx(padding, abs=1e-4)


def test_everything_hostile_is_named_in_a_line(tmp_path):
    numbers = hostile.write_imagefolder(tmp_path / "lines")
    status, output, report = inspect(tmp_path / "lines", tmp_path)
    assert status == 1 and "Traceback" not in output
    table = tmp_path / "lines" / "metadata.csv"
    too_long = numbers.pop("too long")
    assert len(report["problems"]) == len(numbers)
    for number in numbers.values():
        begins = f"  {table}: line {number}: "
        assert sum(x.startswith(begins) for x in output.splitlines()) == 1
    assert (
        f"  {table}: line {too_long}: 28 characters need 28 frames, the line "
        "has 12\n"
    ) in output
    assert report["wrong"] == {
        "problems": len(numbers),
        "lines that cannot be aligned": 1,
    }


def test_hostile_pages(tmp_path):
    hostile.write_pages_folder(tmp_path / "pages")
    status, output, report = inspect(
        tmp_path / "pages", tmp_path, "--split-by", "text"
    )
    assert status == 1
    assert report["lines"] == 6 and len(report["problems"]) == 5
    assert hostile.SECRET not in output + json.dumps(report)


@pytest.mark.parametrize("what", ["missing", "empty", "unusable", "header"])
def test_what_cannot_be_used_is_an_error_in_one_line(tmp_path, what):
    folder = tmp_path / what
    if what != "missing":
        folder.mkdir()
    if what == "unusable":
        write_table(folder, ["file_name,text", "0.png,a", "1.png,b"])
    if what == "header":
        write_table(folder, ["name;text", "0.png;a"])
    status, output, report = inspect(folder, tmp_path)
    assert status == 2 and report is None
    error = output.splitlines()[-1]
    assert error.startswith(f"Error: {folder}") and "Traceback" not in output
    if what == "unusable":
        assert "no such image: 0.png" in output
        assert "no such image: 1.png" in output


def test_an_output_that_cannot_be_written(folder, tmp_path):
    (tmp_path / "file").touch()
    arguments = ["inspect", str(folder), "--output", tmp_path / "file" / "out"]
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 2
    assert "Error: --output: " in result.output


def test_an_unknown_column_to_split_by_is_said(folder, tmp_path):
    status, output, _ = inspect(folder, tmp_path, "--split-by", "writer")
    assert status == 1
    assert "has no column 'writer', only page, text" in output


def test_too_little_to_split_is_said():
    report = report_of(lines_of(["one", "two"], page="1"))
    assert report["splits"] == {} and report["wrong"] == {"splits missing": 3}
    assert "too few to split" in printed(report)


def test_lines_without_clean_image_are_counted():
    lines = [
        Line(f"line {i}", f"text {i}", None, "image", {}, (320, 40), str(i))
        for i in range(9)
    ]
    report = report_of(lines)
    assert report["without_clean"] == report["with_degraded"] == 9
    assert "no line has a clean image" in printed(report)
    report = report_of([*lines, *lines_of("abcdefghij")])
    assert report["without_clean"] == 9 and not report["wrong"]
    assert "19, 10 of them with a clean image" in printed(report)


def test_what_cannot_be_aligned_is_what_the_loss_leaves_out(rng):
    texts = [
        "".join(rng.choice(list("abc"), rng.integers(8, 24)))
        for _ in range(200)
    ]
    lines = lines_of(texts, size=(77, 40))
    charset = Charset("abc")
    labels = [charset.encode(text) for text in texts]
    padded = [np.pad(label, (0, 24 - len(label))) for label in labels]
    frames = Recognizer("abc", "tiny").frame_lengths(np.array([62] * 200))
    kept = readable(np.stack(padded), np.array([*map(len, labels)]), frames)
    named = {line["name"] for line in report_of(lines)["unalignable"]}
    assert named == {
        line.name
        for line, k in zip(lines, np.array(kept), strict=True)
        if not k
    }
    assert 20 < len(named) < 180


def test_alignment_depends_on_the_size():
    # 8 frames a line height on tiny and small, 16 on base.
    lines = lines_of(["abcdefghij", "aabbccddee"], size=(40, 40))
    assert len(report_of(lines, size="tiny")["unalignable"]) == 2
    assert len(report_of(lines, size="small")["unalignable"]) == 2
    assert len(report_of(lines, size="base")["unalignable"]) == 0
    [_, line] = report_of(lines)["unalignable"]
    assert (line["characters"], line["needed_frames"]) == (10, 15)
    assert line["frames"] == 8


def test_long_lists_are_cut_and_counted_in_print_only():
    lines = lines_of([f"a text too long {i}" for i in range(25)], (40, 40))
    problems = tuple(Problem(f"file {i}", "bad") for i in range(60))
    report = examine_lines(Collection(tuple(lines), problems), "lines")
    assert len(report["unalignable"]) == 25 and len(report["problems"]) == 60
    output = printed(report)
    assert output.count("frames, the line has") == 20
    assert "and 5 more, all of them in report.json" in output
    assert output.count(": bad") == 50 and "and 10 more" in output


def test_invisible_and_rare_characters_are_named():
    texts = [f"ten more {i}" for i in range(10)]
    report = report_of(lines_of([*texts, "a\u200bb", "q\u0303", "\x1b[31m"]))
    output = printed(report)
    assert "U+200B ZERO WIDTH SPACE: 1x" in output
    assert "q\u0303 U+0071 U+0303 LATIN SMALL LETTER Q + COMBINING" in output
    assert "U+001B no name: 1x" in output
    assert "\u200b" not in output and "\x1b" not in output
    assert "\u2423 20" in output and "SPACE: 20x" not in output


def test_lines_from_right_to_left_are_counted():
    texts = [f"ten more {i}" for i in range(10)]
    texts += [
        "\u05e9\u05dc\u05d5\u05dd abc",
        "\u0645\u0631\u062d\u0628\u0627 12",
        "Hebrew \u05d0\u05d1",
    ]
    report = report_of(lines_of(texts))
    # They may stand in the right order already; nobody can tell.
    assert report["right_to_left"] == 2 and not report["wrong"]
    told = "2 lines are written from right to left, and a recogniser reads"
    assert told in printed(report)


def test_repeated_lines():
    lines = lines_of([f"text {i}" for i in range(20)])
    same = [line.digest for line in lines]
    lines += [
        Line("again", "text 0", "image", None, {}, (320, 40), same[0]),
        Line("other", "text x", "image", None, {}, (320, 40), same[1]),
        Line("only the text", "text 2", "image", None, {}, (320, 40), "new"),
    ]
    report = report_of(lines)
    assert report["same_image_same_text"] == 1 and report["same_text"] == 2
    [group] = report["same_image_other_text"]
    assert group == [
        {"name": "line 1", "text": "text 1"},
        {"name": "other", "text": "text x"},
    ]
    assert report["wrong"] == {"images with different texts": 1}
    assert "line 1: text 1; other: text x" in printed(report)


def test_equal_images_are_found_in_files(folder, tmp_path):
    rows = (folder / "metadata.csv").read_text().splitlines()
    copy = Image.open(folder / "3.png")
    copy.convert("RGB").save(folder / "copy.bmp")
    write_table(folder, [*rows, "copy.bmp,something else,3"])
    status, output, report = inspect(folder, tmp_path)
    assert status == 1 and report["wrong"] == {"images with different texts": 1}
    assert "line number 3; " in output and ": something else" in output


def test_white_on_black_is_named_and_counted(tmp_path):
    rows = ["file_name,text,page"]
    folder = tmp_path / "lines"
    folder.mkdir()
    drawn = HandwritingSource("en", seed=1, height=32)
    for i in range(12):
        line = drawn[i]["clean"] if i > 1 else 1 - drawn[i]["clean"]
        Image.fromarray(np.uint8(255 * line)).save(folder / f"{i}.png")
        rows.append(f"{i}.png,number {i},{i}")
    write_table(folder, rows)
    status, output, report = inspect(folder, tmp_path)
    table = folder / "metadata.csv"
    assert status == 0 and "Nothing is wrong." in output
    assert report["turned"] == [f"{table}: line 2", f"{table}: line 3"]
    assert (
        "\nLines white on black, which training turns (--polarity): 2\n"
        f"  {table}: line 2\n  {table}: line 3\n"
    ) in output
    _, output, report = inspect(folder, tmp_path, "--polarity", "dark")
    assert report["turned"] == [] and "white on black" not in output


def test_names_spelt_otherwise_are_a_note(folder, tmp_path):
    (folder / "3.png").rename(folder / "3.PNG")
    if (folder / "3.png").exists():
        pytest.skip("this file system does not tell capitals")
    status, output, report = inspect(folder, tmp_path)
    assert status == 0 and report["lines"] == 30
    [note] = report["notes"]
    assert f"note          {note}\n" in output and "3.png for 3.PNG" in note


def test_texts_beside_their_images(tmp_path):
    for i in range(20):
        hostile.write_line(tmp_path / "lines" / f"{i}.png", i)
        text = f"line number {i}" if i else "two\nlines"
        (tmp_path / "lines" / f"{i}.gt.txt").write_text(text)
    status, output, report = inspect(tmp_path / "lines", tmp_path)
    assert status == 1 and report["wrong"] == {"problems": 1}
    assert report["lines"] == 19 and sum(report["splits"].values()) == 19
    assert "0.gt.txt: a text of 2 lines, not of one" in output


def test_unknown_characters_of_a_recogniser(folder, tmp_path):
    Recognizer("lineumbr 012345678", "small").save(tmp_path / "r.keras")
    status, output, report = inspect(
        folder, tmp_path, "--model", tmp_path / "r.keras"
    )
    assert status == 1 and report["size"] == "small"
    table = folder / "metadata.csv"
    example = {"name": f"{table}: line 11", "text": "line number 9"}
    assert report["unknown_characters"] == {
        "9": {"count": 3, "lines": 3, "example": example}
    }
    assert (
        f"9 U+0039 DIGIT NINE: 3x in 3 lines, as in {table}: line 11: "
        "line number 9"
    ) in output
    options = ("--model", tmp_path / "r.keras", "--size", "base")
    status, output, _ = inspect(folder, tmp_path, *options)
    assert status == 2 and "is of size small" in output
    (tmp_path / "no.keras").write_bytes(b"PK")
    options = ("--model", tmp_path / "no.keras")
    status, output, _ = inspect(folder, tmp_path, *options)
    assert status == 2 and len(output.splitlines()) == 1


def test_pictures(folder, tmp_path):
    inspect(folder, tmp_path)
    with Image.open(tmp_path / "out" / "contact_sheet.png") as sheet:
        assert sheet.size[0] > 1500 and sheet.size[1] > 15 * 98
        dark = np.asarray(sheet) < 128
    assert dark[:, : dark.shape[1] // 2].mean() > 0.05
    assert dark[:, dark.shape[1] // 2 :].mean() > 0.05
    with Image.open(tmp_path / "out" / "histograms.png") as image:
        assert image.size == (1200, 640)
    found = read_lines(folder)
    report = examine_lines(found, "lines")
    figure = draw_histograms(report, found.lines)
    texts, widths, heights, characters = figure.axes
    for axes in (texts, widths, heights):
        assert sum(bar.get_height() for bar in axes.patches) == 30
    assert len(characters.patches) == len(report["characters"])
    edges = {x for line in widths.lines for x in line.get_xdata()}
    assert edges == set(report["bucket_widths"])


def test_a_single_line_of_any_script(tmp_path):
    hostile.write_line(tmp_path / "0.png")
    write_table(tmp_path, ["file_name,text", "0.png,漢字 $x$ עִבְרִית \u200b"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        status, output, report = inspect(tmp_path, tmp_path)
    assert status == 1 and "too few to split" in output
    assert report["characters"]["漢"] == 1


def test_names_that_are_not_utf_8(tmp_path):
    hostile.write_line(tmp_path / "0.png")
    folder = tmp_path / "lines\udce9"
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    (tmp_path / "0.png").rename(folder / "0.png")
    write_table(folder, ["file_name,text", "0.png,text", "1.png,text"])
    status, output, report = inspect(folder, tmp_path)
    assert status == 1
    assert "lines?/metadata.csv: line 3: no such image: 1.png" in output
    status, output, _ = inspect(folder / "nothing", tmp_path)
    assert status == 2 and r"lines\udce9/nothing: no such file" in output


def test_keras_is_not_loaded(folder, tmp_path):
    script = (
        "import sys\n"
        "from keras_htr_gan.__main__ import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "heavy = {'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, "inspect", str(folder)]
        + ["--output", str(tmp_path / "out")],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "out" / "report.json").exists()


def test_help_explains():
    output = CliRunner().invoke(main, ["inspect", "--help"]).output
    for words in ("--size", "--model", "--split-by", "--output", "exit status"):
        assert words in output


def test_real_handwriting(tmp_path):
    if not REAL.is_dir():
        pytest.skip(f"no real handwriting: {REAL} is not there")
    status, output, report = inspect(REAL, tmp_path)
    assert status == (1 if report["wrong"] else 0)
    assert report["lines"] == 359 and report["columns"] == {"page": 30}
    assert not report["problems"] and sum(report["splits"].values()) > 340
    assert set(report["splits"]) == {"train", "validation", "test"}
