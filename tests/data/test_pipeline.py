import itertools

import numpy as np

from keras_htr_gan.charset import Charset
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import (
    FixedBatches,
    LineFormat,
    pair_batches,
    recognition_batch,
    stream,
)

SOURCE = HandwritingSource("en", seed=1)
FORMAT = LineFormat(32, 256, 32, Charset(SOURCE.characters()))


def equal(a, b):
    return all(np.array_equal(a[name], b[name]) for name in a)


def test_a_batch_is_what_the_model_takes():
    batch = pair_batches(SOURCE, FORMAT, 4, seed=0)[0]
    assert batch["degraded"].shape == batch["clean"].shape == (4, 32, 256, 1)
    assert batch["clean"].dtype == batch["degraded"].dtype == np.float32
    assert batch["labels"].shape == (4, 32)
    for i in range(4):
        text = SOURCE[i]["text"]
        length = batch["label_lengths"][i]
        assert FORMAT.charset.decode(batch["labels"][i, :length]) == text
        width = batch["widths"][i]
        assert (batch["clean"][i, :, width:] == 1.0).all()
        assert (batch["degraded"][i, :, width:] == 1.0).all()
        assert (batch["degraded"][i] != batch["clean"][i]).mean() > 0.3


def test_a_stream_goes_on_where_another_stopped():
    batches = pair_batches(SOURCE, FORMAT, 2, seed=0)
    whole = list(itertools.islice(stream(batches), 5))
    resumed = list(itertools.islice(stream(batches, start=3), 2))
    assert all(map(equal, whole[3:], resumed))
    assert not equal(whole[0], whole[1])


def test_a_finite_source_is_shuffled_anew_without_end():
    class Three:
        finite = True

        def __len__(self):
            return 3

        def __getitem__(self, index):
            return SOURCE[index]

    batches = pair_batches(Three(), FORMAT, 3, seed=0)
    texts = [{tuple(row) for row in batches[i]["labels"]} for i in range(4)]
    assert all(t == texts[0] and len(t) == 3 for t in texts)
    assert not np.array_equal(batches[0]["degraded"], batches[1]["degraded"])


def test_recognition_images_lie_between_clean_and_degraded(rng):
    batch = pair_batches(SOURCE, FORMAT, 8, seed=0)[0]
    images, targets = recognition_batch(batch, rng)
    low = np.minimum(batch["clean"], batch["degraded"]) - 1e-6
    high = np.maximum(batch["clean"], batch["degraded"]) + 1e-6
    assert ((images >= low) & (images <= high)).all()
    clean = [
        np.array_equal(a, b)
        for a, b in zip(images, batch["clean"], strict=True)
    ]
    assert any(clean) and not all(clean)
    assert set(targets) == {"widths", "labels", "label_lengths"}


def test_fixed_batches_stay_the_same():
    fixed = FixedBatches(pair_batches(SOURCE, FORMAT, 2, seed=0), 3)
    assert len(fixed) == 3
    assert fixed[0][0] is fixed[0][0]
    assert fixed.column("widths").shape == (6,)
