import numpy as np

from keras_htr_gan.images.batches import BATCH_SIZE, batch_lines
from keras_htr_gan.images.scaling import scale_line
from keras_htr_gan.pixels import PADDING


def test_lines_of_like_width_share_a_batch(rng):
    columns = rng.integers(20, 900, 2 * BATCH_SIZE + 3)
    lines = [rng.uniform(size=(40, c)).astype("float32") for c in columns]
    seen, widest = [], 0
    for numbers, images, widths in batch_lines(lines, 32):
        assert images.shape == (len(numbers), 32, images.shape[2], 1)
        assert images.shape[2] % 64 == 0
        assert 0 <= images.shape[2] - widths.max() < 64
        assert widths.min() >= widest
        widest = widths.max()
        for i, image, width in zip(numbers, images, widths, strict=True):
            expected = scale_line(lines[i], 32)
            np.testing.assert_array_equal(image[:, :width, 0], expected)
            assert (image[:, width:] == PADDING).all()
        seen += numbers.tolist()
    assert sorted(seen) == list(range(len(lines)))


def test_no_lines_are_no_batches():
    assert list(batch_lines([], 32)) == []
