import csv
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.charset import Charset
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.sources import (
    LineSource,
    Mixture,
    SourceOptions,
    open_sources,
    parse_entry,
)
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.scaling import stretch_contrast
from tests.data.forms import FORMS, write_lines

DRAWN = HandwritingSource("en", seed=5)


@pytest.fixture
def folder(tmp_path):
    """60 drawn lines on 20 pages, as an imagefolder."""
    rows = []
    for i in range(60):
        line = DRAWN[i]
        image = Image.fromarray((200 * line["clean"] + 40).astype("uint8"))
        image.resize((2 * image.width, 64)).save(tmp_path / f"{i}.png")
        rows.append((f"{i}.png", line["text"], f"page{i % 20}"))
    write_table(tmp_path / "metadata.csv", ("file_name", "text", "page"), rows)
    return tmp_path


def write_table(path, header, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


def test_lines_arrive_scaled_with_their_text(folder):
    sources = open_sources([str(folder)], SourceOptions(height=32))
    drawn = {DRAWN[i]["text"]: DRAWN[i]["clean"] for i in range(60)}
    seen = set()
    for source in sources.values():
        for i, width in enumerate(source.widths()):
            line = source[i]
            clean = line["clean"]
            assert clean.shape == (32, width) and clean.dtype == np.float32
            assert clean.min() < 0.1 and clean.max() == 1.0
            original = drawn[line["text"]]
            assert abs(clean.mean() - original.mean()) < 0.1
            assert line["page"] == source.lines[i].columns["page"]
            seen.add(line["text"])
        assert source.characters() <= set("".join(drawn))
        assert source.longest() <= max(map(len, drawn))
    assert len(seen) == 60


@pytest.mark.parametrize("form", FORMS)
def test_lines_are_the_same_in_every_form(form, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    data, drawn = write_lines(form, tmp_path / "data")
    sources = open_sources([str(data)], SourceOptions(height=64))
    seen = {}
    for split, source in sources.items():
        for line, i in zip(source.lines, range(len(source)), strict=True):
            seen[line.text] = split, line.columns["page"], source[i]["clean"]
    assert set(seen) == set(drawn)
    for split, page, _ in seen.values():
        assert {s for s, p, _ in seen.values() if p == page} == {split}
    # Page formats have a margin of two pixels around the outline.
    margin = 2 if form in ("page", "alto") else 0
    for text, (_, _, clean) in seen.items():
        rows, columns = drawn[text].shape
        size = (columns + 2 * margin, rows + 2 * margin)
        assert clean.shape[1] == pytest.approx(64 * size[0] / size[1], abs=1)
        found = cv2.resize(clean, size)[margin:, margin:][:rows, :columns]
        expected = stretch_contrast(np.float32(drawn[text] / 255))
        assert abs(found - expected).mean() < (0.04 if margin else 0.001)


def test_real_pairs_keep_their_degraded_image(folder):
    for i in range(60):
        with Image.open(folder / f"{i}.png") as image:
            pale = image.point(lambda v: 128 + v // 2)
            pale.resize((image.width // 2, 32)).save(folder / f"old{i}.png")
    texts = [row[1] for row in rows_of(folder / "metadata.csv")[1:]]
    manifest = folder / "pairs.csv"
    write_table(
        manifest,
        ("clean", "degraded", "text"),
        [(f"{i}.png", f"old{i}.png", text) for i, text in enumerate(texts)],
    )
    source = open_sources([str(manifest)], SourceOptions())["train"]
    line = source[0]
    assert line["degraded"].shape == line["clean"].shape
    assert line["degraded"].min() > 0.5 > line["clean"].min()


def turn(folder, names):
    for name in names:
        with Image.open(folder / name) as image:
            image.convert("L").point(lambda v: 255 - v).save(folder / name)


def lines_in(sources):
    """From each text to the item that training gets."""
    items = (s[i] for s in sources.values() for i in range(len(s)))
    return {item["text"]: item for item in items}


def test_negatives_train_as_what_they_are_negatives_of(folder, capsys):
    before = open_sources([str(folder)], SourceOptions())
    assert "white" not in capsys.readouterr().out
    identity = before["train"].identity()
    before = lines_in(before)
    turn(folder, [f"{i}.png" for i in range(7)])
    after = open_sources([str(folder)], SourceOptions())
    assert capsys.readouterr().out == (
        f"{folder}: 7 of 60 lines are white on black and turned, as "
        f"{folder / 'metadata.csv'}: line 2\n"
    )
    assert after["train"].identity() != identity
    after = lines_in(after)
    for text, item in before.items():
        assert abs(item["clean"] - after[text]["clean"]).max() < 1e-6


def test_the_polarity_of_ink_can_be_given(folder, capsys):
    before = lines_in(open_sources([str(folder)], SourceOptions()))
    light = SourceOptions(polarity="light")
    after = lines_in(open_sources([str(folder)], light))
    assert "60 of 60 lines are white on black" in capsys.readouterr().out
    assert all(item["clean"].mean() < 0.5 for item in after.values())
    turn(folder, [f"{i}.png" for i in range(60)])
    after = lines_in(open_sources([str(folder)], light))
    for text, item in before.items():
        assert abs(item["clean"] - after[text]["clean"]).max() < 1e-6
    dark = SourceOptions(polarity="dark")
    after = lines_in(open_sources([str(folder)], dark))
    assert all(item["clean"].mean() < 0.5 for item in after.values())
    with pytest.raises(UserError, match="`polarity`"):
        open_sources([str(folder)], SourceOptions(polarity="black"))


@pytest.mark.parametrize("side", ["clean", "degraded"])
def test_each_image_of_a_pair_has_its_own_polarity(folder, side):
    rows = rows_of(folder / "metadata.csv")[1:]
    for i in range(60):
        (folder / f"old{i}.png").write_bytes((folder / f"{i}.png").read_bytes())
    write_table(
        folder / "pairs.csv",
        ("clean", "degraded", "text"),
        [(name, f"old{name}", text) for name, text, _ in rows],
    )
    data = [str(folder / "pairs.csv")]
    before = lines_in(open_sources(data, SourceOptions()))
    prefix = "old" if side == "degraded" else ""
    turn(folder, [f"{prefix}{i}.png" for i in range(60)])
    for as_found in (False, True):
        options = SourceOptions(as_found=as_found)
        after = lines_in(open_sources(data, options))
        for text, item in before.items():
            for which in ("clean", "degraded"):
                assert abs(item[which] - after[text][which]).max() < 1e-6


def test_lines_without_a_clean_image_are_not_trained_on(folder, capsys):
    rows = rows_of(folder / "metadata.csv")[1:]
    manifest = folder / "some.jsonl"
    manifest.write_text(
        "\n".join(
            json.dumps({("clean", "degraded")[i < 5]: name, "text": text})
            for i, (name, text, _) in enumerate(rows)
        )
    )
    sources = open_sources([str(manifest)], SourceOptions())
    assert sum(len(s) for s in sources.values()) == 55
    assert "5 lines have no clean image" in capsys.readouterr().out
    manifest.write_text('{"degraded": "0.png", "text": "a"}')
    with pytest.raises(UserError, match="no line is left"):
        open_sources([str(manifest)], SourceOptions())


def test_what_is_wrong_is_told_and_fatal_only_if_asked(folder, capsys):
    (folder / "7.png").write_bytes(b"")
    sources = open_sources([str(folder)], SourceOptions())
    assert sum(len(s) for s in sources.values()) == 59
    told = capsys.readouterr().out
    assert "metadata.csv: line 9: 7.png: empty file" in told
    with pytest.raises(UserError, match="7.png: empty file"):
        open_sources([str(folder)], SourceOptions(strict=True))


def test_writing_from_right_to_left_is_told(folder, capsys):
    header, *rows = rows_of(folder / "metadata.csv")
    open_sources([str(folder)], SourceOptions())
    assert "right to left" not in capsys.readouterr().out
    rows = [
        (n, f"\u05e9\u05dc\u05d5\u05dd {i}", p)
        for i, (n, _, p) in enumerate(rows)
    ]
    write_table(folder / "metadata.csv", header, rows)
    open_sources([str(folder)], SourceOptions())
    told = capsys.readouterr().out
    assert "60 lines are written from right to left" in told


def test_validation_data_come_from_elsewhere(folder):
    sources = open_sources(["synthetic"], SourceOptions(), [str(folder)])
    assert not sources["train"].finite
    assert len(sources["validation"]) + len(sources["test"]) > 50
    sources = open_sources([str(folder)], SourceOptions(), ["synthetic"])
    assert len(sources["train"]) == 60
    assert not sources["test"].finite


def test_several_sources_are_mixed_by_weight(folder):
    data = ["synthetic:0.3", f"{folder}:0.9"]
    source = open_sources(data, SourceOptions())["train"]
    assert isinstance(source, Mixture)
    assert source.weights == pytest.approx((0.25, 0.75))
    drawn, own = source.sources
    assert source.characters() == drawn.characters() | own.characters()
    assert source.widths().max() == max(
        drawn.widths().max(), own.widths().max()
    )
    for some in (source, drawn, own):
        assert some.widest() == some.widths().max()
    assert not source.finite and isinstance(own, LineSource)


def test_weights_are_above_zero():
    assert parse_entry("a/b:0.5") == ("a/b", 0.5)
    assert parse_entry("C:/data") == ("C:/data", 1.0)
    with pytest.raises(UserError, match="above 0"):
        parse_entry("lines/:0")


def test_identity_tells_other_data_apart(folder):
    def identity():
        return open_sources([str(folder)], SourceOptions())["train"].identity()

    before = identity()
    assert identity() == before
    for i in range(60):
        with Image.open(folder / f"{i}.png") as image:
            image.point(lambda v: 255 - v).save(folder / f"{i}.png")
    assert identity() != before


def test_unknown_characters_are_an_error_that_lists_them(folder):
    options = SourceOptions(charset=Charset("abcdefghijklmnopqrstuvwxyz "))
    with pytest.raises(UserError) as raised:
        open_sources([str(folder)], options)
    message = str(raised.value)
    assert "(U+0041)" in message and "metadata.csv: line" in message
    assert "`unknown_characters`" in message
    with pytest.raises(UserError, match="`unknown_characters`"):
        open_sources(["synthetic"], options)


@pytest.mark.parametrize("policy", ["drop-line", "replace"])
def test_unknown_characters_can_be_dropped_or_replaced(folder, policy):
    charset = Charset("abcdefghijklmnopqrstuvwxyz ")
    options = SourceOptions(charset=charset, unknown_characters=policy)
    for data in (str(folder), "synthetic"):
        for source in open_sources([data], options).values():
            assert source.characters() <= set(charset.characters)
            assert not charset.unknown(source[0]["text"])
    kept = open_sources([str(folder)], options).values()
    lines = sum(map(len, kept))
    assert (lines == 60) if policy == "replace" else (5 < lines < 60)


def test_an_unknown_language_is_named():
    with pytest.raises(UserError, match="no words for language 'xx'"):
        open_sources(["synthetic"], SourceOptions(language="xx"))
