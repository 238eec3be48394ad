import pytest
from lxml import etree

from keras_htr_gan.data.readers.page_xml import open_page
from keras_htr_gan.transcripts.splicing import Splicer, locate_elements
from tests.data.readers.xml_files import write
from tests.pages import PAGE

# Everything that another writer would write otherwise.
ODD = f"""<?xml version='1.0' encoding='ENCODING' standalone="yes"?>\r
<!-- a comment with <TextLine> -->\r
<pc:PcGts xmlns:pc='{PAGE}'\r
   xmlns:x = "urn:x"><?a pi?>\r
  <pc:Page imageFilename="p.png" imageWidth='200'\timageHeight="100"\r
     x:y="a>b">\r
    <pc:TextRegion id="r&amp;&#49;" >\r
      <pc:TextLine id="l"><pc:Coords points="1,1 9,9"/><!-- é -->\r
      </pc:TextLine>\r
      <pc:TextLine id="m"\r\n/>\r
    </pc:TextRegion >\r
  </pc:Page>\r
</pc:PcGts>\r
"""


def open_odd(folder, encoding="utf-8", declared="UTF-8"):
    data = ODD.replace("ENCODING", declared).encode(encoding)
    return data, open_page(write(folder, data), folder)


@pytest.mark.parametrize(
    "encoding, declared",
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("latin-1", "ISO-8859-1"),
        ("utf-16", "UTF-16"),
    ],
)
def test_what_is_not_changed_stays_byte_for_byte(tmp_path, encoding, declared):
    data, document = open_odd(tmp_path, encoding, declared)
    assert Splicer(document).make() == data
    splicer = Splicer(document)
    first, second = document.root.iter("{*}TextLine")
    splicer.insert_after(first[0], "<pc:X/>")
    splicer.fill(second, "€")
    splicer.set_attribute(second, "id", 'n"')
    splicer.set_attribute(document.page, "imageHeight", "7")
    splicer.set_attribute(first, "new", "1")
    made = splicer.make()
    expected = data.decode(encoding)
    for old, new in (
        ('9,9"/><!-- é', '9,9"/><pc:X/><!-- é'),
        ('id="m"\r\n/>', "id='n\"'\r\n>€</pc:TextLine>"),
        ('imageHeight="100"', 'imageHeight="7"'),
        ('<pc:TextLine id="l"', '<pc:TextLine new="1" id="l"'),
    ):
        assert old in expected
        expected = expected.replace(old, new)
    assert made == expected.encode(encoding, "xmlcharrefreplace")
    assert etree.fromstring(made) is not None


def test_elements_are_found_where_they_stand():
    data = b"<a><b x='>'/><c>t</c></a>"
    spans = locate_elements(data, "a.xml")
    assert [data[s.start : s.end] for s in spans] == [
        data,
        b"<b x='>'/>",
        b"<c>t</c>",
    ]
    assert data[spans[2].inside : spans[2].close] == b"t"
