import pytest

from keras_htr_gan.data.readers.page_xml import (
    list_page_lines,
    open_page,
    read_transcription,
)
from keras_htr_gan.transcripts.texts import ReadText, ReadWord, write_texts
from tests.data.readers.xml_files import (
    alto,
    alto_line,
    equiv,
    page,
    page_line,
    write,
)
from tests.transcripts.schemas import check_alto, check_page

READING = ReadText(
    "zwei <&> \u00e9",
    0.75,
    (ReadWord("zwei", 0.5, 12.4, 40), ReadWord("<&>", 1, 50, 100)),
)


def write_reading(folder, xml, readings=(READING,)):
    path = write(folder, xml)
    document = open_page(path, folder)
    lines = list_page_lines(document)
    content = write_texts(document, lines, readings)
    path.write_bytes(content)
    return content.decode()


def texts(written):
    return written.partition('49 10,49"/>')[2].partition("</TextLine>")[0]


NEW = "<Unicode>zwei &lt;&amp;&gt; é</Unicode></TextEquiv>"
MAIN = f'<TextEquiv index="0" conf="0.7500" comments="keras_htr_gan">{NEW}'
SECOND = equiv("old").replace("Equiv ", 'Equiv index="1" ')
BASELINE = '<Baseline points="1,2 3,4"/>'
ALONE = MAIN.replace(' index="0"', "")


@pytest.mark.parametrize(
    "inside, expected",
    [
        ("", ALONE),
        (BASELINE, f"{BASELINE}{ALONE}"),
        ("<TextStyle/>", f"{ALONE}<TextStyle/>"),
        (equiv("old"), f"{MAIN}{SECOND}"),
        (
            equiv("b", 'index="3"') + equiv("c") + equiv("a", 'index="0"'),
            f'{MAIN}<TextEquiv index="2"><Unicode>b</Unicode></TextEquiv>'
            '<TextEquiv index="3" ><Unicode>c</Unicode></TextEquiv>'
            '<TextEquiv index="1"><Unicode>a</Unicode></TextEquiv>',
        ),
    ],
)
def test_page_keeps_earlier_texts_behind(tmp_path, inside, expected):
    xml = page(page_line(inside))
    written = write_reading(tmp_path, xml)
    assert texts(written) == expected
    assert written == xml.replace(texts(xml) or "\0", expected).replace(
        '49"/></TextLine>', f'49"/>{expected}</TextLine>'
    )
    (line,) = read_transcription(tmp_path / "p.xml", tmp_path).lines
    assert line.text == "zwei <&> é"
    # A second reading takes the place of the first.
    assert write_reading(tmp_path, written) == written


def test_page_of_2013_has_one_text(tmp_path):
    xml = page(page_line(equiv("old"))).replace("2019-07-15", "2013-07-15")
    written = write_reading(tmp_path, xml)
    assert texts(written) == f'<TextEquiv conf="0.7500">{NEW}'


def test_page_is_valid_and_regions_agree(tmp_path):
    lines = [
        page_line(equiv("old")).replace('"l"', f'"l{i}"') for i in range(3)
    ]
    xml = page("".join(lines) + equiv("all of it"))
    xml = xml.replace(
        "<Page",
        "<Metadata><Creator/><Created>2020-01-01T00:00:00</Created>"
        "<LastChange>2020-01-01T00:00:00</LastChange></Metadata><Page",
        1,
    ).replace(
        "<TextRegion>", '<TextRegion id="r"><Coords points="0,0 9,0 9,9"/>'
    )
    empty = ReadText("", 0.0)
    written = write_reading(tmp_path, xml, (READING, None, empty))
    check_page(written.encode())
    assert written.count("<Unicode>old</Unicode>") == 3
    assert "<Unicode>zwei &lt;&amp;&gt; é\nold\n</Unicode>" in written
    assert 'index="1" ><Unicode>all of it' in written


@pytest.mark.parametrize(
    "inside",
    [
        "",
        '<String CONTENT="one line"/>',
        '<Shape><Polygon POINTS="10 10 109 10 109 49 10 49"/></Shape>',
        '<String CONTENT="a"/>\n<SP/>\n<String CONTENT="b"/><HYP CONTENT="-"/>',
    ],
)
def test_alto_has_words_with_their_places(tmp_path, inside):
    xml = alto(alto_line(inside))
    written = write_reading(tmp_path, xml)
    check_alto(written.encode())
    place = 'HPOS="12" WIDTH="28" VPOS="10" HEIGHT="40"'
    assert f'CONTENT="zwei" WC="0.5000" {place}/>' in written
    assert '<SP HPOS="40" VPOS="10" WIDTH="10"/>' in written
    assert written.startswith(xml.partition("<TextLine")[0])
    assert written.endswith(xml.partition("</TextLine>")[2])
    assert ("<Shape>" in written) == ("<Shape>" in inside)
    (line,) = read_transcription(tmp_path / "p.xml", tmp_path).lines
    assert line.text == "zwei <&>"
    assert write_reading(tmp_path, written) == written


def test_alto_of_a_line_in_which_nothing_is_read(tmp_path):
    xml = alto(alto_line('<String CONTENT="old"/>'))
    written = write_reading(tmp_path, xml, (ReadText("", 0.0),))
    check_alto(written.encode())
    assert 'CONTENT="" WC="0.0000"' in written and "old" not in written


def test_alto_of_another_unit(tmp_path):
    xml = alto(alto_line(""), "mm10", 'WIDTH="400" HEIGHT="200"')
    written = write_reading(tmp_path, xml)
    assert 'HPOS="25" WIDTH="55" VPOS="10" HEIGHT="40"' in written
