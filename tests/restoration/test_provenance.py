"""What results say of themselves, in the words of XMP."""

import dataclasses
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

import keras_htr_gan
from keras_htr_gan import Restorer, restore_files
from keras_htr_gan.images.documents import SUFFIXES, DocumentWriter
from keras_htr_gan.images.xmp import read_packets
from keras_htr_gan.restoration.provenance import see_from, tell_time
from keras_htr_gan.restoration.provenance_xmp import (
    parse_provenance,
    write_provenance,
)
from keras_htr_gan.runtimes.identity import ModelIdentity
from tests.data.readers.xml_files import page, page_line, write
from tests.pdfs import add_image, add_page, add_surroundings, look_at_pdf
from tests.restoration.test_jobs import Copier

MODEL = ModelIdentity(
    *("mine", "onnx", "onnxruntime 1.2.3", "float32"), {"mine.onnx": 64 * "0"}
)


@pytest.fixture(scope="module")
def restorer():
    return Restorer(Copier(), MODEL)


@pytest.fixture
def scan():
    """Strokes in two lines: uint8."""
    image = np.full((90, 120), 230, "uint8")
    image[15:35, 10:110:6] = image[55:75, 10:110:6] = 40
    return image


@pytest.fixture
def packet(restorer, scan, tmp_path):
    """What a PNG says that was restored: bytes."""
    Image.fromarray(scan).save(tmp_path / "a.png")
    restore_files(tmp_path / "a.png", tmp_path / "out", restorer, quiet=True)
    (packet,) = read_packets(tmp_path / "out" / "a.png")
    return packet


def said_by(path):
    return [parse_provenance(packet) for packet in read_packets(path)]


def save_as(path, image):
    """A document of two pages where its kind has such."""
    if path.suffix == ".pdf":
        with pikepdf.new() as pdf:
            for _ in range(2):
                drawn = add_image(pdf, image)
                add_page(pdf, [(drawn, (200, 0, 0, 300, 0, 0))])
            pdf.save(path)
        return
    with DocumentWriter(path) as writer:
        for _ in range(1 + path.suffix.startswith(".tif")):
            writer.write(image, (300, 300))


@pytest.mark.parametrize("mode", ["binarize", "colour"])
@pytest.mark.parametrize(
    "suffix", sorted(SUFFIXES.keys() - {".bmp", ".jpeg", ".tiff"})
)
def test_each_kind_of_file_says_what_made_it(
    suffix, mode, restorer, scan, tmp_path
):
    source, out = tmp_path / "scans" / f"é <1>{suffix}", tmp_path / "out"
    image = np.stack([scan, scan, scan // 2], axis=2)
    source.parent.mkdir()
    save_as(source, image)
    way = {"mode": mode, "kind": "page", "turn": "none", "quiet": True}
    assert restore_files(source, out, restorer, **way) == []
    result, digest = out / source.name, hashlib.sha256(source.read_bytes())
    said = said_by(result)
    assert len(said) == (2 if suffix == ".tif" else 1)
    pages = [facts["page"] for one in said for facts in one.pages]
    assert pages == (["1", "2"] if suffix in (".tif", ".pdf") else ["1"])
    for one in said:
        assert one.source == f"../scans/{source.name}"
        assert one.sha256 == digest.hexdigest()
        assert one.version == keras_htr_gan.__version__
        assert one.model == MODEL
        assert one.settings["mode"] == mode
        assert one.settings["purpose"] == "eyes"
        assert {"preview", "quiet"}.isdisjoint(one.settings)
        assert float(one.pages[0]["text_height"]) > 4
        assert one.pages[0]["polarity"] == "dark"
    if suffix in (".jpg", ".png", ".tif"):
        with Image.open(result) as image:
            assert image.info["dpi"] == pytest.approx((300, 300), rel=0.01)


def test_the_words_are_those_of_others(packet, tmp_path):
    pytest.importorskip("defusedxml")
    with Image.open(tmp_path / "out" / "a.png") as image:
        said = image.getxmp()["xmpmeta"]["RDF"]["Description"]
    agent = f"keras_htr_gan {keras_htr_gan.__version__}"
    assert said["CreatorTool"] == agent and said["source"] == "a.png"
    event = said["History"]["Seq"]["li"]
    assert event["action"] == "restored" and event["softwareAgent"] == agent
    assert json.loads(event["parameters"])["strength"] == 1.0
    assert said["DerivedFrom"]["filePath"] == "../a.png"


def test_what_a_page_xml_says_is_a_setting_too(restorer, tmp_path):
    """Whoever restores it again may not have that."""
    line = np.full((60, 700), 230, "uint8")
    line[20:40, 10:690:6] = 40
    write(tmp_path, page(page_line(""), "a.png"), "a.xml", "a.png")
    for name in ("a.png", "b.png"):
        Image.fromarray(line).save(tmp_path / name)
    out, options = tmp_path / "out", {"quiet": True, "purpose": "readers"}
    images = [tmp_path / name for name in ("a.png", "b.png")]
    assert restore_files(images, out, restorer, **options) == []
    (known,), (other,) = (said_by(out / path.name) for path in images)
    assert known.settings["text_height"] == 24.0
    assert known.settings["trim"] is False and "rows" not in known.pages[0]
    assert "text_height" not in other.settings
    assert other.settings["trim"] is True and len(other.pages[0]["rows"]) == 2


OLD = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Another"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
 xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"><rdf:Description rdf:about=""
 xmp:CreatorTool="Scanner" xmp:MetadataDate="2001-01-01"
 xmpMM:DocumentID="uuid:d" xmpMM:InstanceID="uuid:i"
 dc:source="Box 7"><dc:rights><rdf:Alt><rdf:li
 xml:lang="x-default">None</rdf:li></rdf:Alt></dc:rights>
 <xmpMM:DerivedFrom stRef:documentID="uuid:film"/>
 <xmpMM:History><rdf:Seq><rdf:li stEvt:action="created"
 stEvt:softwareAgent="Scanner"/></rdf:Seq></xmpMM:History>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def test_of_a_pdf_what_was_said_stays(restorer, scan, tmp_path):
    with pikepdf.new() as pdf:
        drawn = add_image(pdf, scan)
        add_page(pdf, [(drawn, (200, 0, 0, 300, 0, 0))])
        add_surroundings(pdf)
        pdf.save(tmp_path / "plain.pdf")
        pdf.Root.Metadata = pdf.make_stream(OLD.encode())
        pdf.save(tmp_path / "said.pdf")
    once, twice = tmp_path / "once", tmp_path / "twice"
    restore_files(tmp_path / "said.pdf", once, restorer, quiet=True)
    restore_files(tmp_path / "plain.pdf", once, restorer, quiet=True)
    again = {"strength": 0.5, "quiet": True}
    restore_files(once / "said.pdf", twice, restorer, **again)
    for folder, events in ((once, 1), (twice, 2)):
        with pikepdf.open(folder / "said.pdf") as pdf:
            said = pdf.open_metadata()
            assert said["xmp:CreatorTool"] == "Scanner"
            assert said["dc:source"] == "Box 7"
            assert said["dc:rights"] == "None"
            assert said["xmpMM:DocumentID"] == "uuid:d"
            assert said["xmpMM:InstanceID"] not in ("uuid:i", None)
            packet = pdf.Root.Metadata.read_bytes().decode()
        assert packet.count("<stEvt:softwareAgent") == events
        assert packet.count("<htrgan:Model") == 1
        assert packet.count("uuid:film") == 1
        assert look_at_pdf(folder / "said.pdf") == look_at_pdf(
            tmp_path / "said.pdf"
        )
    (said,) = said_by(twice / "said.pdf")
    assert said.source == "../once/said.pdf"
    (first,) = said_by(once / "said.pdf")
    assert said.settings["strength"] == 0.5 != first.settings["strength"]
    with pikepdf.open(once / "plain.pdf") as pdf:
        assert pdf.open_metadata()["dc:title"] == "Letters"


def test_xmp_that_is_none_is_left_alone(restorer, scan, tmp_path):
    with pikepdf.new() as pdf:
        add_page(pdf, [(add_image(pdf, scan), (200, 0, 0, 300, 0, 0))])
        pdf.Root.Metadata = pdf.make_stream(b"<x:xmpmeta")
        pdf.save(tmp_path / "a.pdf", fix_metadata_version=False)
    out = tmp_path / "out"
    assert restore_files(tmp_path / "a.pdf", out, restorer, quiet=True) == []
    assert read_packets(out / "a.pdf") == [b"<x:xmpmeta"]
    assert said_by(out / "a.pdf") == [None]


def test_a_second_restoration_is_the_same_file_at_the_same_time(
    restorer, scan, tmp_path, monkeypatch
):
    Image.fromarray(scan).save(tmp_path / "a.png")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert tell_time() == "2001-09-09T01:46:40Z"
    for name in ("one", "two"):
        restore_files(tmp_path / "a.png", tmp_path / name, restorer, quiet=True)
    one, two = (tmp_path / name / "a.png" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_names_that_xml_cannot_hold_are_told_with_a_backslash(
    packet,
):
    said = parse_provenance(packet)
    name = "a\x01\udce9]]>&\ufffe.png"
    said = dataclasses.replace(said, source=name)
    again = parse_provenance(write_provenance(said))
    assert again.source == "a\\x01\\udce9]]>&\\ufffe.png"


@pytest.mark.parametrize(
    "old, new",
    [
        ("{", "["),
        ("stEvt:when>", "stEvt:never>"),
        ("htrgan:sha256>", "htrgan:sha1>"),
        (">float32<", "><rdf:li>x</rdf:li><"),
        ("<x:xmpmeta", "<!DOCTYPE a><x:xmpmeta"),
        ("</rdf:RDF>", ""),
    ],
)
def test_a_packet_that_is_damaged_says_nothing(old, new, packet):
    text = packet.decode()
    assert old in text and parse_provenance(packet)
    assert parse_provenance(text.replace(old, new).encode()) is None


def test_a_source_is_seen_from_its_result(tmp_path):
    folder = tmp_path / "out"
    assert see_from(folder / "deep", tmp_path / "a.png") == "../../a.png"
    assert see_from("/one/out", "/other/a.png") == "a.png"


def test_the_page_shows_what_is_written(packet):
    """Each name in it, and no other."""
    page = Path(__file__).parents[2] / "docs" / "trust.md"
    _, _, block = page.read_text("utf-8").partition("```xml\n")
    block, _, _ = block.partition("```")
    assert parse_provenance(block.encode()).model.name == "latin_small"
    shown, written = (
        set(re.findall(r"<(\w+:\w+)", text))
        for text in (block, packet.decode())
    )
    assert shown == written
