"""What `latin_small` does to pages as people have them."""

import cv2
import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.data.augmentation import broaden_strokes
from keras_htr_gan.evaluation.metrics.binary import score_ink
from keras_htr_gan.restoration.restorer import Restorer
from tests.strips import SOURCE, STEP


@pytest.fixture(scope="module")
def restorer():
    return Restorer.from_preset("latin_small", "keras")


def draw_page(lines=6, margin=40):
    """Lines at even light, and their ink alone: float32, 0 = ink."""
    page = np.ones((STEP * lines + 2 * margin, 760), "float32")
    for number in range(lines):
        line = SOURCE[number]["clean"][:, : 760 - 2 * margin]
        top = margin + STEP * number
        page[top : top + 64, margin : margin + line.shape[1]] = line
    return page, np.float32(page > 0.5)


def f_measure(ink, restored):
    return score_ink([ink], [restored])["F-measure"]


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_hairlines_are_kept(restorer, rng, width):
    shape, finer = (520, 1300), 4
    ink = np.zeros((finer * shape[0], finer * shape[1]), "uint8")
    middle = np.zeros(shape, bool)
    x = np.linspace(100, 1200, 4000)
    for wave in range(5):
        y = 150 + 50 * wave + 14 * np.sin(x / (23 + 5 * wave) + wave)
        points = np.int32(finer * np.stack([x, y], 1))
        cv2.polylines(ink, [points], False, 255, finer * width)
        middle[np.int32(y), np.int32(x)] = True
    ink = cv2.resize(ink, shape[::-1], interpolation=cv2.INTER_AREA) / 255
    page = 0.85 * (1 - 0.8 * cv2.GaussianBlur(ink, (0, 0), 0.6))
    page = np.float32(page + rng.normal(0, 0.01, shape))
    restored = restorer.restore(page, text_height=200, kind="page")
    near = cv2.dilate(np.uint8(restored < 0.5), np.ones((3, 3), "uint8"))
    assert near[middle].mean() >= 0.95


def test_broad_strokes_of_faint_ink_are_restored_whole(restorer, rng):
    page, _ = draw_page()
    broad = broaden_strokes(page, 6 / len(page))
    ink = np.float32(broad > 0.5)
    scan = 0.8 - 0.25 * (1 - cv2.GaussianBlur(broad, (0, 0), 0.8))
    scan = np.float32(scan + rng.normal(0, 0.01, page.shape))
    assert f_measure(ink, restorer.restore(scan, text_height=64)) > 90


@pytest.mark.parametrize("colour", [(40, 90, 190), (150, 110, 60)])
def test_coloured_paper_comes_out_white(restorer, tmp_path, colour):
    page, ink = draw_page()
    paper = np.float32(colour) / 255
    image = np.uint8(255 * paper * (0.15 + 0.85 * page[..., None]))
    Image.fromarray(image).save(tmp_path / "page.png")
    restored = restorer.restore(tmp_path / "page.png")
    assert f_measure(ink, restored) > 90
    assert restored[ink == 1].mean() > 0.95


def test_a_word_alone_is_restored(restorer):
    page, ink = draw_page(1)
    start = np.flatnonzero((ink == 0).any(axis=0))[0]
    blank = np.ones((900, 760), "float32")
    blank[400:464, 300:420] = page[40:104, start : start + 120]
    truth = np.float32(blank > 0.5)
    assert f_measure(truth, restorer.restore(0.2 + 0.6 * blank)) > 90


def test_a_dark_corner_is_paper_and_its_writing_is_kept(restorer):
    page, ink = draw_page()
    down, along = (np.linspace(1, 0, side) for side in page.shape)
    near = np.clip(1.6 * np.hypot(down[:, None], along) / 2**0.5, 0, 1)
    light = np.float32(0.15 + 0.75 * near)
    restored = restorer.restore(light * (0.25 + 0.75 * page))
    assert f_measure(ink, restored) > 90
    assert restored[ink == 1].mean() > 0.97


def test_a_bed_does_not_come_out_as_ink(restorer):
    page, ink = draw_page()
    bed = np.full((page.shape[0] + 160, page.shape[1] + 160), 0.06, "float32")
    bed[80:-80, 80:-80] = 0.15 + 0.7 * page
    truth = np.pad(ink, 80, constant_values=1)
    cleared = restorer.restore(bed)
    kept = restorer.restore(bed, keep_borders=True)
    assert f_measure(truth, cleared) > 90
    around = np.pad(np.zeros(page.shape, bool), 80, constant_values=True)
    assert (cleared[around] == 1).all()
    # Where they are kept the edge of the sheet is taken for ink.
    assert (kept[around] < 0.5).sum() > 500


def test_a_page_on_its_side_is_restored_as_if_upright(restorer):
    page, ink = draw_page(9)
    page = 0.2 + 0.7 * page
    side = np.ascontiguousarray(np.rot90(page))
    restored = np.rot90(restorer.restore(side), -1)
    assert f_measure(ink, restored) > 90
    assert np.abs(restored - restorer.restore(page)).mean() < 1e-3
