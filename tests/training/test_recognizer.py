import json

import keras
import numpy as np
import pytest
from click.testing import CliRunner

from keras_htr_gan.__main__ import main
from keras_htr_gan.callbacks.history_file import read_history
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from tests.data.forms import write_lines

SHORT = [
    *("--batch-size", "2", "--steps-per-epoch", "2", "--epochs", "2"),
    *("--validation-steps", "1", "--test-lines", "2"),
]

pytestmark = pytest.mark.usefixtures("least_networks")


def invoke(*arguments):
    return CliRunner().invoke(main, ["pretrain", *map(str, arguments)])


@pytest.fixture(scope="module")
def run(tmp_path_factory, least_networks):
    """A finished run."""
    folder = tmp_path_factory.mktemp("pretraining") / "run"
    result = invoke("--run-dir", folder, "--about", "Drawn lines.", *SHORT)
    assert result.exit_code == 0, result.output
    return folder


def test_writes_a_run_folder_and_a_preset(run):
    history = read_history(run / "history.csv")
    assert [row["epoch"] for row in history] == [1, 2]
    assert {"loss", "val_CER", "val_WER"} <= set(history[0])
    assert (run / "curves.png").exists() and (run / "wandb").exists()
    scores = json.loads((run / "report.json").read_text())["synthetic"]
    assert scores["lines"] == 2
    for decoding in ("greedy", "beam", "degraded"):
        assert 0 <= scores[decoding]["CER"]
    card = (run / "preset" / "README.md").read_text()
    assert "Drawn lines." in card and "seed 0" in card and "beam" in card
    assert Recognizer.from_preset(run / "preset").size == "tiny"


def test_goes_on_where_it_stopped(run, tmp_path, eagerly):
    for path in (run / "checkpoints").glob("*0002.keras"):
        path.unlink()
    result = invoke("--resume", run)
    assert result.exit_code == 0, result.output
    assert "after epoch 1" in result.output
    epochs = [row["epoch"] for row in read_history(run / "history.csv")]
    assert epochs == [1, 2]
    result = invoke("--resume", run, "--learning-rate", 1)
    assert result.exit_code == 1 and "--learning-rate" in result.output


def test_goes_on_with_other_characters(run, tmp_path, eagerly):
    result = invoke(
        *("--load", run / "preset", "--language", "fr"),
        *("--run-dir", tmp_path / "run", *SHORT),
    )
    assert result.exit_code == 0, result.output
    assert "New to the recogniser" in result.output
    assert "'œ'" in result.output and "'e'" not in result.output
    before = Recognizer.from_preset(run / "preset").charset
    after = Recognizer.from_preset(tmp_path / "run" / "preset").charset
    assert set(before.characters) < set(after.characters)


def test_adapts_to_lines_that_a_generator_restored(
    tmp_path, monkeypatch, eagerly
):
    gan = HTRGAN(build_generator(), build_discriminator(), Recognizer("ab"))
    gan.save(tmp_path / "gan.keras")
    seen = []
    predict = type(gan).predict_on_batch

    def noted(self, images):
        seen.append(images.shape)
        return predict(self, images)

    monkeypatch.setattr(type(gan), "predict_on_batch", noted)
    result = invoke(
        *("--restored-by", tmp_path / "gan.keras"),
        *("--run-dir", tmp_path / "run", *SHORT),
    )
    assert result.exit_code == 0, result.output
    assert seen and all(shape[1] == 32 for shape in seen)
    adapted = HTRGAN.from_preset(tmp_path / "run" / "preset")
    np.testing.assert_allclose(
        adapted.generator.get_weights()[0],
        gan.generator.get_weights()[0],
        atol=1e-3,
    )
    assert len(adapted.recognizer.charset) > 2


def test_learns_as_lines_are_without_augmentation(tmp_path, eagerly):
    (tmp_path / "lines").mkdir()
    data, _ = write_lines("imagefolder", tmp_path / "lines")
    result = invoke(
        *("--data", data, "--augmentation", "none"),
        *("--precision", "bfloat16"),
        *("--run-dir", tmp_path / "run", *SHORT),
    )
    assert result.exit_code == 0, result.output
    assert keras.config.dtype_policy().name == "float32"
    weights = Recognizer.from_preset(tmp_path / "run" / "preset").get_weights()
    assert all(np.isfinite(w).all() for w in weights)


@pytest.mark.parametrize(
    "options, message",
    [
        (("--load", "nowhere"), "nowhere: no preset"),
        (("--load", "no.keras"), "no.keras: no such file"),
        (("--restored-by", "no.keras"), "no.keras: no such file"),
        (("--split-by", "no.json"), "--split-by"),
        (("--language", "en,xx"), "no words for language 'xx'"),
        (("--language", "fr", "--characters", "abc"), "é"),
    ],
)
def test_mistakes_are_named(tmp_path, options, message):
    result = invoke("--run-dir", tmp_path / "run", *options, *SHORT)
    assert result.exit_code == 1, result.output
    assert message in result.output and "Traceback" not in result.output
    assert not (tmp_path / "run").exists()
