import numpy as np
import pytest

from keras_htr_gan.evaluation import Evaluation

pytestmark = pytest.mark.backend


class Fixed:
    def __init__(self, batch):
        self.batch = batch

    def column(self, name):
        return self.batch[name]


def test_scores_and_samples_of_a_set_of_lines(model, batch):
    batch["widths"][0] = 40
    evaluation = Evaluation(Fixed(batch), model.recognizer)
    length = batch["label_lengths"][0]
    assert evaluation.texts[0] == model.recognizer.charset.decode(
        batch["labels"][0, :length]
    )
    perfect = evaluation.score(evaluation.clean)
    assert perfect["PSNR"] == float("inf") and perfect["SSIM"] == 1.0
    assert evaluation.score_reading(evaluation.clean) == {
        name: perfect[name] for name in ("CER", "WER")
    }
    scores = evaluation.score(evaluation.restore(model))
    assert scores["PSNR"] < 30 and scores["CER"] > 0
    rows = evaluation.samples(model, 2)
    assert len(rows) == 2 and rows[0]["restored"].shape == (32, 40)
    np.testing.assert_array_equal(rows[1]["clean"], batch["clean"][1, :, :, 0])
