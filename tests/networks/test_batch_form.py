import numpy as np
import pytest

from keras_htr_gan.networks.batch_form import (
    refuse_dict,
    refuse_other_readings,
    unpack_pairs,
)
from tests import small

IMAGE = np.zeros((4, 32, 64, 1), "float32")
HEIGHT = small.HEIGHT


def changed(**arrays):
    return (small.batch() | arrays,)


def without(*names):
    return ({n: a for n, a in small.batch().items() if n not in names},)


WRONG = {
    "images alone": ((IMAGE,), r"an array of shape \(4, 32, 64, 1\)"),
    "targets": ((IMAGE, IMAGE), "targets"),
    "targets beside": ((small.batch(), IMAGE), "targets"),
    "no widths": (without("widths", "clean"), "no clean, widths: .* degraded"),
    "a list": (changed(widths=[64] * 4), "widths is a list of 4"),
    "no axis": (changed(degraded=IMAGE[..., 0]), "degraded has 3 axes"),
    "colours": (changed(clean=IMAGE.repeat(3, -1)), "clean has 3 channels"),
    "height": (changed(clean=IMAGE.repeat(2, 1)), "64 pixels .* lines of 32"),
    "width": (changed(clean=IMAGE[:, :, :48]), r"64, 1\) and \(4, 32, 48"),
    "bytes": (changed(degraded=IMAGE.astype("uint8")), "degraded is uint8"),
    "doubles": (changed(clean=IMAGE.astype("float64")), "not float32"),
    "float labels": (changed(labels=np.ones((4, 8))), "not int32"),
    "fewer lines": (changed(widths=np.ones(3, "int32")), "widths 3, labels 4"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_says_in_a_line_what_is_wrong_and_what_a_batch_is(wrong):
    data, fault = WRONG[wrong]
    with pytest.raises(ValueError, match=fault) as told:
        unpack_pairs(data, HEIGHT)
    assert "a tuple of one dict: degraded and clean" in str(told.value)
    assert "\n" not in str(told.value)


def test_takes_batches_of_any_integers_and_more():
    batch = small.batch()
    batch |= {n: batch[n].astype("int64") for n in ("widths", "labels")}
    batch["text"] = ["as written"] * 4
    assert unpack_pairs((batch,), HEIGHT) is batch


def test_says_what_a_batch_of_a_recognizer_is():
    batch = small.batch()
    images = batch.pop("clean")
    refuse_other_readings(images, batch, HEIGHT)
    for targets, fault in (
        (batch["labels"], "not a dict"),
        (None, "missing"),
        ({"labels": batch["labels"]}, "no widths, label_lengths"),
        (batch | {"labels": batch["widths"]}, "labels has 1 axes"),
    ):
        with pytest.raises(ValueError, match=f"{fault}.*tuple of images"):
            refuse_other_readings(images, targets, HEIGHT)


def test_names_the_dict_where_images_are_taken():
    refuse_dict(IMAGE)
    with pytest.raises(ValueError, match="a dict of clean, degraded"):
        refuse_dict(small.batch())
