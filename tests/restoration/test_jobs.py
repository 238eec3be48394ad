import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.errors import UserError
from keras_htr_gan.restoration.files import restore_jobs
from keras_htr_gan.restoration.jobs import list_jobs
from keras_htr_gan.restoration.restorer import Restorer
from tests.data.readers.xml_files import alto, alto_line, page, page_line, write
from tests.strips import SOURCE


@pytest.fixture
def scans(tmp_path):
    return tmp_path / "scans"


def draw(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (9, 9)).save(folder / name)


def previews(scans, output, **options):
    """The name of each document to what its previews begin with."""
    jobs = list_jobs([scans], output, **options).jobs
    return {
        job.target.relative_to(output).as_posix(): job.preview for job in jobs
    }


def test_previews_have_the_name_of_their_document(scans, tmp_path):
    draw(scans, "a.png", "b/a.jpg", "c.d.tif")
    assert previews(scans, tmp_path / "out") == {
        "a.png": "a_preview",
        "b/a.jpg": "a_preview",
        "c.d.tif": "c.d_preview",
    }


def test_no_two_documents_have_one_preview(scans, tmp_path):
    draw(scans, "a.jpg", "a.png", "a.tif", "A.bmp", "b/a.jpg", "b/a.png")
    found = previews(scans, tmp_path / "out")
    assert found["a.png"] == "a.png_preview"
    assert found["b/a.jpg"] == "a_preview"
    assert found["b/a.png"] == "a.png_preview"
    # On some disks capitals make no other name.
    here = [name.lower() for path, name in found.items() if "/" not in path]
    assert len(set(here)) == 4


def test_a_preview_takes_no_name_of_a_document(scans, tmp_path):
    draw(scans, "a.png", "a_preview.png", "b.tif", "b_preview_002.png")
    draw(scans, "c.png", "c_preview.png", "c.png_preview.png")
    found = previews(scans, tmp_path / "out")
    assert found["a.png"] == "a.png_preview"
    assert found["a_preview.png"] == "a_preview_preview"
    assert found["b.tif"] == "b.tif_preview"
    assert found["c.png"] == "c.png_2_preview"


def test_what_an_earlier_call_drew_stays(scans, tmp_path):
    out = tmp_path / "out"
    draw(scans, "a.png")
    draw(out, "a.jpg", "a_preview.png")
    assert previews(scans, out) == {"a.png": "a.png_preview"}
    assert previews(scans, out, overwrite=True) == {"a.png": "a.png_preview"}
    draw(scans, "a.jpg")
    again = previews(scans, out, overwrite=True)
    assert again == {"a.jpg": "a_preview", "a.png": "a.png_preview"}


def test_pictures_of_each_kind_have_their_own_names(scans, tmp_path):
    draw(scans, "a.png", "a_evidence.png", "b.jpg", "b.png")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.png_evidence.json").touch()
    (first, second, *both) = list_jobs([scans], out).jobs
    assert (first.preview, first.evidence) == (
        *("a_preview", "a.png_2_evidence"),
    )
    assert second.evidence == "a_evidence_evidence"
    assert [job.evidence for job in both] == ["b_evidence", "b.png_evidence"]


def test_an_output_among_the_scans_is_not_restored_again(scans):
    draw(scans, "a.png", "b/c.png")
    for written in (False, True):
        if written:
            draw(scans, "out/a.png", "out/a_preview.png", "out/b/c.png")
        work = list_jobs([scans], scans / "out", overwrite=True)
        assert [job.source for job in work.jobs] == [
            scans / "a.png",
            scans / "b" / "c.png",
        ]
        assert len(work.left_out) == written


class Copier:
    """A generator that leaves everything as it is, and says how high it was."""

    line_height, context_rows = 32, 0

    def predict_on_batch(self, images):
        return np.clip(images, 0, 1)


@pytest.fixture
def pages(scans):
    write(scans, alto(alto_line("")))
    write(scans, page(page_line(""), "q.png"), "page/q.xml", image="q.png")
    write(scans, "<alto><Layout>", "cut.xml", image="cut.png")
    write(scans, page("", "gone.png"), "gone.xml", image=None)
    return scans


def test_files_of_pages_are_restored_with_them(pages, tmp_path):
    out = tmp_path / "out"
    before = {p: p.read_bytes() for p in pages.rglob("*.xml")}
    work = list_jobs([pages], out)
    assert [job.text_height for job in work.jobs] == [None, 40, 40]
    assert len(work.left_out) == 3
    for name, reason in (
        ("cut.xml", "not XML"),
        ("gone.xml", "missing: gone.png"),
        ("cut.png", "without PAGE or ALTO: 1 of 3"),
    ):
        assert any(name in x and reason in x for x in work.left_out)
    assert restore_jobs(work.jobs, Restorer(Copier()), quiet=True) == []
    xml = {p.relative_to(out).as_posix() for p in out.rglob("*.xml")}
    assert xml == {"p.xml", "page/q.xml"}
    assert (out / "p.xml").read_bytes() == before[pages / "p.xml"]
    assert b'<AlternativeImage filename="q.png"' in (
        (out / "page" / "q.xml").read_bytes()
    )
    assert {p: p.read_bytes() for p in before} == before
    # What is there is left, and what is missing made.
    assert list_jobs([pages], out).skipped == 3
    (out / "p.xml").unlink()
    (job,) = list_jobs([pages], out).jobs
    assert job.source.name == "p.png"


def test_a_file_is_not_written_for_a_page_that_failed(pages, tmp_path):
    work = list_jobs([pages / "p.png"], tmp_path / "out")
    (pages / "p.png").write_bytes(b"no image")
    failed = restore_jobs(work.jobs, Restorer(Copier()), quiet=True)
    assert [path.name for path, _ in failed] == ["p.png"]
    assert not list((tmp_path / "out").rglob("*.xml"))


def test_a_height_that_is_said_goes_before(pages, tmp_path, monkeypatch):
    seen = []

    def restore(self, image, text_height, *rest):
        seen.append(text_height)
        return image

    monkeypatch.setattr(Restorer, "restore_upright", restore)
    for given, expected in ((None, 40), (55.0, 55.0)):
        work = list_jobs([pages / "p.png"], tmp_path / "out", overwrite=True)
        restorer = Restorer(Copier())
        restore_jobs(work.jobs, restorer, text_height=given, quiet=True)
        assert seen.pop() == pytest.approx(expected)


def test_no_file_of_a_page_is_written_over(pages, tmp_path):
    write(pages / "deep", alto(alto_line("")))
    with pytest.raises(UserError, match="would both be written to"):
        list_jobs([pages / "p.png", pages / "deep" / "p.png"], tmp_path)
    write(pages / "in", page("", "r.png"), "p.xml", image="r.png")
    with pytest.raises(UserError, match=r"p\.xml would be written over"):
        list_jobs([pages / "in", pages / "p.xml"], pages)


@pytest.mark.parametrize(
    "options, rows",
    [
        ({}, 160),
        ({"purpose": "readers"}, 54),
        ({"purpose": "readers", "trim": False}, 160),
        ({"trim": True}, 54),
        ({"trim": True, "kind": "page"}, 160),
    ],
)
def test_lines_are_cut_to_their_writing(scans, tmp_path, options, rows):
    line = np.full((160, 940), 230, "uint8")
    ink = SOURCE[0]["clean"]
    line[48:112, 20 : 20 + ink.shape[1]] = 20 + 210 * ink
    write(scans, page(page_line(""), "known.png"), "known.xml", "known.png")
    for name in ("alone.png", "known.png"):
        Image.fromarray(line).save(scans / name)
    out = tmp_path / "out"
    options |= {"polarity": "dark"}
    work = list_jobs([scans], out)
    assert not restore_jobs(
        work.jobs, Restorer(Copier()), quiet=True, **options
    )
    with Image.open(out / "alone.png") as alone:
        assert alone.width == 940
        assert alone.height == pytest.approx(rows, abs=10)
    # The coordinates of its PAGE hold.
    with Image.open(out / "known.png") as known:
        assert known.size == (940, 160)
