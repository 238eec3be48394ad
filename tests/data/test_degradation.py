import numpy as np
import pytest

from keras_htr_gan.data.degradation import DEGRADATIONS, NEED_OTHER
from keras_htr_gan.data.textures import measured_in
from tests.data.drawn import damage, drawn, generator

each = pytest.mark.parametrize("name", DEGRADATIONS)


def apply(name, image, other, severity=1.0, seed=0):
    back = (other,) if name in NEED_OTHER else ()
    return DEGRADATIONS[name](image, generator(seed), severity, *back)


@each
def test_keeps_shape_type_and_range_and_the_input(name, clean, other):
    before, other_before = clean.copy(), other.copy()
    image = apply(name, clean, other)
    assert image.shape == clean.shape and image.dtype == np.float32
    assert 0 <= image.min() and image.max() <= 1
    assert not np.shares_memory(image, clean)
    np.testing.assert_array_equal(clean, before)
    np.testing.assert_array_equal(other, other_before)


@each
def test_the_seed_decides(name, clean, other):
    image = apply(name, clean, other, seed=3)
    again = apply(name, clean, other, seed=3)
    np.testing.assert_array_equal(image, again)
    others = [apply(name, clean, other, seed=s) for s in range(4, 8)]
    assert all((image != another).any() for another in others)


@each
def test_the_place_in_memory_does_not_matter(name, other):
    image, places = drawn(32)[:, :-3], generator()
    for seed in range(12):
        seen, taken = set(), []
        for _ in range(4):
            seen.add(apply(name, image, other, 0.7, seed).tobytes())
            taken += [
                np.empty(n, "uint8") for n in places.integers(9999, size=9)
            ]
        assert len(seen) == 1


@each
def test_no_severity_no_damage(name, clean, other):
    image = apply(name, clean, other, severity=0.0)
    assert not np.shares_memory(image, clean)
    np.testing.assert_array_equal(image, clean)


@each
def test_little_severity_does_little(name, clean, other):
    seeds = range(5)
    little = [apply(name, clean, other, 0.03, seed) for seed in seeds]
    assert np.mean([damage(image, clean) for image in little]) < 0.02


@each
def test_severity_orders_the_damage(name, clean, other):
    means = [
        np.mean(
            [
                damage(apply(name, clean, other, severity, seed), clean)
                for seed in range(12)
            ]
        )
        for severity in (0.25, 0.5, 0.75, 1.0)
    ]
    assert means == sorted(set(means))
    assert means[-1] > 1e-3


@each
@pytest.mark.parametrize("shape", [(32, 8), (64, 8), (128, 8), (33, 101)])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_narrow_and_blank_lines(name, shape, level, other):
    blank = np.full(shape, level, "float32")
    for seed in range(5):
        image = apply(name, blank, other, seed=seed)
        assert image.shape == shape and image.dtype == np.float32
        assert np.isfinite(image).all()
        assert 0 <= image.min() and image.max() <= 1


@each
def test_heights_look_alike(name):
    # Not jpeg, whose blocks are of 8 pixels at any height.
    damages = []
    for height in (32, 64, 128):
        lines = [drawn(height, index) for index in range(6)]
        images = [
            apply(name, line, lines[i - 1], seed=i)
            for i, line in enumerate(lines)
        ]
        damages.append(np.mean([*map(damage, images, lines)]))
    ratio = max(damages) / min(damages)
    assert ratio < (4 if name == "jpeg" else 2)


@pytest.mark.parametrize("name", NEED_OTHER)
def test_what_comes_through_is_the_other_line(name, clean, other):
    blank = np.ones((40, 90), "float32")
    untouched = apply(name, clean, blank)
    np.testing.assert_allclose(untouched, clean, atol=1e-6)
    image = apply(name, np.ones_like(clean), other)
    assert image.min() < 0.97


@pytest.mark.parametrize("name", NEED_OTHER)
def test_what_comes_through_is_mirrored_and_off_the_line(name):
    # Darkest where it begins: mirrored, ink rises slowly and ends at once.
    wedge = np.ones((64, 96), "float32")
    wedge[24:40, 20:76] = np.linspace(0.0, 1.0, 56, dtype="float32")
    middles = []
    for seed in range(8):
        ink = 1.0 - apply(name, np.ones((64, 512), "float32"), wedge, seed=seed)
        if ink.any():
            assert (np.diff(ink.sum(0)) ** 3).sum() < 0
            middles.append(int(ink.sum(1).argmax()))
    assert len(middles) > 5
    assert max(middles) - min(middles) > 24


@pytest.mark.parametrize("height", [32, 64])
def test_the_front_is_darker_than_the_other_side(height):
    lines = [drawn(height, index) for index in range(12)]
    ratios = []
    for seed, line in enumerate(lines):
        page = np.pad(line, ((0, 2 * height), (0, 0)), constant_values=1.0)
        pale = apply("faded_ink", page, None, 0.7, seed)
        pale = apply("uneven_ink", pale, None, 0.7, seed)
        with measured_in(height):
            both = apply("other_side", pale, lines[seed - 1], 1.0, seed)
        front, back = (1.0 - pale)[page < 0.5], (1.0 - both)[page > 0.98]
        back = back[back > 0.5 * back.max()]
        ratios.append(front.mean() / back.mean())
    assert 1.15 < np.mean(ratios) < 1.8 and min(ratios) > 1.0


def test_the_other_side_may_be_nearly_as_dark(clean, other):
    blank = np.ones_like(clean)
    darkest = [
        1 - apply("other_side", blank, other, 1.0, seed).min()
        for seed in range(20)
    ]
    assert max(darkest) > 0.6
    weaker = [
        1 - apply("other_side", blank, other, 0.3, seed).min()
        for seed in range(20)
    ]
    assert 0.1 < min(weaker) and max(weaker) < 0.3


def test_the_other_side_lies_on_the_lines_and_between_them(clean, other):
    rows = np.zeros(192)
    with measured_in(64):
        for seed in range(40):
            page = np.ones((192, 300), "float32")
            rows += 1 - apply("other_side", page, other, 1.0, seed).mean(axis=1)
    assert rows.min() > 0.4 * rows.max()


def test_leaders_are_thin_and_printed_from_side_to_side(clean):
    blank = np.ones((64, 512), "float32")
    found = 0
    for seed in range(30):
        dark = apply("leaders", blank, None, 1.0, seed) < 0.6
        if dark.any():
            found += 1
            assert dark.mean() < 0.06 and dark.any(axis=1).sum() < 20
            assert np.ptp(np.flatnonzero(dark.any(axis=0))) > 20
    assert found > 20


def test_an_edge_hides_no_ink_and_little_of_the_page():
    line = np.pad(drawn(64, 3), ((8, 8), (24, 60)), constant_values=1.0)
    ink, beds = line < 0.5, 0
    for seed in range(60):
        image = apply("page_edge", line, None, 1.0, seed)
        assert image[ink].mean() < 0.25
        assert np.median(image[~ink]) > 0.5
        bed = (image < 0.3) & ~ink
        covered = max(bed.all(axis=0).mean(), bed.all(axis=1).mean())
        assert covered < 0.16
        beds += covered > 0.01
    assert 10 < beds < 50


def test_an_edge_is_as_steep_as_its_sheet_lies():
    blank = np.ones((64, 512), "float32")
    widest = 0
    for seed in range(40):
        bed = apply("page_edge", blank, None, 1.0, seed) < 0.3
        if bed[:, 0].all() and not bed[0].all():
            ends = bed.argmin(axis=1)
            widest = max(widest, ends.max())
            assert np.ptp(ends) < 8
    assert 20 < widest < 0.17 * 512
