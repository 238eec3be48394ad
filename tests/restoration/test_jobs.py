import pytest
from PIL import Image

from keras_htr_gan.restoration.jobs import list_jobs


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
