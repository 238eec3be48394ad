import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.errors import UserError
from keras_htr_gan.restoration.turning import must_turn_sideways
from tests.strips import draw_strip


@pytest.mark.parametrize("seed", range(3))
def test_a_page_on_its_side_is_known(seed):
    page = np.float32(draw_strip(9, seed))
    assert not must_turn_sideways(page, "auto")
    for quarters in (1, 3):
        turned = np.ascontiguousarray(np.rot90(page, quarters))
        assert must_turn_sideways(turned, "auto")
        assert not must_turn_sideways(turned, "none")
    assert not must_turn_sideways(page[::-1, ::-1].copy(), "auto")
    assert must_turn_sideways(page, "side")


def test_in_doubt_nothing_is_turned(rng):
    line = np.float32(draw_strip(1))
    for image in (line, np.ones((300, 200), "float32"), line[:, :120]):
        assert not must_turn_sideways(np.ascontiguousarray(image), "auto")
    noise = rng.random((400, 300)).astype("float32")
    assert not must_turn_sideways(noise, "auto")


def test_another_turn_is_a_mistake():
    with pytest.raises(UserError, match="`turn`: 'left' is none of auto"):
        must_turn_sideways(np.ones((9, 9), "float32"), "left")


def test_what_is_turned_is_told_and_readers_see_the_scan(tmp_path):
    page = np.uint8(255 * np.clip(draw_strip(9), 0, 1))
    scans = tmp_path / "scans"
    scans.mkdir()
    Image.fromarray(np.rot90(page)).save(scans / "side.png")
    out = ["--runtime", "onnx", "--model", "latin_tiny", "-o"]

    def restore(*arguments):
        command = ["restore", str(scans), *out, *map(str, arguments)]
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
        return done.stderr

    told = restore(tmp_path / "auto")
    assert "on their side, turned: 1 pages" in told
    assert "turned" not in restore(tmp_path / "none", "--turn", "none")
    restore(tmp_path / "readers", "--for", "readers")
    images = [
        np.asarray(Image.open(tmp_path / name / "side.png")).astype(int)
        for name in ("auto", "readers")
    ]
    found = np.rot90(page).astype(int)
    # A page for readers hardly looks changed.
    assert np.abs(images[1] - found).mean() < np.abs(images[0] - found).mean()
