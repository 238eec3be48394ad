from pathlib import Path

from keras_htr_gan.transcripts.finding import find_transcripts
from tests.data.readers.xml_files import alto, alto_line, page, write


def names(found):
    return {
        image.name: [t.name.as_posix() for t in some]
        for image, some in found.of_image.items()
    }


def test_files_beside_images_and_in_their_folders(tmp_path):
    write(tmp_path, alto(alto_line("")))
    write(tmp_path, page("", "p.png"), "page/p.xml", image=None)
    write(tmp_path, page("", "q.png"), "deep/page/q.xml", image="deep/q.png")
    (tmp_path / "mets.xml").write_text("<mets/>", encoding="utf-8")
    (tmp_path / "._p.xml").write_bytes(b"\0<alto")
    found = find_transcripts([tmp_path])
    assert names(found) == {
        "p.png": ["p.xml", "page/p.xml"],
        "q.png": ["deep/page/q.xml"],
    }
    assert not found.problems and not found.notes
    single = find_transcripts([tmp_path / "p.png"])
    assert names(single) == {"p.png": ["p.xml", "page/p.xml"]}
    xml = find_transcripts([tmp_path / "deep" / "page" / "q.xml"])
    assert names(xml) == {"q.png": ["page/q.xml"]}


def test_output_among_them_is_left_out(tmp_path):
    write(tmp_path, alto(alto_line("")))
    write(tmp_path / "out", alto(alto_line("")))
    found = find_transcripts([tmp_path], tmp_path / "out")
    assert names(found) == {"p.png": ["p.xml"]}


def test_a_file_of_another_image_is_not_that_of_one(tmp_path):
    xml = page("", "other.png")
    write(tmp_path, xml, "p.xml", image="other.png")
    write(tmp_path, xml, "x.xml", image="p.png")
    assert not find_transcripts([tmp_path / "p.png"]).of_image


def test_problems_name_the_file(tmp_path):
    write(tmp_path, page("", "gone.png"), image=None)
    ((path, reason),) = find_transcripts([Path(tmp_path)]).problems
    assert path == tmp_path / "p.xml" and "missing: gone.png" in reason
