import pytest

from keras_htr_gan.data.readers.page_xml import open_page
from keras_htr_gan.transcripts.image_names import name_restored_image
from tests.data.readers.xml_files import alto, alto_line, page, page_line, write
from tests.transcripts.schemas import check_page


def name(folder, xml, given="p.png", mode="grey"):
    document = open_page(write(folder, xml), folder)
    return name_restored_image(document, given, mode).decode()


def test_alto_names_the_image_that_is_written(tmp_path):
    xml = alto(alto_line(""))
    assert name(tmp_path, xml) == xml
    assert name(tmp_path, xml, "p.png.png") == xml.replace(
        "<fileName>p.png<", "<fileName>p.png.png<"
    )


@pytest.mark.parametrize(
    "mode, comments",
    [
        ("grey", "grayscale_normalized,despeckled"),
        ("binarize", "binarized,despeckled"),
        ("colour", "despeckled"),
    ],
)
def test_page_has_it_as_another_image(tmp_path, mode, comments):
    xml = page(page_line(""))
    image = f'<AlternativeImage filename="p.png" comments="{comments}"/>'
    written = name(tmp_path, xml, mode=mode)
    assert written == xml.replace("<TextRegion>", f"{image}<TextRegion>")
    check_page(written.encode())
    # Once is enough, and the last is the newest.
    assert name(tmp_path, written, mode=mode) == written
    again = name(tmp_path, written, "q.png", mode=mode)
    assert again == written.replace(image, image + image.replace("p.", "q."))


def test_page_without_anything_in_it(tmp_path):
    xml = page("").replace("<TextRegion></TextRegion></Page>", "")
    xml = xml.replace('imageHeight="100">', 'imageHeight="100"/>')
    written = name(tmp_path, xml)
    assert written.endswith('despeckled"/></Page></PcGts>')


def test_image_of_another_folder_stays_there(tmp_path):
    xml = page(page_line(""), "images/p.png")
    document = open_page(write(tmp_path, xml, image="images/p.png"), tmp_path)
    written = name_restored_image(document, "p.png", "grey")
    assert b'filename="images/p.png"' in written
