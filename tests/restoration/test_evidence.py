import cv2
import numpy as np
import pytest

from keras_htr_gan.restoration.evidence import (
    find_unsupported_ink,
    measure_share,
)


def draw(rng, finer=1):
    """A scan on uneven paper, its ink, and ink that it does not have."""
    shape = 200 * finer, 600 * finer
    ink, invented = (np.ones(shape, "float32") for _ in range(2))
    for i in range(12):
        x = (30 + 44 * i) * finer
        centre, axes = (x, 60 * finer), (14 * finer, 20 * finer)
        cv2.ellipse(ink, centre, axes, 0, 0, 300, 0.0, 4 * finer)
    for i in range(4):
        x = (80 + 40 * i) * finer
        centre, axes = (x, 135 * finer), (10 * finer, 12 * finer)
        cv2.ellipse(invented, centre, axes, 0, 0, 300, 0.0, 4 * finer)
    light = np.linspace(0.9, 0.4, shape[1], dtype="float32")
    stain = np.ones_like(ink)
    cv2.circle(stain, (90 * finer, 135 * finer), 40 * finer, 0.6, -1)
    stain = cv2.GaussianBlur(stain, (0, 0), 8 * finer)
    soft = cv2.GaussianBlur(1 - ink, (0, 0), finer)
    scan = light * stain * (1 - 0.2 * soft) + rng.normal(0, 0.01, shape)
    return np.float32(scan), ink, invented


@pytest.mark.parametrize("finer", [1, 3])
def test_ink_that_the_scan_lacks_is_found_and_faint_ink_is_not(finer, rng):
    scan, ink, invented = draw(rng, finer)
    mask = find_unsupported_ink(scan, np.minimum(ink, invented))
    assert mask.dtype == bool and mask.shape == scan.shape
    assert mask[invented < 0.5].mean() > 0.95
    assert mask[ink < 0.5].mean() < 0.01
    assert not (mask & (np.minimum(ink, invented) >= 0.5)).any()
    assert not find_unsupported_ink(scan, ink).any()


def test_close_strokes_are_no_paper(rng):
    restored = np.ones((120, 240), "float32")
    restored[20:100].reshape(10, 8, 240)[:, :4] = 0.0
    scan = np.where(restored < 0.5, 0.68, 0.8)
    scan = np.float32(scan + rng.normal(0, 0.01, scan.shape))
    assert not find_unsupported_ink(scan, restored).any()


def test_it_does_not_matter_how_a_page_lies(rng):
    scan, ink, invented = draw(rng)
    restored = np.minimum(ink, invented)
    mask = find_unsupported_ink(scan, restored)
    turned = find_unsupported_ink(np.rot90(scan), np.rot90(restored))
    assert (np.rot90(turned, -1) != mask).mean() < 0.001


def test_shares_are_of_the_restored_ink(rng):
    scan, ink, invented = draw(rng)
    assert measure_share(np.zeros(ink.shape, bool), np.ones_like(ink)) == 0
    mask = find_unsupported_ink(scan, np.minimum(ink, invented))
    true = (invented < 0.5).sum() / (np.minimum(ink, invented) < 0.5).sum()
    assert measure_share(mask, np.minimum(ink, invented)) == pytest.approx(
        true, rel=0.06
    )


def test_nothing_is_unsupported_where_nothing_is_restored(rng):
    scan = np.float32(rng.random((20, 30)))
    assert not find_unsupported_ink(scan, np.ones_like(scan)).any()
    # As small as an image may be, and all of it ink.
    assert find_unsupported_ink(scan[:2, :1], 0 * scan[:2, :1]).shape == (2, 1)
    with pytest.raises(ValueError, match=r"\(20, 30\), restored \(19, 30\)"):
        find_unsupported_ink(scan, scan[1:])
