import os

import pytest
from PIL import Image

from keras_htr_gan.data.readers.page_files import find_page_files
from keras_htr_gan.data.readers.page_xml import read_transcription
from tests import pages
from tests.data.readers.xml_files import (
    BOX,
    equiv,
    only_line,
    page,
    page_line,
    refusal,
    write,
)

NAMESPACES = (
    "http://schema.primaresearch.org/PAGE/gts/pagecontent/2010-03-19",
    "http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15",
    pages.PAGE,
    "",
)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_page_version_is_read(tmp_path, namespace):
    xml = pages.page_xml("p.png", ["a"], [BOX], (200, 100), namespace)
    assert only_line(tmp_path, xml).text == "a"
    assert find_page_files(tmp_path) == [tmp_path / "p.xml"]


@pytest.mark.parametrize(
    "namespace",
    (
        "http://schema.ccs-gmbh.com/ALTO",
        "http://www.loc.gov/standards/alto/ns-v2#",
        "http://www.loc.gov/standards/alto/ns-v3#",
        pages.ALTO,
        "",
    ),
)
def test_every_alto_version_is_read(tmp_path, namespace):
    xml = pages.alto_xml("p.png", ["a"], [BOX], (200, 100), namespace=namespace)
    assert only_line(tmp_path, xml).text == "a"
    assert find_page_files(tmp_path) == [tmp_path / "p.xml"]


def test_page_files_leaves_other_xml_out(tmp_path):
    kept = page("")
    write(tmp_path, kept, "b/page/2.xml", None)
    write(tmp_path, kept, "b/page/1.XML", None)
    prolog = "\ufeff<?xml version='1.0'?>\n<!-- <mets> > -->\n<?x <a>?>\n"
    write(tmp_path, prolog + kept, "a.xml", None)
    write(tmp_path, "<p:PcGts xmlns:p='x'/>", "c.xml", None)
    write(tmp_path, kept.encode("utf-16"), "d.xml", None)
    write(tmp_path, "<mets><!-- PcGts --><PcGts/></mets>", "mets.xml", None)
    write(tmp_path, "<PcGtsX/>", "other.xml", None)
    write(tmp_path, "PcGts", "text.xml", None)
    write(tmp_path, b"\x00\x05\x16\x07", "._a.xml", None)
    write(tmp_path, "<!--" * 20_000, "comment.xml", None)
    write(tmp_path, kept, "page.txt", None)
    (tmp_path / "folder.xml").mkdir()
    os.mkfifo(tmp_path / "pipe.xml")
    assert [
        str(p.relative_to(tmp_path)) for p in find_page_files(tmp_path)
    ] == [
        "a.xml",
        "b/page/1.XML",
        "b/page/2.xml",
        "c.xml",
        "d.xml",
    ]


@pytest.mark.parametrize(
    ("xml", "image", "named"),
    (
        ("p.xml", "p.png", "p.png"),
        ("p.xml", "scans/p.png", "scans/p.png"),
        ("p.xml", "p.png", "scans/p.png"),
        ("p.xml", "p.png", "/home/someone/p.png"),
        ("p.xml", "p.png", "C:\\scans\\p.png"),
        ("p.xml", "p.png", "file:///home/someone/p.png"),
        ("p.xml", "p q.png", "http://example.org/f/p%20q.png?size=full"),
        ("p.xml", "p q \u00e9.png", "p%20q%20%C3%A9.png"),
        ("p.xml", "s t/p q.png", "s%20t/p%20q.png"),
        ("p.xml", "100%25.png", "100%25.png"),
        ("p.xml", "100% (1)&.png", "100% (1)&amp;.png"),
        ("page/p.xml", "p.png", "p.png"),
        ("page/p.xml", "p.png", "../p.png"),
        ("page/p.xml", "images/p.png", "p.png"),
        ("OCR-D-GT/p.xml", "OCR-D-IMG/q.png", "OCR-D-IMG/q.png"),
        ("p.xml", "p.png", "lost.tif"),
        ("page/p.xml", "p.PNG", "lost.tif"),
        ("p.xml", "p.png", ""),
    ),
)
def test_images_are_found(tmp_path, xml, image, named):
    xml = write(tmp_path, page(page_line(equiv("a")), named), xml, image)
    found = read_transcription(xml, tmp_path)
    assert found.image.samefile(tmp_path / image)
    assert len(found.lines) == 1


def test_missing_and_broken_images_are_refused(tmp_path):
    path = write(tmp_path, page("", "gone.png"), image=None)
    assert "missing: gone.png" in refusal(path, tmp_path)
    path = write(tmp_path, page("", "x" * 5000), image=None)
    assert len(refusal(path, tmp_path)) < 300
    path = write(tmp_path, page("", ""), image=None)
    assert "names no image" in refusal(path, tmp_path)
    (tmp_path / "p.png").write_bytes(b"no image")
    assert "cannot be read: p.png" in refusal(path, tmp_path)


@pytest.mark.parametrize(
    "named",
    (
        "../secret.png",
        "a/../../secret.png",
        "%2e%2e%2Fsecret.png",
        "ABSOLUTE",
        "link.png",
    ),
)
def test_nothing_outside_the_folder_is_opened(tmp_path, named, opened):
    secret = tmp_path / "secret.png"
    Image.new("L", (200, 100)).save(secret)
    folder = tmp_path / "data"
    named = str(secret) if named == "ABSOLUTE" else named
    path = write(folder, page(page_line(equiv("a")), named), image=None)
    (folder / "link.png").symlink_to(secret)
    opened.clear()
    assert "outside" in refusal(path, folder)
    assert opened == [str(path)]


def test_xml_outside_the_folder_is_listed_but_not_opened(tmp_path, opened):
    outside = write(tmp_path, page(page_line(equiv("a"))), "secret.xml")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "p.xml").symlink_to(outside)
    opened.clear()
    assert find_page_files(folder) == [folder / "p.xml"]
    assert "outside" in refusal(folder / "p.xml", folder)
    assert "outside" in refusal(folder / ".." / "secret.xml", folder)
    assert opened == []
