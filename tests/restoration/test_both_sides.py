"""Documents are restored without the ink of their other sides, and told so."""

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.images.documents import DocumentWriter, read_pages
from keras_htr_gan.restoration.files import restore_files
from keras_htr_gan.restoration.other_side import take_out_other_side
from keras_htr_gan.restoration.restorer import Restorer
from tests.restoration.test_other_side import Misfit, write


class Copier:
    """A model that gives its lines back."""

    line_height, context_rows = 80, 0

    def predict_on_batch(self, images):
        return np.clip(images, 0, 1)


@pytest.fixture(scope="module")
def sides():
    """Both sides of a sheet: two uint8."""
    sheet = write(misfit=Misfit(8, 1))
    return [np.uint8(255 * side) for side in (sheet.front, sheet.back)]


@pytest.fixture
def scans(tmp_path, sides):
    folder = tmp_path / "scans"
    folder.mkdir()
    brown = np.float32([1.0, 0.9, 0.7])
    front = Image.fromarray(np.uint8(sides[0][..., None] * brown))
    front.save(folder / "1r.png")
    with DocumentWriter(folder / "two.tif") as writer:
        for side in sides:
            writer.write(255 - side, None)
    (folder / "1v.png").write_bytes(b"no image")
    Image.fromarray(sides[0]).save(folder / "alone.png")
    return folder


def restore(scans, output, **options):
    """Restores scans, and what is written in their colours in part: dict."""
    failed = restore_files(
        scans, output, Restorer(Copier()), purpose="readers", **options
    )
    written = {
        path.name: [page.colour for page in read_pages(path)]
        if path.suffix == ".png"
        else [page.grey for page in read_pages(path)]
        for path in sorted(output.glob("*.*"))
        if "preview" not in path.name
    }
    return failed, written


def test_pages_lose_the_other_sides_that_fit(scans, tmp_path, capsys):
    plain = restore(scans, tmp_path / "plain")[1]
    capsys.readouterr()
    failed, written = restore(scans, tmp_path / "out", other_side="auto")
    assert [path.name for path, _ in failed] == ["1v.png"]
    told = capsys.readouterr()
    assert "1r.png with 1v.png; two.tif, 1 with 2" in told.out
    assert "names: 1 pages, as" in told.out and "alone.png" in told.out
    lines = told.err.splitlines()
    assert any("taken out: 2 pages, as of" in x for x in lines), lines
    assert any("1v.png: not an image of a known kind" in x for x in lines)
    np.testing.assert_array_equal(written["1r.png"], plain["1r.png"])
    np.testing.assert_array_equal(written["alone.png"], plain["alone.png"])
    for one, other in zip(written["two.tif"], plain["two.tif"], strict=True):
        assert one.shape == other.shape
        # Of negatives, too.
        assert np.mean(np.abs(one - other) > 0.1) > 0.01


def test_a_file_is_the_other_side_of_a_page(scans, tmp_path, sides, capsys):
    Image.fromarray(sides[1]).save(tmp_path / "back.png")
    page = scans / "1r.png"
    plain = restore(page, tmp_path / "plain")[1]["1r.png"][0]
    _, written = restore(
        page, tmp_path / "out", other_side=tmp_path / "back.png", preview=True
    )
    cleaned = written["1r.png"][0].astype(float)
    assert np.mean(cleaned - plain > 25) > 0.01
    assert "taken out: 1 pages" in capsys.readouterr().err
    # Before and after: before is what was scanned.
    with Image.open(tmp_path / "out" / "1r_preview.png") as preview:
        before = np.asarray(preview.convert("RGB"))[:, : plain.shape[1]]
    np.testing.assert_array_equal(before, np.asarray(Image.open(page)))
    wrong = np.full_like(sides[0], 200)
    Image.fromarray(wrong).save(tmp_path / "wrong.png")
    _, same = restore(
        page, tmp_path / "same", other_side=tmp_path / "wrong.png"
    )
    np.testing.assert_array_equal(same["1r.png"][0], plain)
    told = capsys.readouterr().err
    assert "other side not found, nothing taken out: 1 pages" in told
    restorer, back = Restorer(Copier()), np.float32(sides[1]) / 255
    grey = next(read_pages(page)).grey
    np.testing.assert_array_equal(
        restorer.restore(page, other_side=tmp_path / "back.png"),
        restorer.restore(take_out_other_side(grey, back)),
    )


def test_the_command_says_what_does_not_go(scans, tmp_path):
    command = ["restore", str(scans), "-o", str(tmp_path / "out")]
    for more, told in (
        (["--other-side", str(scans / "1v.png")], "other side of one page"),
        (["--other-side", "auto", "--engine", "ray"], "not with --engine ray"),
    ):
        done = CliRunner().invoke(main, command + more)
        assert done.exit_code == 1 and told in done.stderr
        assert done.stderr.startswith("Error: --other-side: ")
        assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
