import numpy as np
import pytest

from keras_htr_gan.evaluation.binarization import METHODS, binarize


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(90, 200), (64, 40), (3, 3), (1, 1)])
def test_ink_is_black_and_paper_white(method, shape):
    page = np.full(shape, 0.8, "float32")
    page[:, ::6] = 0.1
    binary = binarize(page, method)
    assert binary.shape == shape and binary.dtype == np.float32
    assert set(np.unique(binary)) <= {0.0, 1.0}
    if min(shape) > 30:
        assert (binary[:, ::6] == 0).all() and binary[:, 3].all()
