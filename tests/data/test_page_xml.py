import builtins
import contextlib
import io
import os
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.outlines import cut_line
from keras_htr_gan.data.page_files import PageError, page_files
from keras_htr_gan.data.page_xml import read_page
from tests import pages

FLAVOURS = ("page", "alto")
BOX = ((10, 10), (109, 10), (109, 49), (10, 49))


@pytest.fixture(scope="module")
def drawn():
    source = HandwritingSource("en", seed=3, height=64, max_width=760)
    return [source[i] for i in range(4)]


def write(folder, xml, name="p.xml", image="p.png", size=(200, 100)):
    """Writes an XML and a white image; returns the path of the XML."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = xml if isinstance(xml, bytes) else xml.encode()
    path.write_bytes(data)
    if image:
        (folder / image).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", size, 255).save(folder / image)
    return path


def page(lines, image="p.png", size='imageWidth="200" imageHeight="100"'):
    return (
        f"<PcGts xmlns='{pages.PAGE}'><Page imageFilename='{image}' {size}>"
        f"<TextRegion>{lines}</TextRegion></Page></PcGts>"
    )


def page_line(inside, outline="10,10 109,10 109,49 10,49"):
    return f'<TextLine id="l"><Coords points="{outline}"/>{inside}</TextLine>'


def equiv(text, index=""):
    return f"<TextEquiv {index}><Unicode>{text}</Unicode></TextEquiv>"


def alto(lines, unit="pixel", size='WIDTH="200" HEIGHT="100"'):
    return (
        f"<alto xmlns='{pages.ALTO}'><Description><MeasurementUnit>{unit}"
        "</MeasurementUnit><sourceImageInformation><fileName>p.png</fileName>"
        f"</sourceImageInformation></Description><Layout><Page {size}>"
        f"<PrintSpace><TextBlock>{lines}</TextBlock></PrintSpace></Page>"
        "</Layout></alto>"
    )


def alto_line(inside, box='HPOS="10" VPOS="10" WIDTH="100" HEIGHT="40"'):
    return f'<TextLine ID="l" {box}>{inside}</TextLine>'


def only_line(folder, xml, **options):
    found = read_page(write(folder, xml, **options), folder)
    assert found.problems == ()
    (line,) = found.lines
    return line


def refusal(path, folder):
    with pytest.raises(PageError) as caught:
        read_page(path, folder)
    message = str(caught.value)
    assert str(path.name) in message and "\n" not in message
    return message


# -- What was drawn comes back ------------------------------------------------


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("slope", (0, 100))
def test_cut_lines_are_what_was_drawn(tmp_path, drawn, flavour, slope):
    known = pages.write_page(tmp_path, "p", drawn, flavour, slope=slope)
    found = read_page(tmp_path / "p.xml", tmp_path)
    assert found.image == tmp_path / "p.png"
    assert found.problems == ()
    assert [line.name for line in found.lines] == [
        f"p.xml: line r1l{i}" for i in range(1, 5)
    ]
    image = np.asarray(Image.open(found.image))
    for i, (line, (text, box)) in enumerate(
        zip(found.lines, known, strict=True)
    ):
        assert line.text == text == drawn[i]["text"]
        assert pages.box_of(line.polygon) == box
        alone, _ = pages.draw_page(drawn, slope, only=i)
        left, top, right, bottom = box
        expected = alone[top:bottom, left:right]
        cut = cut_line(image, line.polygon, margin=0)
        assert cut.shape == expected.shape and cut.dtype == np.uint8
        assert difference(cut, expected) < 0.5
        crop = image[top:bottom, left:right]
        if slope:
            assert difference(crop, expected) > 2


def test_the_margin_fades(tmp_path, drawn):
    image, outlines = pages.draw_page(drawn)
    left, top, right, bottom = pages.box_of(outlines[1])
    alone, _ = pages.draw_page(drawn, only=1)
    cut = cut_line(image, outlines[1], margin=3)
    expected = alone[top - 3 : bottom + 3, left - 3 : right + 3]
    assert cut.shape == expected.shape
    assert difference(cut, expected) < 2
    assert np.array_equal(cut[3:-3, 3:-3], expected[3:-3, 3:-3])


def difference(one, other):
    return np.abs(one.astype(float) - other.astype(float)).mean()


def test_what_is_outside_the_polygon_is_paper():
    image = np.full((60, 80), 20, "uint8")
    image[20:40, 10:70] = 180
    cut = cut_line(image, ((10, 20), (69, 20), (10, 39)), margin=0)
    assert cut.shape == (20, 60)
    assert (cut == 180).all()


@pytest.mark.parametrize("margin", (0, 2, 50))
def test_a_cut_ends_where_the_page_ends(margin):
    image = np.full((30, 40), 200, "uint8")
    cut = cut_line(image, ((0, 0), (39, 0), (39, 29), (0, 29)), margin)
    assert np.array_equal(cut, image)


def test_cutting_off_the_page_or_another_dtype_is_an_error():
    image = np.zeros((30, 40), "uint8")
    with pytest.raises(ValueError, match="not on the 40x30 page"):
        cut_line(image, ((50, 5), (60, 5), (60, 9)))
    with pytest.raises(ValueError, match="not on the 40x30 page"):
        cut_line(image, ((-50, 5), (-40, 5), (-40, 9)))
    with pytest.raises(ValueError, match="float32"):
        cut_line(image.astype("float32"), BOX)


def test_pages_as_jpeg(tmp_path):
    known = pages.write_pages(tmp_path, 2, 3, "alto", suffix=".jpg")
    files = page_files(tmp_path)
    assert [path.name for path in files] == ["page_0001.xml", "page_0002.xml"]
    for path, lines in zip(files, known, strict=True):
        found = read_page(path, tmp_path).lines
        assert [line.text for line in found] == [text for text, _ in lines]


# -- Text ---------------------------------------------------------------------


def test_page_text_is_the_lines_own_of_lowest_index(tmp_path):
    word = f"<Word>{equiv('word')}</Word>"
    texts = equiv("c", 'index="2"') + equiv("a", 'index="0"') + equiv("b")
    line = only_line(tmp_path, page(page_line(word + texts)))
    assert line.text == "a"
    texts = equiv("z", 'index="x"') + equiv("y", 'index="1"')
    assert only_line(tmp_path, page(page_line(texts))).text == "y"


def test_words_are_joined_where_a_page_line_has_no_text(tmp_path):
    words = f"<Word>{equiv('two')}</Word><Word>{equiv('words')}</Word>"
    assert only_line(tmp_path, page(page_line(words))).text == "two words"


def test_text_is_nfc_without_odd_spaces(tmp_path):
    text = " cafe\u0301 \n\t &amp; <![CDATA[<tea>]]>\u00a0<!-- x -->! "
    line = only_line(tmp_path, page(page_line(equiv(text))))
    assert line.text == "caf\u00e9 & <tea> !"
    content = alto_line('<String CONTENT="cafe\u0301 "/>')
    assert only_line(tmp_path, alto(content)).text == "caf\u00e9"


@pytest.mark.parametrize(
    ("inside", "text"),
    (
        ('<String CONTENT="a"/><SP/><String CONTENT="b"/>', "a b"),
        ('<String CONTENT="a"/><String CONTENT="b"/>', "a b"),
        (
            '<String CONTENT="a"/><SP/><String CONTENT="b"/>'
            '<String CONTENT="c"/>',
            "a bc",
        ),
        ('<String CONTENT="the whole line"/>', "the whole line"),
        (
            '<String CONTENT="ab"><Glyph CONTENT="a"/><Glyph CONTENT="b"/>'
            "</String>",
            "ab",
        ),
        (
            '<String CONTENT="an"/><SP/><String CONTENT="ap" '
            'SUBS_TYPE="HypPart1" SUBS_CONTENT="apple"/><HYP CONTENT="¬"/>',
            "an ap¬",
        ),
        ('<String CONTENT="an"/><String CONTENT="ap"/><HYP/>', "an ap-"),
    ),
)
def test_alto_text_is_what_stands_on_the_line(tmp_path, inside, text):
    assert only_line(tmp_path, alto(alto_line(inside))).text == text


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_lines_without_text_are_counted(tmp_path, drawn, flavour):
    lines = [dict(line) for line in drawn]
    for i in (0, 2, 3):
        lines[i]["text"] = " "
    pages.write_page(tmp_path, "p", lines, flavour)
    found = read_page(tmp_path / "p.xml", tmp_path)
    assert [line.text for line in found.lines] == [drawn[1]["text"]]
    assert found.problems == ("p.xml: 3 lines without text",)


def test_a_page_without_lines_says_so(tmp_path):
    found = read_page(write(tmp_path, page("")), tmp_path)
    assert found.lines == ()
    assert found.problems == ("p.xml: no text lines",)


# -- Outlines -----------------------------------------------------------------


@pytest.mark.parametrize(
    "coords",
    (
        '<Coords points="10,10 109,10 109,49 10,49"/>',
        '<Coords points=" 10.2,9.8  109.4,10 109,49.1\n10,49.0 10,49"/>',
        '<Coords><Point x="10" y="10"/><Point x="109" y="10"/>'
        '<Point x="109" y="49"/><Point x="10" y="49"/></Coords>',
    ),
)
def test_page_outlines(tmp_path, coords):
    line = f'<TextLine id="l">{coords}{equiv("a")}</TextLine>'
    assert only_line(tmp_path, page(line)).polygon == BOX


@pytest.mark.parametrize(
    "points",
    ("10,10 109,10 109,49 10,49", "10 10 109 10 109 49 10 49"),
)
def test_alto_polygons_count_before_boxes(tmp_path, points):
    inside = f'<Shape><Polygon POINTS="{points}"/></Shape><String CONTENT="a"/>'
    box = 'HPOS="1" VPOS="1" WIDTH="9" HEIGHT="9"'
    line = only_line(tmp_path, alto(alto_line(inside, box)))
    assert line.polygon == BOX
    line = only_line(tmp_path, alto(alto_line('<String CONTENT="a"/>')))
    assert line.polygon == BOX


@pytest.mark.parametrize("unit", ("mm10", "inch1200", "pixel"))
@pytest.mark.parametrize("slope", (0, 24))
def test_units_are_scaled_to_the_image(tmp_path, drawn, unit, slope):
    known = pages.write_page(
        tmp_path, "p", drawn, "alto", unit=unit, slope=slope
    )
    found = read_page(tmp_path / "p.xml", tmp_path).lines
    boxes = [pages.box_of(line.polygon) for line in found]
    assert boxes == [box for _, box in known]


def test_an_unknown_scale_is_refused(tmp_path):
    line = alto_line('<String CONTENT="a"/>')
    assert only_line(tmp_path, alto(line, size="")).polygon == BOX
    path = write(tmp_path, alto(line, "mm10", size='WIDTH="0" HEIGHT="0"'))
    assert "WIDTH" in refusal(path, tmp_path)


def test_page_coordinates_follow_the_real_image(tmp_path):
    xml = page(page_line(equiv("a")))
    assert only_line(tmp_path, xml, size=(400, 200)).polygon == tuple(
        (2 * x, 2 * y) for x, y in BOX
    )
    none = page(page_line(equiv("a")), size='imageWidth="0" imageHeight="0"')
    assert only_line(tmp_path, none).polygon == BOX


def test_an_image_of_another_shape_is_told(tmp_path):
    xml = page(page_line(equiv("a")))
    path = write(tmp_path, xml, size=(200, 150))
    found = read_page(path, tmp_path)
    assert len(found.lines) == 1
    assert "another shape than p.png, 200x150 pixels" in found.problems[0]
    assert "quarter" in refusal(write(tmp_path, xml, size=(100, 200)), tmp_path)


def test_images_turned_by_exif_count_as_seen(tmp_path):
    path = write(tmp_path, page(page_line(equiv("a")), "p.jpg"), image=None)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (100, 200), 255).save(tmp_path / "p.jpg", exif=exif)
    found = read_page(path, tmp_path)
    assert found.problems == () and found.lines[0].polygon == BOX


@pytest.mark.parametrize(
    ("outline", "problem"),
    (
        ("", "cannot be read"),
        ("10,10 20", "cannot be read"),
        ("a,b c,d e,f", "cannot be read"),
        ("nan,1 5,5 9,1", "cannot be read"),
        ("1e400,1 5,5 9,1", "cannot be read"),
        ("10,10 20,20", "fewer than 3 points"),
        ("10,10 20,20 10,10 20,20", "fewer than 3 points"),
        ("10,10 20,20 30,30", "without area"),
        ("300,10 400,10 400,40 300,40", "outside the 200x100 image"),
        ("-30,-30 -10,-30 -10,40", "outside the 200x100 image"),
        ("1,1 " * 50_000, "more than 100000 characters"),
    ),
)
def test_unusable_outlines_are_problems(tmp_path, outline, problem):
    lines = page_line(equiv("bad"), outline) + page_line(equiv("good"))
    found = read_page(write(tmp_path, page(lines)), tmp_path)
    assert [line.text for line in found.lines] == ["good"]
    (message,) = found.problems
    assert message.startswith("p.xml: line l ") and problem in message
    assert "\n" not in message and len(message) < 200


def test_missing_outlines_are_problems(tmp_path):
    line = f"<TextLine>{equiv('a')}</TextLine>"
    found = read_page(write(tmp_path, page(line)), tmp_path)
    assert found.problems == ("p.xml: line #1 has no Coords",)
    line = alto_line('<String CONTENT="a"/>', "")
    found = read_page(write(tmp_path, alto(line)), tmp_path)
    assert "neither a Polygon nor a box" in found.problems[0]


def test_outlines_are_clipped_to_the_image(tmp_path):
    outline = "-50,60 150,60 150,300 -50,300"
    line = only_line(tmp_path, page(page_line(equiv("a"), outline)))
    assert pages.box_of(line.polygon) == (0, 60, 151, 100)
    # The edge from (-100, 0) to (100, 100) enters the image at (0, 50).
    outline = "-100,0 100,99 -100,99"
    line = only_line(tmp_path, page(page_line(equiv("a"), outline)))
    assert set(line.polygon) == {(0, 50), (100, 99), (0, 99)}


# -- Finding files ------------------------------------------------------------


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
    assert page_files(tmp_path) == [tmp_path / "p.xml"]


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
    assert page_files(tmp_path) == [tmp_path / "p.xml"]


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
    assert [str(p.relative_to(tmp_path)) for p in page_files(tmp_path)] == [
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
    found = read_page(xml, tmp_path)
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


@pytest.fixture
def opened(monkeypatch):
    """Every path that Python or Pillow opens."""
    paths = []
    real = builtins.open

    def spy(file, *rest, **options):
        paths.append(str(file))
        return real(file, *rest, **options)

    monkeypatch.setattr(builtins, "open", spy)
    monkeypatch.setattr(io, "open", spy)
    return paths


@pytest.mark.parametrize(
    "named", ("../secret.png", "a/../../secret.png", "ABSOLUTE", "link.png")
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
    assert page_files(folder) == [folder / "p.xml"]
    assert "outside" in refusal(folder / "p.xml", folder)
    assert "outside" in refusal(folder / ".." / "secret.xml", folder)
    assert opened == []


# -- Hostile and broken files -------------------------------------------------


def with_dtd(dtd, text):
    return f"<!DOCTYPE PcGts [{dtd}]>" + page(page_line(equiv(text)))


def external(tmp_path):
    (tmp_path / "secret").write_text("the secret")
    return with_dtd(f'<!ENTITY x SYSTEM "file://{tmp_path / "secret"}">', "&x;")


def laughs(tmp_path):
    levels = "".join(
        f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10)
    )
    return with_dtd('<!ENTITY l0 "lol">' + levels, "&l9;")


def quadratic(tmp_path):
    return with_dtd(f'<!ENTITY x "{"x" * 100_000}">', "&x;" * 100_000)


def attributes(tmp_path):
    levels = "".join(
        f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10)
    )
    dtd = '<!ENTITY l0 "lol">' + levels
    return f"<!DOCTYPE PcGts [{dtd}]><PcGts x='&l9;'/>"


def parameter(tmp_path):
    (tmp_path / "x.dtd").write_text('<!ENTITY x "the secret">')
    return with_dtd('<!ENTITY % d SYSTEM "x.dtd"> %d;', "&x;")


def external_subset(tmp_path):
    (tmp_path / "x.dtd").write_text('<!ENTITY x "the secret">')
    return "<!DOCTYPE PcGts SYSTEM 'x.dtd'>" + page(page_line(equiv("&x;")))


def utf_16(tmp_path):
    return external(tmp_path).encode("utf-16")


def utf_16_without_mark(tmp_path):
    return external(tmp_path).encode("utf-16-be")


@pytest.mark.parametrize(
    "attack",
    (
        external,
        laughs,
        quadratic,
        attributes,
        parameter,
        external_subset,
        utf_16,
        utf_16_without_mark,
    ),
)
def test_a_dtd_is_refused(tmp_path, attack, opened):
    path = write(tmp_path, attack(tmp_path))
    opened.clear()
    before = most_resident(afresh=True)
    tracemalloc.start()
    assert page_files(tmp_path) == [path]
    message = refusal(path, tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "DTD" in message and "secret" not in message
    assert set(opened) == {str(path)}
    assert peak < 4 * path.stat().st_size + 2**20
    assert most_resident() - before < 32 * 2**20


def most_resident(afresh=False):
    """The process's largest resident size, from now on if `afresh`; bytes."""
    if afresh:
        with (
            contextlib.suppress(OSError),
            io.FileIO("/proc/self/clear_refs", "w") as file,
        ):
            file.write(b"5")
    with io.FileIO("/proc/self/status") as file:
        status = file.read().decode()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


@pytest.mark.parametrize("encoding", ("utf-7", "cp037", "utf-32", "unknown-8"))
def test_encodings_that_could_hide_a_dtd_are_refused(tmp_path, encoding):
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    body = external(tmp_path)
    known = "utf-8" if encoding == "unknown-8" else encoding
    for data in (
        (head + body).encode(known),
        head.encode() + body.encode(known),
    ):
        message = refusal(write(tmp_path, data), tmp_path)
        assert "secret" not in message


@pytest.mark.parametrize("codec", ("utf-7", "unicode_escape", "rot13"))
def test_odd_encodings_are_named(tmp_path, codec):
    xml = f'<?xml version="1.0" encoding="{codec}"?>' + page("")
    message = refusal(write(tmp_path, xml), tmp_path)
    assert "is not read, save it as UTF-8" in message


@pytest.mark.parametrize(
    ("declared", "encoding"),
    (
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("utf-16", "utf-8"),
        ("ISO-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
    ),
)
def test_honest_encodings_are_read(tmp_path, declared, encoding):
    xml = f'<?xml version="1.0" encoding="{declared}"?>\n' + page(
        page_line(equiv("café"))
    )
    line = only_line(tmp_path, xml.encode(encoding))
    assert line.text == "café"
    assert page_files(tmp_path) == [tmp_path / "p.xml"]


@pytest.mark.parametrize(
    ("xml", "problem"),
    (
        ("", "not XML, or cut short"),
        ("no XML", "not XML, or cut short"),
        (page(page_line(equiv("a")))[:-30], "not XML, or cut short"),
        (page(page_line(equiv("&undefined;"))), "not XML, or cut short"),
        (page(page_line(equiv("\x00"))), "not XML, or cut short"),
        ("<PcGts>" * 5000, "not XML, or cut short"),
        (page("x" * (10**7 + 1)), "not XML, or cut short"),
        (b"<PcGts>\xff\xfe</PcGts>", "encoding"),
        ("<mets/>", "neither PAGE nor ALTO: its root is mets"),
        ("<PcGts/>", "has no Page"),
        ("<PcGts>" + "<a/>" * 2_000_001 + "</PcGts>", "2000000 tags"),
    ),
)
def test_broken_files_are_refused_in_one_line(tmp_path, xml, problem):
    assert problem in refusal(write(tmp_path, xml), tmp_path)


def test_large_and_missing_files_are_refused(tmp_path):
    path = tmp_path / "p\n.xml"
    with open(path, "wb") as file:
        file.truncate(64 * 2**20 + 1)
    with pytest.raises(PageError, match=r"p \.xml: is larger than 64 MiB"):
        read_page(path, tmp_path)
    assert "no such file" in refusal(tmp_path / "gone.xml", tmp_path)


def test_xinclude_and_stylesheets_are_not_followed(tmp_path, opened):
    (tmp_path / "secret").write_text("the secret")
    include = (
        '<x:include xmlns:x="http://www.w3.org/2001/XInclude" '
        'href="secret" parse="text"/>'
    )
    text = f"<TextEquiv><Unicode>a{include}</Unicode></TextEquiv>"
    xml = '<?xml-stylesheet href="secret"?>' + page(page_line(text))
    path = write(tmp_path, xml)
    opened.clear()
    assert read_page(path, tmp_path).lines[0].text == "a"
    assert not any("secret" in name for name in opened)


def test_long_and_odd_names_stay_on_one_line(tmp_path):
    line = f'<TextLine id="a&#10;b{"c" * 9999}">{equiv("a")}</TextLine>'
    found = read_page(write(tmp_path, page(line)), tmp_path)
    (problem,) = found.problems
    assert "\n" not in problem and len(problem) < 200


def test_only_the_first_of_several_pages_is_read(tmp_path):
    line = alto_line('<String CONTENT="a"/>')
    xml = alto(line).replace("</Layout>", f"<Page>{line}</Page></Layout>")
    found = read_page(write(tmp_path, xml), tmp_path)
    assert len(found.lines) == 1
    assert found.problems == ("p.xml: only the first of 2 pages is read",)
