import cv2
import numpy as np
import pytest

from keras_htr_gan.data.paper import (
    PAPER_SIDE,
    cut_blank_paper,
    find_blank_paper,
    spread_paper,
    take_sheet,
)
from keras_htr_gan.data.textures import measured_in
from keras_htr_gan.errors import UserError
from tests.data.drawn import generator


def write_scan(path, rng, rows=800):
    page = np.float32(0.8 + rng.normal(0, 0.005, (rows, 1200)))
    page[:, :800] *= np.where(rng.random((rows, 800)) < 0.05, 0.2, 1.0)
    cv2.imwrite(str(path), np.uint8(255 * page))


def test_paper_is_cut_where_nothing_is_written(rng):
    page = np.float32(0.8 + rng.normal(0, 0.005, (1000, 1200)))
    page[:, :700] *= np.where(rng.random((1000, 700)) < 0.05, 0.2, 1.0)
    page[:100] = 0.05
    papers = cut_blank_paper(page)
    assert 1 <= len(papers) <= 2
    for paper in papers:
        assert paper.shape == (PAPER_SIDE, PAPER_SIDE) and paper.min() > 0.7
    assert cut_blank_paper(page[:, :700]) == []
    assert len(cut_blank_paper(page, most=1)) == 1


def test_paper_of_a_folder_is_found(tmp_path, rng):
    write_scan(tmp_path / "a.png", rng)
    (tmp_path / "in").mkdir()
    write_scan(tmp_path / "in" / "b.png", rng)
    papers, pages = find_blank_paper(tmp_path)
    assert pages == 2 and len(papers) == 4
    one, pages = find_blank_paper(tmp_path / "a.png", most=1)
    assert pages == len(one) == 1


def test_scans_without_blank_paper_are_told(tmp_path, rng):
    with pytest.raises(UserError, match=f"`paper`: {tmp_path}: no scan"):
        find_blank_paper(tmp_path)
    with pytest.raises(UserError, match="`paper`: .*missing.png: no such"):
        find_blank_paper(tmp_path / "missing.png")


def test_paper_is_laid_mirrored():
    paper = np.arange(16, dtype="float32").reshape(4, 4).repeat(8, 0)
    paper = paper.repeat(8, 1)
    sheet = spread_paper(paper, (20, 100), 1.0)
    assert sheet.shape == (20, 100)
    np.testing.assert_array_equal(sheet[:, :32], paper[:20])
    np.testing.assert_array_equal(sheet[:, 32:64], paper[:20, ::-1])
    np.testing.assert_array_equal(sheet[:, 64:96], paper[:20])


def test_a_sheet_has_a_light_of_its_own_and_the_grain_of_its_paper():
    papers = [
        np.full((PAPER_SIDE, PAPER_SIDE), 0.5, "float32"),
        np.float32(0.7 + generator().normal(0, 0.05, (PAPER_SIDE, PAPER_SIDE))),
    ]
    lights, grains = [], []
    for seed in range(40):
        sheet = take_sheet(papers, (64, 900), generator(seed))
        assert sheet.shape == (64, 900) and sheet.dtype == np.float32
        assert 0 <= sheet.min() and sheet.max() <= 1
        lights.append(np.median(sheet))
        grains.append(sheet.std())
        same = take_sheet(papers, (64, 900), generator(seed))
        np.testing.assert_array_equal(sheet, same)
    assert 0.58 < min(lights) < 0.7 and 0.9 < max(lights) <= 1.0
    assert min(grains) < 1e-5 and max(grains) > 0.02


def test_paper_is_as_large_as_the_line():
    waves = np.sin(np.arange(PAPER_SIDE) / 8.0, dtype="float32")
    papers = [0.7 + 0.1 * waves[:, None] * waves]

    def steepness(height, rows):
        with measured_in(height):
            sheets = [
                take_sheet(papers, (rows, 300), generator(seed))
                for seed in range(30)
            ]
        return np.mean([np.abs(np.diff(sheet)).mean() for sheet in sheets])

    of_line = steepness(None, 64)
    assert steepness(64, 128) == pytest.approx(of_line, rel=0.1)
    assert steepness(None, 128) < 0.7 * of_line
