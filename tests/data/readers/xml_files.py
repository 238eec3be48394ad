"""Small PAGE-XML and ALTO files, each with its image, and what they give."""

import pytest
from PIL import Image

from keras_htr_gan.data.readers.page_xml import read_transcription
from keras_htr_gan.data.readers.safe_xml import PageError
from tests import pages

BOX = ((10, 10), (109, 10), (109, 49), (10, 49))


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
    found = read_transcription(write(folder, xml, **options), folder)
    assert found.problems == ()
    (line,) = found.lines
    return line


def refusal(path, folder):
    with pytest.raises(PageError) as caught:
        read_transcription(path, folder)
    message = str(caught.value)
    assert str(path.name) in message and "\n" not in message
    return message
