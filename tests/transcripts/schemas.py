"""Whether what is written is PAGE and ALTO.

The schema of PAGE 2019-07-15 is in the package `ocrd` (`pip install --no-deps
ocrd`), that of ALTO in none: its order of elements is checked by hand, as is
that of PAGE where the package is not installed.
"""

import importlib.util
from pathlib import Path

from lxml import etree

from keras_htr_gan.data.readers.safe_xml import get_local_name

ORDER = {
    "TextRegion": ("Coords", "TextLine", "TextEquiv", "TextStyle"),
    "TextLine": (
        *("AlternativeImage", "Coords", "Baseline", "Word", "TextEquiv"),
        *("TextStyle", "UserDefined", "Labels"),
    ),
    "TextEquiv": ("PlainText", "Unicode"),
}
FIRST_OF_PAGE = ("AlternativeImage", "Border", "PrintSpace", "ReadingOrder")


def check_page(content):
    """Sees that bytes are PAGE, by the schema where it is installed."""
    root = etree.fromstring(content)
    for element in root.iter("*"):
        names = [get_local_name(child) for child in element]
        order = ORDER.get(get_local_name(element))
        if order:
            places = [order.index(name) for name in names]
            assert places == sorted(places), names
        for value in element.xpath("@conf"):
            assert 0 <= float(value) <= 1
        for value in element.xpath("@index"):
            assert int(value) >= 0
        texts = [e for e in element if get_local_name(e) == "TextEquiv"]
        if len(texts) > 1:
            given = [e.get("index") for e in texts]
            assert None not in given and len(set(given)) == len(given)
    page = root.find("{*}Page")
    names = [get_local_name(child) for child in page]
    first = [name for name in names if name in FIRST_OF_PAGE]
    assert names[: len(first)] == first
    places = list(map(FIRST_OF_PAGE.index, first))
    assert places == sorted(places), names
    found = importlib.util.find_spec("ocrd_validators")
    if found and "2019-07-15" in root.tag:
        path = Path(found.submodule_search_locations[0], "page.xsd")
        etree.XMLSchema(etree.parse(path)).assertValid(root)


def check_alto(content):
    """Sees that the lines of bytes of ALTO 4 are in order."""
    root = etree.fromstring(content)
    for line in root.iter("{*}TextLine"):
        names = [get_local_name(child) for child in line]
        if names[:1] == ["Shape"]:
            names.pop(0)
        if names[-1] == "HYP":
            names.pop()
        assert names and set(names) <= {"String", "SP"}
        assert names[0] == names[-1] == "String"
        for string in line.iterfind("{*}String"):
            assert string.get("CONTENT") is not None
            for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"):
                assert float(string.get(name)) >= 0
            assert 0 <= float(string.get("WC")) <= 1
            assert " " not in string.get("CONTENT")
