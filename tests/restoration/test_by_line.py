import cv2
import numpy as np
import pytest

from keras_htr_gan.images.documents import Page
from keras_htr_gan.restoration.by_line import PageVersions
from keras_htr_gan.restoration.rendering import render_page

OUTLINES = [
    ((20, 10), (180, 10), (180, 40), (20, 40)),
    ((20, 41), (180, 41), (180, 70), (20, 70)),
    ((20, 65), (180, 65), (180, 95), (20, 95)),
]


@pytest.fixture(params=["grey", "colour"])
def versions(request, rng):
    levels = rng.integers(0, 256, (200, 200, 3), "uint8")
    colour = levels if request.param == "colour" else None
    grey = np.float32(levels[..., 0] / np.float32(255))
    both = rng.random((2, 200, 200), "float32")
    return PageVersions.of(Page(grey, colour, None), both, None)


def inside(outline):
    mask = np.zeros((200, 200), "uint8")
    cv2.fillPoly(mask, [np.int32(outline)], 1)
    return mask > 0


def compose(versions, outlines, chosen):
    restored, strengths = versions.compose(outlines, chosen)
    assert restored.dtype == "float32" and strengths.dtype == "uint8"
    return render_page(versions.page, restored, strengths, "colour")


def test_each_line_is_as_its_version(versions):
    some = OUTLINES[::2]
    written = np.int16(compose(versions, some, [1, 2]))
    for outline, version in zip(some, (1, 2), strict=True):
        own = inside(outline)
        expected = versions.render(version)[own]
        np.testing.assert_allclose(written[own], expected, atol=1, rtol=0)


def test_what_is_as_found_is_so_to_the_pixel(versions):
    found = versions.render(0)
    page = versions.page
    assert (
        found
        == (
            np.uint8(np.round(255 * page.grey))
            if page.colour is None
            else page.colour
        )
    ).all()
    written = compose(versions, OUTLINES, [2, 0, 2])
    # Where the third line overlaps, too, and where no line is near.
    own = inside(OUTLINES[1])
    assert (written[own] == found[own]).all()
    assert (written[120:] == found[120:]).all()
    assert (written[:40, 40:160] != found[:40, 40:160]).any()


def test_beside_a_line_it_fades_away():
    page = Page(np.full((200, 200), 0.5, "float32"), None, None)
    white = np.ones((200, 200), "float32")
    versions = PageVersions(page, white, white, None)
    written = compose(versions, OUTLINES[:1], [2])
    column = np.int16(written[25:70, 100])
    assert column[0] == 255 and column[-1] == 128
    assert (np.diff(column) <= 0).all() and len(set(column.tolist())) > 5


def test_a_page_without_lines_is_as_found(versions):
    written = compose(versions, [], [])
    assert (written == versions.render(0)).all()
