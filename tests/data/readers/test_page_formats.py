import pytest

from keras_htr_gan.data.readers.page_xml import read_transcription
from tests import pages
from tests.data.readers.xml_files import (
    BOX,
    alto,
    alto_line,
    equiv,
    only_line,
    page,
    page_line,
    refusal,
    write,
)


def test_page_text_is_the_lines_own_of_lowest_index(tmp_path):
    word = f"<Word>{equiv('word')}</Word>"
    texts = equiv("c", 'index="2"') + equiv("a", 'index="0"') + equiv("b")
    line = only_line(tmp_path, page(page_line(word + texts)))
    assert line.text == "a"
    texts = equiv("z", 'index="x"') + equiv("y", 'index="1"')
    assert only_line(tmp_path, page(page_line(texts))).text == "y"


@pytest.mark.parametrize(
    ("indices", "chosen"),
    (
        # An editor that appends the corrected text to what was recognised.
        (("", 'index="0"'), 1),
        (("", 'index="0"', 'index="1"'), 1),
        (('index="1"', "", 'index="0"'), 2),
        (('index="0"', ""), 0),
        # A processor that counts from 1.
        (("", 'index="2"', 'index="1"'), 2),
        (("", ""), 0),
        (('index=""', 'index="0"'), 1),
        (("", 'index="x"'), 0),
        (('index="7"',), 0),
    ),
)
def test_an_index_that_is_given_goes_before_none(tmp_path, indices, chosen):
    texts = [equiv(f"text {i}", index) for i, index in enumerate(indices)]
    xml = page(page_line("".join(texts)))
    assert only_line(tmp_path, xml).text == f"text {chosen}"
    word = f"<Word>{''.join(texts)}</Word>"
    assert only_line(tmp_path, page(page_line(word))).text == f"text {chosen}"


def test_a_corrected_line_without_text_is_not_the_recognised_one(tmp_path):
    xml = page(page_line(equiv("recognised") + equiv("", 'index="0"')))
    found = read_transcription(write(tmp_path, xml), tmp_path)
    assert found.lines == ()
    assert found.problems == ("p.xml: 1 line without text",)


def test_words_are_joined_where_a_page_line_has_no_text(tmp_path):
    words = f"<Word>{equiv('two')}</Word><Word>{equiv('words')}</Word>"
    assert only_line(tmp_path, page(page_line(words))).text == "two words"


def test_text_is_nfc_without_odd_spaces(tmp_path):
    text = " cafe\u0301 \n\t &amp; <![CDATA[<tea>]]>\u00a0<!-- x -->! "
    line = only_line(tmp_path, page(page_line(equiv(text))))
    assert line.text == "caf\u00e9 & <tea> !"
    shy = equiv("Buch\u00adsta\u200bbe, auf\u00ad")
    line = only_line(tmp_path, page(page_line(shy)))
    assert line.text == "Buchstabe, auf-"
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
        ('<String CONTENT="ap"/><HYP CONTENT="\u00ad"/>', "ap-"),
        ('<String CONTENT="ap-"/><HYP CONTENT="\u00ad"/>', "ap-"),
        (
            '<String CONTENT="Straſse"><ALTERNATIVE PURPOSE="spelling">Straße'
            "</ALTERNATIVE><ALTERNATIVE>Strasse</ALTERNATIVE></String>"
            '<SP/><String CONTENT="a"><Glyph CONTENT="a"><Variant '
            'CONTENT="o"/></Glyph></String>',
            "Straſse a",
        ),
    ),
)
def test_alto_text_is_what_stands_on_the_line(tmp_path, inside, text):
    assert only_line(tmp_path, alto(alto_line(inside))).text == text


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
    found = read_transcription(tmp_path / "p.xml", tmp_path).lines
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
    found = read_transcription(write(tmp_path, page(lines)), tmp_path)
    assert [line.text for line in found.lines] == ["good"]
    (message,) = found.problems
    assert message.startswith("p.xml: line l ") and problem in message
    assert "\n" not in message and len(message) < 200


def test_missing_outlines_are_problems(tmp_path):
    line = f"<TextLine>{equiv('a')}</TextLine>"
    found = read_transcription(write(tmp_path, page(line)), tmp_path)
    assert found.problems == ("p.xml: line #1 has no Coords",)
    line = alto_line('<String CONTENT="a"/>', "")
    found = read_transcription(write(tmp_path, alto(line)), tmp_path)
    assert "neither a Polygon nor a box" in found.problems[0]


def test_outlines_are_clipped_to_the_image(tmp_path):
    outline = "-50,60 150,60 150,300 -50,300"
    line = only_line(tmp_path, page(page_line(equiv("a"), outline)))
    assert pages.box_of(line.polygon) == (0, 60, 151, 100)
    # The edge from (-100, 0) to (100, 100) enters the image at (0, 50).
    outline = "-100,0 100,99 -100,99"
    line = only_line(tmp_path, page(page_line(equiv("a"), outline)))
    assert set(line.polygon) == {(0, 50), (100, 99), (0, 99)}
