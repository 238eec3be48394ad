import numpy as np
import pytest

from keras_htr_gan.charset import Charset
from keras_htr_gan.data.found import (
    FoundSource,
    find_sure_paper,
    mix_found,
    open_found,
)
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import LineFormat, next_clean, pair_windows
from keras_htr_gan.data.recipes import degrade
from keras_htr_gan.data.sources import SourceOptions
from keras_htr_gan.errors import UserError
from tests.data.forms import write_lines

SOURCE = HandwritingSource("en", seed=1)


@pytest.mark.parametrize("number", range(8))
def test_ink_is_never_taken_for_sure_paper(number):
    clean = SOURCE[number]["clean"]
    rng = np.random.default_rng(number)
    aged = degrade(clean, rng)
    sure = find_sure_paper(aged)
    assert sure.shape == aged.shape and sure.dtype == "float32"
    assert 0 <= sure.min() and sure.max() <= 1
    assert sure[clean < 0.2].mean() < 0.1
    assert sure[clean > 0.98].mean() > 0.35


def test_paper_is_sure_under_uneven_light():
    clean = SOURCE[3]["clean"]
    light = np.linspace(0.4, 1.0, clean.shape[1], dtype="float32")
    sure = find_sure_paper(clean * light)
    assert sure[clean > 0.99].mean() > 0.8
    assert sure[clean < 0.3].max() < 0.2


def test_what_comes_through_is_neither_paper_nor_ink():
    clean, back = SOURCE[3]["clean"], SOURCE[4]["clean"]
    columns = min(clean.shape[1], back.shape[1])
    clean, back = clean[:, :columns], back[:, columns::-1][:, :columns]
    page = np.minimum(clean, 1.0 - 0.5 * (1.0 - back))
    assert find_sure_paper(page)[(back < 0.3) & (clean > 0.9)].mean() < 0.2


@pytest.fixture
def folder(tmp_path):
    return write_lines("imagefolder", tmp_path)[0]


def test_lines_as_found_are_marked_among_pairs(folder):
    options = SourceOptions(as_found=True)
    found = open_found([f"{folder}:0.25"], options)
    source = mix_found(SOURCE, found)
    form = LineFormat(
        32, (256, 512), 64, Charset(source.characters()), found=True
    )
    batches = pair_windows(source, form, 16, 0)[0]
    paired = np.concatenate([batch["paired"] for batch in batches])
    assert np.mean(paired == 0) == pytest.approx(0.25, abs=0.02)
    for batch in batches:
        assert batch["paired"].dtype == np.int32
        for line in np.flatnonzero(batch["paired"] == 0):
            inside = np.s_[line, :, : batch["widths"][line], 0]
            np.testing.assert_array_equal(
                batch["clean"][inside],
                find_sure_paper(batch["degraded"][inside]),
            )


def test_what_comes_through_is_of_a_clean_line():
    clean, found = {"clean": 1}, {"clean": 0, "found": True}
    other = {"clean": 2}
    assert next_clean([clean, found, found, other]) == [2, 2, 2, 1]
    assert next_clean([found, clean]) == [1, 1]
    assert next_clean([found]) == [None]


def test_a_found_line_is_its_scan(folder):
    ((splits, share),) = open_found(
        [f"{folder}:.5"], SourceOptions(as_found=True)
    )
    assert share == 0.5 and isinstance(splits["train"], FoundSource)
    item = splits["train"][0]
    assert item["found"] and item["degraded"].shape == item["clean"].shape
    assert "found" not in splits["validation"][0]


@pytest.mark.parametrize("share", ["", ":1", ":0.0", ":2"])
def test_a_share_is_asked_for(folder, share):
    with pytest.raises(UserError, match="`as_found`.*share"):
        open_found([f"{folder}{share}"], SourceOptions(as_found=True))


def test_some_lines_must_be_pairs(folder):
    with pytest.raises(UserError, match="come to 1.2"):
        open_found([f"{folder}:0.6"] * 2, SourceOptions(as_found=True))
