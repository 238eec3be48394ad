"""What a recogniser chose is chosen again, and compared."""

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.recipes import RECIPES, degrade
from keras_htr_gan.images.xmp import read_packets
from keras_htr_gan.presets import find_preset
from keras_htr_gan.reading.promise import Promise, Trial, identify_preset
from keras_htr_gan.restoration.provenance_xmp import parse_provenance
from tests.pages import write_pages
from tests.restoration.test_verifying import change, restore, verify

MODEL = "latin_tiny"


def calibrate(path, *worse):
    model = identify_preset(find_preset(MODEL))
    Promise(model, (Trial("lines", 50, worse),)).save(path)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An aged line, a page with PAGE-XML, and one without, and of each what a
    recogniser chose by `mine.json`, which takes all that is at all surer."""
    folder = tmp_path_factory.mktemp("made")
    scans = folder / "scans"
    scans.mkdir()
    source = HandwritingSource("fr", "test", height=40, max_width=300)
    rng = np.random.default_rng(1)
    aged = degrade(source[0]["clean"], rng, recipe=RECIPES["heavy"])
    Image.fromarray(np.uint8(255 * aged)).save(scans / "line.png")
    write_pages(scans, 1, 3, "page", height=40, size=(800, 200))
    Image.effect_noise((300, 400), 20).save(scans / "lone.png")
    mine = calibrate(folder / "mine.json")
    how = ("--no-harm", 0.1, "--calibration", mine)
    restore(scans, "-o", folder / "out", *how)
    return folder


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "made")


def said_by(result):
    (packet,) = read_packets(result)
    return vars(parse_provenance(packet))


def told_of(result, *arguments):
    """What is told of each result, by its name; and the exit status."""
    lines, status = verify(result, *arguments)
    parted = [x.partition(": ") for x in lines if x.startswith(str(result))]
    told = {Path(path).name: told for path, _, told in parted}
    same = sum(words.startswith("same") for words in told.values())
    assert f"{same} of {len(told)} the same" in lines
    return told, status


def test_the_choice_is_made_again(folder):
    out, mine = folder / "out", folder / "mine.json"
    lines = said_by(out / "page_0001.png")["pages"][0]["lines"].split(", ")
    assert len(lines) == 3 and set(lines) - {"as found"}
    how = (out, "--scans", folder / "scans", "--calibration", mine)
    copied = f"a copy of {folder / 'scans' / 'lone.png'}"
    same = {"line.png": "same", "page_0001.png": "same"}
    told = same | {"lone.png": f"no provenance, {copied}"}
    assert told_of(*how) == (told, 1)
    told = same | {"lone.png": f"same, {copied}"}
    assert told_of(*how, "--allow-copies") == (told, 0)
    ((told, *_), status) = verify(out, "--allow-copies")
    assert status == 1 and "--allow-copies is for --scans" in told


def test_another_calibration_is_told(folder):
    line, mine = folder / "out" / "line.png", folder / "mine.json"
    told = {"line.png": "calibration not found: mine.json"}
    assert told_of(line) == (told, 1)
    other = calibrate(folder / "other.json", 0.9)
    assert told_of(line, "--calibration", other) == (told, 1)
    both = ("--calibration", other, "--calibration", mine)
    assert told_of(line, *both) == ({"line.png": "same"}, 0)
    shutil.copy(other, mine)
    told = {"line.png": f"calibration changed: {mine}"}
    assert told_of(line, "--calibration", mine) == (told, 1)


def test_what_was_changed_is_told(folder):
    """Pixels, and each part of what it says of the choice."""
    out = folder / "out"
    page = out / "page_0001.png"
    said = said_by(page)
    was = said["pages"][0]["lines"].split(", ")
    other = "fully" if was[1] == "as found" else "as found"
    with Image.open(page) as image:
        pixels = np.array(image)
    pixels[100:110, 400:410] ^= 64

    def changed(name, pixels=None, lines=None, **choose):
        shutil.copy(page, out / name)
        choose = said["settings"]["choose"] | choose
        change(
            out / name,
            pixels,
            settings=said["settings"] | {"choose": choose},
            pages=[said["pages"][0] | ({"lines": lines} if lines else {})],
        )

    changed("pixels.png", pixels)
    changed("lines.png", lines=", ".join([was[0], other, was[2]]))
    changed("share.png", share=0.01)
    changed("threshold.png", threshold=0.5)
    changed("reader.png", recognizer="0" * 64)
    changed("newer.png", more=1)
    changed("nan.png", share=math.nan)
    changed("absolute.png", outlines={"source": "/etc/a.xml", "sha256": "0"})
    none = out / "none.xml"
    none.write_text("<a/>", "utf-8")
    changed("outlines.png", outlines={"source": none.name, "sha256": None})
    told, status = told_of(out, "--calibration", folder / "mine.json")
    assert status == 1 and told.pop("page_0001.png") == told.pop("line.png")
    assert told.pop("lone.png") == "no provenance"
    assert told.pop("pixels.png").startswith("differs (largest difference 64 ")
    assert told.pop("nan.png").startswith("cannot be compared: ")
    otherwise, than = "chosen otherwise", "another threshold than"
    version = "made by another version or model"
    assert told == {
        "lines.png": f"{otherwise}: line 2 of page 1 {was[1]}, not {other}",
        "share.png": f"{otherwise}: a promise of 0.01 has {than} 0.0",
        "threshold.png": f"{otherwise}: a promise of 0.1 has {than} 0.5",
        "reader.png": f"{version}: the recogniser of {MODEL}",
        "newer.png": f"{version}: newer",
        "absolute.png": "PAGE or ALTO not found: a.xml",
        "outlines.png": f"PAGE or ALTO changed: {none}",
    }


def test_lines_are_known_by_where_they_lie(folder):
    """Not by their text, nor by a file's name or its image's."""
    page = folder / "out" / "page_0001.png"
    how = (page, "--calibration", folder / "mine.json")
    xml, beside = folder / "scans" / "page_0001.xml", page.with_suffix(".xml")
    text = xml.read_text("utf-8")
    xml.write_text(text.replace("<Unicode>", "<Unicode>corrected "), "utf-8")
    beside.unlink()
    assert told_of(*how)[0] == {page.name: "same"}
    moved = folder / "moved"
    moved.mkdir()
    (folder / "scans" / page.name).rename(moved / "12r.png")
    xml.rename(moved / "12.xml")
    assert told_of(*how, "--scans", moved)[0] == {page.name: "same"}
    (moved / "12.xml").unlink()
    xml.write_text(text.replace('points="20,', 'points="29,'), "utf-8")
    told = told_of(*how, "--scans", moved)[0]
    assert told == {page.name: f"PAGE or ALTO changed: {xml}"}
