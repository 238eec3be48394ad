"""Results are restored again, and compared."""

import io
import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.images.documents import DocumentWriter, read_pages
from keras_htr_gan.images.xmp import read_packets, with_packet
from keras_htr_gan.restoration import provenance
from keras_htr_gan.restoration.provenance_xmp import (
    parse_provenance,
    write_provenance,
)
from keras_htr_gan.runtimes.identity import identify_model
from keras_htr_gan.runtimes.loading import load_restoring_model
from tests.pdfs import draw_scan
from tests.restoration.test_other_side import Misfit, write
from tests.restoration.test_provenance import save_as


def invoke(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def restore(*arguments):
    fixed = ("--model", "latin_tiny", "--runtime", "onnx")
    done = invoke("restore", *fixed, *arguments)
    assert done.exit_code == 0, done.output


def verify(*arguments):
    """The lines that it tells, and its exit status."""
    done = invoke("verify", *arguments)
    return done.output.splitlines(), done.exit_code


@pytest.fixture
def line(rng):
    """Strokes and noise: uint8."""
    image = rng.integers(200, 240, (48, 260), "uint8")
    image[14:34, 10:250:7] = 40
    return image


@pytest.fixture
def scan(tmp_path, line):
    (tmp_path / "scans").mkdir()
    Image.fromarray(line).save(tmp_path / "scans" / "a.png")
    return tmp_path / "scans" / "a.png"


@pytest.fixture
def result(scan, tmp_path):
    restore(scan, "-o", tmp_path / "out")
    return tmp_path / "out" / "a.png"


def change(result, pixels=None, **said):
    """Writes a result again with other pixels, or saying something else."""
    with Image.open(result) as image:
        pixels = np.asarray(image) if pixels is None else pixels
    (packet,) = read_packets(result)
    changed = vars(parse_provenance(packet)) | said
    packet = write_provenance(provenance.Provenance(**changed))
    Image.fromarray(pixels).save(result, **with_packet("PNG", packet))


def test_a_folder_is_the_same_whatever_it_holds(scan, line, tmp_path):
    colour = np.stack([line, line // 2, line // 3], axis=2)
    for suffix in (".jpg", ".jp2", ".webp"):
        Image.fromarray(colour).save(scan.with_suffix(suffix))
    for suffix in (".pdf", ".tif"):
        save_as(scan.with_suffix(suffix), line)
    lying = draw_scan(120, 80)
    Image.fromarray(255 - lying).save(scan.parent / "light.png")
    out = tmp_path / "out"
    restore(scan.parent, "-o", out / "grey", "--preview", "--evidence")
    some = [scan.with_suffix(suffix) for suffix in (".png", ".pdf", ".jpg")]
    restore(*some, "-o", out / "bw", "--binarize", "--text-height", 30)
    restore(*some, "-o", out / "readers", "--for", "readers")
    lines, status = verify(out)
    assert status == 0, lines
    assert lines[-1] == "13 of 13 the same"
    assert all(told.endswith(": same") for told in lines[:-1])


def test_it_says_which_pixels_differ(result):
    with Image.open(result) as image:
        pixels = np.array(image)
    pixels[3, 5] ^= 128
    change(result, pixels)
    (told, total), status = verify(result)
    assert status == 1 and total == "0 of 1 the same"
    assert told == (
        f"{result}: differs (largest difference 128 of 255, "
        f"{100 / pixels.size:.2g} % of the pixels)"
    )


def test_a_source_is_known_by_its_checksum(scan, result, tmp_path):
    elsewhere = tmp_path / "archive" / "deep"
    elsewhere.mkdir(parents=True)
    (tmp_path / "archive" / "a.png").write_bytes(b"another")
    moved = scan.rename(elsewhere / "box_7.png")
    assert verify(result) == (
        [f"{result}: source not found: a.png", "0 of 1 the same"],
        1,
    )
    archive = tmp_path / "archive"
    assert verify(result, "--scans", archive)[1] == 0
    shutil.copy(moved, result.with_name("b.png"))
    assert verify(result)[1] == 1
    shutil.copy(moved, scan)
    assert verify(result)[1] == 0
    scan.write_bytes(b"changed")
    (told, _), status = verify(result)
    assert status == 1 and told == f"{result}: source changed: {scan}"


def test_another_version_or_model_is_named(result, scan, tmp_path):
    made = identify_model(
        load_restoring_model("latin_tiny", "onnx"), "latin_tiny"
    )
    (packet,) = read_packets(result)
    said = parse_provenance(packet)
    assert said.model == made
    for changed, reason in (
        ({"model": None}, "a model that it does not name"),
        ({"settings": said.settings | {"newer": 1}}, "newer"),
        (
            {"model": provenance_model(made, files={"x.onnx": "0"})},
            "the model latin_tiny",
        ),
        ({"model": provenance_model(made, name="/mine")}, "the model /mine"),
    ):
        change(result, **(vars(said) | changed))
        (told, _), status = verify(result)
        assert status == 1
        assert told == f"{result}: made by another version or model: {reason}"
    # What it says is compared all the same, where that can be done.
    older = vars(said) | {"version": "0.0.1"}
    change(result, **older)
    assert verify(result)[1] == 0
    change(result, np.full((48, 260), 9, "uint8"), **older)
    (told, _), _ = verify(result)
    assert "of the pixels); made by another version or model: keras" in told


def provenance_model(model, **changed):
    return type(model)(**(vars(model) | changed))


def test_a_model_that_is_not_shipped_has_to_be_given(scan, exported, tmp_path):
    out, model = tmp_path / "out", exported["generator"]
    done = invoke("restore", scan, "-o", out, "--model", model)
    assert done.exit_code == 0, done.output
    (told, _), status = verify(out)
    assert status == 1 and told.endswith("the model generator.onnx")
    assert verify(out, "--model", model)[1] == 0


def test_what_says_nothing_is_told(result, scan, line):
    (told, _), status = verify(scan)
    assert (told, status) == (f"{scan}: no provenance", 1)
    result.write_bytes(b"no image")
    (told, _), status = verify(result)
    assert status == 1 and "cannot be read: not an image" in told
    scan.with_name("b.bmp").write_bytes(b"BM")
    (told, _), _ = verify(scan.with_name("b.bmp"))
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "settings",
    [
        {"text_height": -5},
        {"text_height": "nothing"},
        {"strength": [1]},
        {"polarity": "none of them"},
    ],
)
def test_settings_that_are_none_are_told(result, settings):
    (packet,) = read_packets(result)
    said = parse_provenance(packet)
    wrong = said.settings | {"kind": "page"} | settings
    change(result, settings=json.loads(json.dumps(wrong)))
    (told, _), status = verify(result)
    assert status == 1 and told.startswith(f"{result}: ")


def test_a_file_names_no_model_and_no_file_to_be_opened(
    result, scan, tmp_path, monkeypatch
):
    (packet,) = read_packets(result)
    made = parse_provenance(packet).model
    for name in ("hf://some/one", str(tmp_path / "evil.keras"), "../evil"):
        change(result, model=provenance_model(made, name=name))
        (told, _), _ = verify(result)
        assert told.endswith(f"the model {name}")
    for path in (str(scan), "//machine/share/a.png", "\\\\machine\\a.png"):
        change(result, source=path, model=made)
        (told, _), _ = verify(result)
        assert "source not found" in told


def test_all_pages_of_a_file_have_to_say_it(scan, line, tmp_path):
    save_as(scan.with_suffix(".tif"), line)
    restore(scan.with_suffix(".tif"), "-o", tmp_path / "out")
    result = tmp_path / "out" / "a.tif"
    packets = read_packets(result)
    pages = [np.uint8(255 * page.grey) for page in read_pages(result)]
    with DocumentWriter(result) as writer:
        writer.write(pages[0], None, packets[0])
        writer.write(pages[1], None)
    assert verify(result)[0][0] == f"{result}: no provenance"


def test_the_other_side_is_known_by_its_checksum(tmp_path):
    sheet = write(misfit=Misfit(8, 1))
    for name, side in (("1r", sheet.front), ("1v", sheet.back)):
        Image.fromarray(np.uint8(255 * side)).save(tmp_path / f"{name}.png")
    front, back = tmp_path / "1r.png", tmp_path / "1v.png"
    restore(front, "-o", tmp_path / "alone")
    restore(front, "-o", tmp_path / "out", "--other-side", back)
    result = tmp_path / "out" / "1r.png"
    alone = (tmp_path / "alone" / "1r.png").read_bytes()
    with Image.open(result) as one, Image.open(io.BytesIO(alone)) as other:
        assert np.any(np.asarray(one) != np.asarray(other))
    assert verify(result)[1] == 0
    elsewhere = tmp_path / "backs"
    elsewhere.mkdir()
    back.rename(elsewhere / "2.png")
    (told, _), status = verify(result)
    assert status == 1 and told == f"{result}: other side not found: 1v.png"
    assert verify(result, "--scans", elsewhere)[1] == 0
