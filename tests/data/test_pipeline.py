import itertools
from collections import Counter

import numpy as np

from keras_htr_gan.charset import Charset
from keras_htr_gan.data.feeding import (
    FixedBatches,
    TrainingBatches,
    form_reading,
)
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import (
    WINDOW,
    LineFormat,
    pair_windows,
    reading_windows,
)
from keras_htr_gan.data.sources import Mixture
from keras_htr_gan.pixels import PADDING

SOURCE = HandwritingSource("en", seed=1)
FORMAT = LineFormat(32, (160, 256), 32, Charset(SOURCE.characters()))


def equal(a, b):
    return all(np.allclose(a[name], b[name], atol=1e-5) for name in a)


def pairs(source, batch_size, seed=0):
    return TrainingBatches(pair_windows(source, FORMAT, batch_size, seed))


def batches_of(source, batch_size, seed=0):
    return pairs(source, batch_size, seed).drawn_from()


class Finite:
    """The first lines of the source, as a finite one."""

    finite = True

    def __init__(self, lines):
        self.lines = [SOURCE[i] for i in range(lines)]

    def __len__(self):
        return len(self.lines)

    def __getitem__(self, index):
        return self.lines[index]


def texts_of(batch):
    return [
        FORMAT.charset.decode(labels[:length])
        for labels, length in zip(
            batch["labels"], batch["label_lengths"], strict=True
        )
    ]


def test_a_batch_is_what_the_model_takes():
    window = list(itertools.islice(batches_of(SOURCE, 2), WINDOW))
    lines = {SOURCE[i]["text"]: SOURCE[i] for i in range(2 * WINDOW)}
    assert Counter(lines) == Counter(
        {text: lines[text] for batch in window for text in texts_of(batch)}
    )
    assert {batch["clean"].shape[2] for batch in window} == {160, 256}
    for batch in window:
        assert batch["degraded"].shape == batch["clean"].shape
        assert batch["clean"].dtype == batch["degraded"].dtype == np.float32
        for i, text in enumerate(texts_of(batch)):
            width = batch["widths"][i]
            clean = batch["clean"][i, :, :, 0]
            np.testing.assert_array_equal(
                clean[:, :width], lines[text]["clean"]
            )
            assert (clean[:, width:] == PADDING).all()
            assert (batch["degraded"][i, :, width:] == PADDING).all()
            assert (batch["degraded"][i] != batch["clean"][i]).mean() > 0.3


def test_lines_of_like_width_share_a_batch():
    for batch in itertools.islice(batches_of(SOURCE, 4), 8):
        assert np.ptp(batch["widths"]) < 60


def test_a_stream_goes_on_where_another_stopped():
    batches = pairs(SOURCE, 1)
    whole = list(itertools.islice(batches.drawn_from(), WINDOW + 4))
    for start in (3, WINDOW + 2):
        resumed = list(itertools.islice(batches.drawn_from(start), 2))
        assert all(map(equal, whole[start:], resumed))
        assert equal(whole[start], batches.at(start))
    assert not equal(whole[0], whole[1])


def test_a_finite_source_is_shuffled_anew_without_end():
    source = Finite(2 * WINDOW)
    batches = batches_of(source, 2)
    epochs = [list(itertools.islice(batches, WINDOW)) for _ in range(2)]
    texts = [Counter(t for b in epoch for t in texts_of(b)) for epoch in epochs]
    assert texts[0] == texts[1] == Counter(x["text"] for x in source.lines)
    first, second = (
        {t: b["degraded"][0] for b in epoch for t in texts_of(b)[:1]}
        for epoch in epochs
    )
    shared = set(first) & set(second)
    assert shared
    assert not any(np.array_equal(first[t], second[t]) for t in shared)


def test_real_degraded_images_are_used_as_they_are():
    source = Finite(WINDOW)
    for line in source.lines:
        line["degraded"] = 0.5 * line["clean"]
    for batch in itertools.islice(batches_of(source, 1), 3):
        width = batch["widths"][0]
        np.testing.assert_array_equal(
            batch["degraded"][:, :, :width], 0.5 * batch["clean"][:, :, :width]
        )


def test_a_page_is_seen_around_a_line():
    line, other = SOURCE[0], SOURCE[1]["clean"]
    likeness = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        pair = FORMAT.pair(line, rng, other, page_share=1.0, context=16)
        width = pair["widths"]
        assert pair["clean"].shape == (32, width) and width <= 256
        assert pair["degraded"].shape == (64, width)
        assert pair["degraded"].dtype == pair["clean"].dtype == np.float32
        assert pair["degraded"].max() <= 1.0
        middle = pair["degraded"][16:-16]
        if pair["clean"].min() < 0.1:
            both = middle.ravel(), pair["clean"].ravel()
            likeness.append(np.corrcoef(*both)[0, 1])
    assert len(likeness) > 20 and np.mean(likeness) > 0.6


def test_where_no_page_is_shown_there_is_padding_around_the_line():
    line, other = SOURCE[0], SOURCE[1]["clean"]
    pair = FORMAT.pair(line, np.random.default_rng(3), other, 0.0, 16)
    alone = FORMAT.pair(line, np.random.default_rng(3), other)
    real = {**line, "degraded": 0.5 * line["clean"]}
    kept = FORMAT.pair(real, np.random.default_rng(3), other, 1.0, 16)
    for seen, degraded in (
        (pair, alone["degraded"]),
        (kept, real["degraded"]),
    ):
        np.testing.assert_array_equal(seen["degraded"][16:-16], degraded)
        assert (seen["degraded"][:16] == PADDING).all()
        assert (seen["degraded"][-16:] == PADDING).all()
        np.testing.assert_array_equal(seen["clean"], line["clean"])


def test_batches_hold_the_rows_around():
    windows = pair_windows(SOURCE, FORMAT, 2, 0, page_share=0.5, context=8)
    for batch in windows[0]:
        width = batch["clean"].shape[2]
        assert batch["clean"].shape == (2, 32, width, 1)
        assert batch["degraded"].shape == (2, 48, width, 1)
        for image, own in zip(batch["degraded"], batch["widths"], strict=True):
            assert (image[:, own:] == PADDING).all()
            assert (image[8:-8, :own] <= 1.0).all()


def test_a_mixture_keeps_to_its_weights():
    one, two = Finite(7), Finite(9)
    for line in two.lines:
        line["text"] = "b"
    source = Mixture([one, two], [1, 3])
    window = itertools.islice(batches_of(source, 4), WINDOW)
    texts = Counter(text for batch in window for text in texts_of(batch))
    assert texts["b"] == 3 * WINDOW


def test_reading_batches_hold_lines_and_their_degraded_twins():
    windows = reading_windows(SOURCE, FORMAT, 8, seed=0)
    readings = TrainingBatches(windows, form_reading)
    batches = list(itertools.islice(readings.formed_from(0), 4))
    for images, targets in batches:
        assert images.dtype == np.float32 and images.shape[0] == 8
        assert set(targets) == {"widths", "labels", "label_lengths"}
        own = np.arange(images.shape[2]) < targets["widths"][:, None]
        assert (images[~own[:, None].repeat(32, 1)] == PADDING).all()
        assert images[own[:, None].repeat(32, 1)].max() <= 1
    widths = [images.shape[2] for images, _ in batches]
    assert list(readings.widths) == widths


def test_some_lines_can_be_restored_ones():
    windows = reading_windows(SOURCE, FORMAT, 8, seed=0, restored_share=0.5)
    batch = TrainingBatches(windows).at(0)
    marked = batch["to_restore"]
    assert 0 < marked.sum() < 8
    given = []

    def restore(images, widths):
        given.append((images, widths))
        return np.full_like(images, 0.5)

    images, targets = form_reading(batch, restore)
    assert ((images == 0.5).all(axis=(1, 2, 3)) == marked).all()
    np.testing.assert_array_equal(given[0][1], targets["widths"])


def test_fixed_lines_do_not_depend_on_their_batches():
    few = FixedBatches(Finite(10), FORMAT, 100, 3, seed=4)
    many = FixedBatches(Finite(10), FORMAT, 100, 5, seed=4)
    assert len(few) == 4 and len(many) == 2
    assert few[0][0] is few[0][0]
    first, second = (
        {
            text: batch["degraded"][i, :, : batch["widths"][i]]
            for (batch,) in batches
            for i, text in enumerate(texts_of(batch))
        }
        for batches in (few, many)
    )
    assert len(first) == 10 and set(first) == set(second)
    for text in first:
        np.testing.assert_allclose(first[text], second[text], atol=1e-5)


def test_the_widths_of_drawn_batches_are_noted():
    batches = pairs(SOURCE, 1)
    formed = batches.formed_from(0)
    drawn = [next(formed)[0]["clean"].shape[2] for _ in range(5)]
    assert list(batches.widths) == drawn
