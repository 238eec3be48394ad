"""What is shown and written of scans, without a page around it."""

import numpy as np
import pikepdf
import pytest
from PIL import Image

from keras_htr_gan import read, restore_files
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import load_grey
from keras_htr_gan.images.documents import DocumentWriter, read_pages
from keras_htr_gan.restoration.comparing import (
    Comparison,
    compare_documents,
)
from keras_htr_gan.viewing.viewer import FOLDERS, Folders, Viewer, Wish
from tests import pages, pdfs


@pytest.fixture
def scans(tmp_path, rng):
    """A line, a page in colour, and two pages in a file of each kind."""
    folder = tmp_path / "scans"
    folder.mkdir()
    line = np.full((40, 300), 230, "uint8")
    line[14:26, 20:280:7] = 40
    Image.fromarray(line).save(folder / "line.png", dpi=(400, 400))
    page = rng.integers(0, 255, (120, 90, 3), "uint8")
    Image.fromarray(page).save(folder / "page.jpg", quality=95)
    with DocumentWriter(folder / "two.tif") as writer:
        for rows in (100, 110):
            writer.write(rng.integers(0, 255, (rows, 80), "uint8"), (300, 300))
    with pikepdf.new() as pdf:
        drawn = pdfs.add_image(pdf, pdfs.draw_scan(300, 200))
        pdfs.add_page(pdf, [(drawn, (200, 0, 0, 300, 0, 0))])
        pdfs.add_page(pdf, [])
        pdf.save(folder / "two.pdf")
    return folder


@pytest.fixture
def viewer():
    return Viewer()


@pytest.fixture
def wish(exported):
    models = [str(exported[name]) for name in ("generator", "recognizer")]
    return lambda *way: Wish(*models, *way)


@pytest.mark.parametrize("name", ["line.png", "page.jpg", "two.tif", "two.pdf"])
@pytest.mark.parametrize("purpose", ["eyes", "readers"])
def test_what_is_written_is_what_restore_writes(
    name, purpose, scans, viewer, wish, tmp_path
):
    out, way = tmp_path / "out", wish(purpose, 0.7)
    failed = restore_files(
        scans / name,
        out,
        way.model,
        purpose=purpose,
        strength=0.7,
        quiet=True,
    )
    # Seen before it is written, as on the page.
    view = viewer.view(scans / name, 0, way)
    written = viewer.write(scans / name, way)
    assert not failed and written.name == name
    assert compare_documents(written, out / name) == Comparison(same=True)
    assert view.before.shape[:2] == view.after.shape[:2]
    if name in ("line.png", "two.tif"):
        page = next(read_pages(written))
        np.testing.assert_array_equal(np.rint(255 * page.grey), view.after)


def test_another_strength_does_not_run_the_model_again(
    scans, viewer, wish, monkeypatch
):
    model, runs = viewer.restorer(wish().model).model, []
    run = type(model).predict_on_batch

    def count(self, images):
        runs.append(len(images))
        return run(self, images)

    monkeypatch.setattr(type(model), "predict_on_batch", count)
    for name in ("line.png", "page.jpg"):
        views = [
            viewer.view(scans / name, 0, wish("eyes", strength))
            for strength in (1.0, 0.3, 0.0)
        ]
        once = len(runs)
        viewer.write(scans / name, wish("eyes", 0.5))
        assert len(runs) == once > 0
        assert not np.array_equal(views[0].after, views[1].after)
        runs.clear()
    view = viewer.view(scans / "line.png", 0, wish("eyes", 0.0))
    np.testing.assert_array_equal(view.before, view.after)
    viewer.view(scans / "page.jpg", 0, wish("eyes", 1.0, 50))
    assert runs, "with another height of lines it is another page"


def test_pictures_have_all_pixels_and_before_is_saved_once(scans, viewer, wish):
    saved = []
    for strength in (1.0, 0.5):
        view = viewer.view(scans / "page.jpg", 0, wish("eyes", strength))
        saved.append(viewer.save(view))
        for path, image in zip(
            saved[-1], (view.before, view.after), strict=True
        ):
            np.testing.assert_array_equal(np.asarray(Image.open(path)), image)
    assert saved[0][0] == saved[1][0] and saved[0][1] != saved[1][1]
    for _ in range(FOLDERS):
        viewer.folders.make()
    assert viewer.save(view)[0].exists()


def test_a_line_is_read_before_and_after_and_a_page_is_not(scans, viewer, wish):
    view = viewer.view(scans / "line.png", 0, wish())
    after = load_grey(viewer.write(scans / "line.png", wish()))
    texts = read(wish().recognizer, [load_grey(scans / "line.png"), after])
    assert [reading.text for reading in view.readings] == texts
    assert viewer.view(scans / "page.jpg", 0, wish()).readings is None


def test_any_page_of_a_document_is_seen(scans, viewer, wish):
    shapes = [
        viewer.view(scans / "two.tif", i, wish()).after.shape for i in (1, 0)
    ]
    assert shapes == [(110, 80), (100, 80)]
    with pytest.raises(UserError, match="two.tif: there is no page 3"):
        viewer.view(scans / "two.tif", 2, wish())
    with pytest.raises(UserError, match="two.pdf: page 2 has no scan on it"):
        viewer.view(scans / "two.pdf", 1, wish())


def test_a_scan_that_has_changed_is_seen_anew(scans, viewer, wish):
    before = viewer.view(scans / "line.png", 0, wish()).before
    Image.fromarray(before[:, ::-1]).save(scans / "line.png")
    after = viewer.view(scans / "line.png", 0, wish()).before
    np.testing.assert_array_equal(after, before[:, ::-1])


def test_lines_are_as_high_as_their_page_xml_says(viewer, wish, tmp_path):
    pages.write_pages(tmp_path, 1, 3)
    viewer.view(tmp_path / "page_0001.png", 0, wish())
    job = viewer.seen[1].job
    assert job.text_height and job.transcribed
    (key,) = viewer.restorer(wish().model).kept
    assert job.text_height in key


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\nand no more"])
def test_a_broken_scan_is_named_and_the_next_one_is_shown(
    content, scans, viewer, wish
):
    (scans / "broken.png").write_bytes(content)
    for use in (lambda *a: viewer.view(a[0], 0, a[1]), viewer.write):
        with pytest.raises(UserError, match="^broken.png: "):
            use(scans / "broken.png", wish())
    assert viewer.view(scans / "line.png", 0, wish()).after.shape == (40, 300)


def test_a_line_of_no_height_is_refused():
    with pytest.raises(UserError, match="at least 4 pixels high, not 2"):
        Wish(text_height=2)


def test_folders_go_but_for_the_last():
    folders = Folders()
    made = [folders.make() for _ in range(FOLDERS + 2)]
    assert [folder.exists() for folder in made] == [False] * 2 + [
        True
    ] * FOLDERS
