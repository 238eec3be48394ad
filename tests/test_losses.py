import itertools

import numpy as np
import pytest
from keras import ops

from keras_htr_gan.losses import (
    ctc_loss,
    ctc_per_character,
    judgement_loss,
    line_mask,
    mean_of_readable,
    pixel_loss,
    readable,
)

pytestmark = pytest.mark.backend


def collapse(path):
    return tuple(k for k, _ in itertools.groupby(path) if k != 0)


def ctc_by_enumeration(label, logits):
    """Minus the log of the summed probability of every aligned path."""
    frames, classes = logits.shape
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    total = sum(
        np.exp(sum(log_p[t, k] for t, k in enumerate(path)))
        for path in itertools.product(range(classes), repeat=frames)
        if collapse(path) == tuple(label)
    )
    return -np.log(total)


@pytest.mark.parametrize("xla", [False, True])
def test_ctc_is_the_sum_over_all_alignments(rng, xla):
    logits = rng.normal(size=(3, 5, 3)).astype("float32")
    labels = np.array([[1, 2, 0], [1, 1, 0], [2, 1, 2]], "int32")
    lengths = np.array([2, 2, 3], "int32")
    frames = np.array([5, 4, 5], "int32")
    nats = ctc_loss(
        *map(ops.convert_to_tensor, (labels, lengths, logits, frames)), xla=xla
    )
    expected = [
        ctc_by_enumeration(label[:n], x[:t])
        for label, n, x, t in zip(labels, lengths, logits, frames, strict=True)
    ]
    np.testing.assert_allclose(ops.convert_to_numpy(nats), expected, rtol=1e-4)


def test_readable_counts_a_blank_between_equal_neighbours():
    labels = np.array([[1, 1, 2], [1, 1, 2], [1, 2, 2], [1, 1, 1]], "int32")
    mask = readable(
        ops.convert_to_tensor(labels),
        ops.convert_to_tensor(np.array([3, 3, 2, 0], "int32")),
        ops.convert_to_tensor(np.array([4, 3, 2, 5], "int32")),
    )
    assert ops.convert_to_numpy(mask).tolist() == [True, False, True, False]


def test_unreadable_lines_cost_nothing_and_others_by_character(rng):
    logits = rng.normal(size=(2, 4, 5)).astype("float32")
    labels = np.array([[1, 1, 1], [2, 3, 0]], "int32")
    lengths = np.array([3, 2], "int32")
    frames = np.array([4, 4], "int32")
    tensors = [*map(ops.convert_to_tensor, (labels, lengths, logits, frames))]
    values = ops.convert_to_numpy(ctc_per_character(*tensors))
    assert values[0] == 0.0
    assert values[1] == pytest.approx(
        ctc_by_enumeration([2, 3], logits[1]) / 2, rel=1e-4
    )
    mask = readable(tensors[0], tensors[1], tensors[3])
    assert float(mean_of_readable(values, mask)) == pytest.approx(values[1])


def test_hopeless_lines_are_never_clipped():
    logits = np.zeros((1, 6, 3), "float32")
    logits[..., 0] = 500.0
    nats = ctc_per_character(
        *map(
            ops.convert_to_tensor,
            (
                np.array([[1]], "int32"),
                np.array([1], "int32"),
                logits,
                np.array([6], "int32"),
            ),
        )
    )
    assert float(nats[0]) == pytest.approx(500.0, rel=0.01)


def test_pixel_loss_is_binary_cross_entropy_inside_the_line(rng):
    logits = rng.normal(size=(2, 4, 8, 1)).astype("float32")
    clean = rng.random((2, 4, 8, 1)).astype("float32")
    mask = line_mask(ops.convert_to_tensor(np.array([8, 3], "int32")), 8)
    values = ops.convert_to_numpy(pixel_loss(clean, logits, mask))
    p = 1 / (1 + np.exp(-logits))
    nats = -(clean * np.log(p) + (1 - clean) * np.log(1 - p))
    np.testing.assert_allclose(
        values, [nats[0].mean(), nats[1, :, :3].mean()], rtol=1e-5
    )


def test_judgement_loss_of_undecided_patches_is_log_two():
    judgement = ops.zeros((1, 2, 4, 1))
    mask = ops.ones((1, 1, 4, 1))
    value = judgement_loss(judgement, 0.9, mask)
    assert float(value[0]) == pytest.approx(np.log(2))
