from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.readers.forms import read_lines
from keras_htr_gan.data.recipes import RECIPES, degrade
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import load_grey
from keras_htr_gan.images.polarity import (
    is_white_on_black,
    measure_writing,
    must_turn,
)
from tests import pages

DRAWN = HandwritingSource("en", seed=3, height=64, max_width=760)
REAL = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def lines():
    return [DRAWN[i]["clean"] for i in range(12)]


@pytest.fixture(scope="module")
def aged(lines):
    rng = np.random.default_rng(0)
    heavy = RECIPES["heavy"]
    return [
        degrade(line, rng, back, heavy)
        for line, back in zip(lines, lines[::-1], strict=True)
    ]


def cut_out(line, outside, share):
    """A line along a slope, as a polygon cuts it, on what is outside."""
    rows, columns = line.shape
    slope = np.linspace(0, rows * (1 / share - 1), columns).astype(int)
    page = np.full((slope[-1] + rows, columns), outside, "float32")
    for column, top in enumerate(slope):
        page[top : top + rows, column] = line[:, column]
    return page


def turned(images):
    return [is_white_on_black(image) for image in images]


@pytest.mark.parametrize("height", [16, 32, 64, 200])
def test_lines_of_any_size(lines, height):
    scaled = [
        cv2.resize(line, None, fx=height / 64, fy=height / 64) for line in lines
    ]
    assert not any(turned(scaled))
    assert all(turned([1 - line for line in scaled]))


def test_aged_lines(aged):
    assert not any(turned(aged))
    assert all(turned([1 - line for line in aged]))


@pytest.mark.parametrize("share", [0.8, 0.5])
def test_cut_outs_on_a_mask(lines, aged, share):
    for line in lines + aged:
        assert not is_white_on_black(cut_out(line, 0, share))
        assert not is_white_on_black(cut_out(line, 1, share))
    for line in lines:
        assert is_white_on_black(cut_out(1 - line, 0, share))
        assert is_white_on_black(cut_out(1 - line, 1, share))


def test_paper_of_any_grey(lines):
    for line in lines:
        for paper in (0.2, 0.4, 0.6):
            assert not is_white_on_black(paper * (0.4 + 0.6 * line))
        for ink in (0.3, 0.6):
            assert is_white_on_black(0.1 + ink * (1 - line))


@pytest.mark.parametrize("bed", [0.0, 0.1, 0.4])
def test_pages_on_a_dark_bed(lines, bed):
    drawn = [{"clean": line, "text": "a"} for line in lines[:6]]
    page = np.float32(pages.draw_page(drawn)[0] / 255)
    for large in (page, cv2.resize(page, None, fx=3, fy=3)):
        around = int(bed * max(large.shape))
        shown = np.pad(large, around, constant_values=0.02)
        assert not is_white_on_black(shown)
        assert is_white_on_black(np.pad(1 - large, around))


def test_where_there_is_no_writing():
    rng = np.random.default_rng(0)
    assert not is_white_on_black(np.zeros((64, 500), "float32"))
    assert not is_white_on_black(np.ones((64, 500), "float32"))
    assert not is_white_on_black(np.full((1, 1), 0.2, "float32"))
    for grey in (0.1, 0.5, 0.9):
        noise = rng.normal(grey, 0.02, (64, 500)).astype("float32")
        assert not is_white_on_black(np.clip(noise, 0, 1))
    assert not is_white_on_black(rng.random((64, 500), "float32"))
    # Dust on a blank page.
    blank = np.full((200, 500), 0.9, "float32")
    blank[rng.integers(0, 200, 30), rng.integers(0, 500, 30)] = 1
    assert not is_white_on_black(blank)


def test_a_negative_has_the_opposite_skewness(aged):
    for line in aged:
        skewness, grey = measure_writing(line)
        opposite = pytest.approx((-skewness, 1 - grey), abs=1e-3)
        assert measure_writing(1 - line) == opposite


def test_polarities(lines):
    dark, light = lines[0], 1 - lines[0]
    assert [must_turn(dark, p) for p in ("auto", "dark", "light")] == [
        False,
        False,
        True,
    ]
    assert [must_turn(light, p) for p in ("auto", "dark", "light")] == [
        True,
        False,
        True,
    ]
    with pytest.raises(UserError, match="`polarity`: 'white' is none of auto"):
        must_turn(dark, "white")


def test_real_handwriting():
    folder = REAL / "peraire-lines"
    if not folder.is_dir():
        pytest.skip(f"no real handwriting: {folder} is not there")
    images = [load_grey(p) for p in sorted(folder.glob("*.*g"))[::10]]
    assert len(images) > 30 and not any(turned(images))
    assert all(turned([1 - image for image in images]))


@pytest.mark.parametrize("flavour", ["page", "alto"])
def test_lines_of_a_negative_page_are_cut_from_black(
    tmp_path, monkeypatch, flavour
):
    """What is outside of a line's polygon is paper, whatever its grey."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    drawn = [DRAWN[i] for i in range(3)]
    folders = tmp_path / "positive", tmp_path / "negative"
    for folder in folders:
        folder.mkdir()
        pages.write_page(folder, "p", drawn, flavour, slope=60)
    path = folders[1] / "p.png"
    Image.fromarray(255 - np.asarray(Image.open(path).convert("L"))).save(path)
    positive, negative = (read_lines(folder).lines for folder in folders)
    assert len(positive) == len(negative) == 3
    for one, other in zip(positive, negative, strict=True):
        assert one.turned == () and other.turned == ("clean",)
        difference = abs(one.load("clean") - other.load("clean"))
        assert difference.max() < 0.01
    kept = read_lines(folders[1], polarity="dark").lines
    assert [line.turned for line in kept] == [(), (), ()]
    assert kept[0].load("clean").mean() < 0.5
