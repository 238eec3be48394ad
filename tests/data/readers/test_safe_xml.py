import contextlib
import io
import tracemalloc

import pytest

from keras_htr_gan.data.readers.page_files import find_page_files
from keras_htr_gan.data.readers.page_xml import read_transcription
from keras_htr_gan.data.readers.safe_xml import PageError
from tests.data.readers.xml_files import (
    equiv,
    only_line,
    page,
    page_line,
    refusal,
    write,
)


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
    assert find_page_files(tmp_path) == [path]
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
    assert find_page_files(tmp_path) == [tmp_path / "p.xml"]


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
        read_transcription(path, tmp_path)
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
    assert read_transcription(path, tmp_path).lines[0].text == "a"
    assert not any("secret" in name for name in opened)
