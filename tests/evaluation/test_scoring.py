import numpy as np
import pytest

from keras_htr_gan.charset import Charset
from keras_htr_gan.data.feeding import FixedBatches
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import LineFormat
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.restoration.restorer import restore_lines
from tests import small

pytestmark = pytest.mark.backend


def lines_of(batch, charset):
    """The lines of a batch by themselves."""
    return [
        {
            "degraded": batch["degraded"][i, :, :width, 0],
            "clean": batch["clean"][i, :, :width, 0],
            "text": charset.decode(batch["labels"][i, :length]),
        }
        for i, (width, length) in enumerate(
            zip(batch["widths"], batch["label_lengths"], strict=True)
        )
    ]


def test_scores_and_samples_of_a_set_of_lines(model, batch):
    batch["widths"][0] = 40
    lines = lines_of(batch, model.recognizer.charset)
    evaluation = Evaluation(lines, model.recognizer)
    perfect = evaluation.score(evaluation.clean)
    assert perfect["PSNR"] == float("inf") and perfect["SSIM"] == 1.0
    assert evaluation.score_reading(evaluation.clean) == {
        name: perfect[name] for name in ("CER", "WER")
    }
    scores = evaluation.score(evaluation.restore(model))
    assert scores["PSNR"] < 30 and scores["CER"] > 0
    rows = evaluation.samples(model)
    assert len(rows) == 4 and rows[0]["restored"].shape == (32, 40)
    np.testing.assert_array_equal(rows[1]["clean"], batch["clean"][1, :, :, 0])


def test_a_judge_gives_figures_of_its_own(model, batch, rng):
    charset = model.recognizer.charset
    judge = Recognizer(charset.characters, "judge")
    judge.set_weights([rng.normal(0, 0.1, w.shape) for w in judge.weights])
    lines = lines_of(batch, charset)
    alone = Evaluation(lines, judge).score_reading(batch["clean"][..., 0])
    both = Evaluation(lines, model.recognizer, judge).score_reading(
        batch["clean"][..., 0]
    )
    assert both["judge_CER"] == alone["CER"] != both["CER"]
    assert both["judge_WER"] == alone["WER"]


def test_a_line_is_restored_alike_alone_and_among_others(model, rng):
    lines = [rng.random((32, w)).astype("float32") for w in (40, 100, 61)]
    together = restore_lines(model, lines)
    assert [line.shape for line in together] == [(32, 40), (32, 100), (32, 61)]
    for line, restored in zip(lines, together, strict=True):
        np.testing.assert_allclose(
            restore_lines(model, [line])[0], restored, atol=1e-5
        )


def test_figures_do_not_depend_on_how_lines_are_batched(rng):
    source = HandwritingSource("en", max_width=128)
    charset = Charset(source.characters())
    gan = small.model(recognizer=Recognizer(charset.characters))
    for network in (gan.generator, gan.recognizer):
        network.set_weights(
            [w + rng.normal(0, 0.02, w.shape) for w in network.get_weights()]
        )
    figures = []
    for widths, batch_size in (((96, 128), 5), ((160,), 4)):
        line_format = LineFormat(32, widths, 32, charset)
        batches = FixedBatches(source, line_format, 12, batch_size, seed=1)
        evaluation = Evaluation(batches.lines, gan.recognizer)
        figures.append(
            {
                **gan.evaluate(batches.fed(), verbose=0, return_dict=True),
                **evaluation.score(evaluation.restore(gan)),
            }
        )
    assert figures[0]["CTC_loss"] > 0
    assert figures[0] == pytest.approx(figures[1], rel=1e-5)
