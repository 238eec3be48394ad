"""The ink of the other side goes, and that of this one stays."""

import cv2
import numpy as np
import pytest

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.evaluation.sheets import Misfit, compose_sheet
from keras_htr_gan.images.documents import Page
from keras_htr_gan.restoration.other_side import (
    Side,
    is_sure,
    take_out_of_page,
    take_out_other_side,
)
from keras_htr_gan.restoration.registration import place_other_side

SOURCE = HandwritingSource("en", height=64, max_width=440)
PLACED = Misfit()


def write(seed=3, strength=0.6, misfit=PLACED, lines=3):
    rng = np.random.default_rng(seed)
    paper = np.clip(rng.normal(0.8, 0.01, (400, 400)), 0, 1).astype("float32")
    return compose_sheet(
        lambda: SOURCE[int(rng.integers(40))],
        [cv2.GaussianBlur(paper, (0, 0), 1)],
        strength,
        misfit,
        rng,
        lines,
    )


@pytest.fixture(scope="module")
def sheet():
    return write(misfit=Misfit(30, 2, 1.02, 3))


def measure_darkness_of(mask, image):
    """How much darker pixels are than the paper around them: float."""
    light = cv2.GaussianBlur(
        cv2.dilate(image, np.ones((31, 31), "uint8")), (0, 0), 15
    )
    return float(np.mean(1 - image[mask] / light[mask]))


def look_at_inks(sheet, cleaned):
    """How much of the other side is left, and how much this side lost."""
    own = cv2.dilate(np.uint8(sheet.ink < 0.5), np.ones((5, 5), "uint8")) > 0
    other = (sheet.other_ink < 0.5) & ~own
    left = measure_darkness_of(other, cleaned) / measure_darkness_of(
        other, sheet.front
    )
    lost = (np.abs(cleaned - sheet.front) > 0.1) & (sheet.ink < 0.5)
    return left, lost.sum() / max(1, (sheet.ink < 0.5).sum())


def test_ink_of_the_other_side_goes_and_of_this_one_stays(sheet):
    before = sheet.front.copy()
    cleaned = take_out_other_side(sheet.front, sheet.back)
    assert cleaned.dtype == "float32" and cleaned.shape == sheet.front.shape
    left, lost = look_at_inks(sheet, cleaned)
    assert left < 0.25 and lost < 0.02
    assert (cleaned >= sheet.front - 1e-6).all() and cleaned.max() <= 1
    np.testing.assert_array_equal(sheet.front, before)


@pytest.mark.parametrize(
    "change",
    [
        lambda back: cv2.resize(back[::-1, ::-1], None, fx=0.6, fy=0.6),
        lambda back: np.rot90(cv2.copyMakeBorder(back, 60, 0, 0, 90, 1)),
    ],
    ids=["smaller, on its head", "with a margin, on its side"],
)
def test_the_other_side_may_lie_otherwise(sheet, change):
    back = np.ascontiguousarray(change(sheet.back))
    left, lost = look_at_inks(sheet, take_out_other_side(sheet.front, back))
    assert left < 0.3 and lost < 0.02


def test_what_is_not_the_other_side_changes_nothing(sheet):
    front = sheet.front
    assert take_out_other_side(front, write(seed=4).back) is front
    assert take_out_other_side(front, front) is front
    assert (
        take_out_other_side(front, np.full((90, 70), 0.8, "float32")) is front
    )
    assert take_out_other_side(front, np.ones((1, 1), "float32")) is front


def test_where_nothing_comes_through_nothing_is_taken_out():
    sheet = write(strength=0.0)
    cleaned = take_out_other_side(sheet.front, sheet.back)
    np.testing.assert_array_equal(cleaned, sheet.front)


def test_where_sheets_lie_on_each_other_ink_has_to_come_through(rng):
    """As two sheets of one paper do, with its specks in one place."""
    sheet = write(strength=0.0)
    specks = np.float32(rng.random(sheet.front.shape) < 0.004)
    specks = 1 - 4 * cv2.GaussianBlur(specks, (0, 0), 1.5)
    front, back = sheet.front * specks, sheet.back * specks[:, ::-1]
    this = Side.look_at(front, 1.0)
    that = Side.look_at(np.ascontiguousarray(back[:, ::-1]), 1.0)
    assert is_sure(place_other_side(this.dark, that.dark))
    assert take_out_other_side(front, back) is front


def test_a_blank_side_loses_all_that_comes_through():
    sheet = write(lines=0)
    cleaned = take_out_other_side(sheet.front, sheet.back)
    assert look_at_inks(sheet, cleaned)[0] < 0.2


def test_colours_and_negatives_are_cleaned_as_well(sheet):
    brown = np.float32([0.9, 0.8, 0.6])
    colour = np.uint8(255 * sheet.front[..., None] * brown)
    page = Page(sheet.front, colour, (300, 300))
    cleaned = take_out_of_page(page, sheet.back)
    assert cleaned.dpi == page.dpi
    expected = 255 * cleaned.grey[..., None] * brown
    assert np.abs(cleaned.colour - expected).mean() < 1.5
    negative = Page(1 - sheet.front, 255 - colour, None)
    same = take_out_of_page(negative, 1 - sheet.back, polarity="light")
    np.testing.assert_allclose(1 - same.grey, cleaned.grey, atol=0.02)
    assert np.abs(255.0 - same.colour - cleaned.colour).mean() < 0.1
