import importlib.util
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from click.testing import CliRunner

from keras_htr_gan import train
from keras_htr_gan.__main__ import main
from keras_htr_gan.callbacks.history_file import read_history
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from tests.data.forms import FORMS, write_even_lines, write_lines
from tests.offline_run import offline_run_file, read_offline_run
from tests.panels import list_panels, named
from tests.processes import on_any_backend

ROOT = Path(__file__).parents[1]
SHORT = [
    *("--warmup-epochs", "1", "--annealing-epochs", "1"),
    *("--batch-size", "2", "--steps-per-epoch", "2"),
    *("--validation-steps", "1", "--test-steps", "1", "--judge", "none"),
]


# The others give the same lines (tests/data/test_sources.py).
QUICK = ("page",)

pytestmark = pytest.mark.usefixtures("least_networks")


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory, least_networks):
    """A recogniser that has learnt nothing: enough to train with."""
    source = HandwritingSource("en")
    path = tmp_path_factory.mktemp("recognizer") / "recognizer.keras"
    Recognizer(source.characters()).save(path)
    return str(path)


def invoke(*arguments):
    return CliRunner().invoke(train.train, [*map(str, arguments)])


@pytest.fixture(scope="module")
def finished(tmp_path_factory, recognizer):
    """A finished run, on lines of one width: a step is compiled once."""
    folder = tmp_path_factory.mktemp("runs")
    data = write_even_lines(folder / "data")
    done = invoke(
        *("--run-dir", folder / "run", "--recognizer", recognizer),
        *("--data", data, "--epochs", 2, *SHORT),
    )
    assert done.exit_code == 0, done.output
    return folder / "run"


@pytest.fixture
def run(finished, tmp_path):
    """A copy of it to work on."""
    return shutil.copytree(finished, tmp_path / "run", symlinks=True)


@pytest.mark.backend
def test_wandb_holds_the_same_rows_and_the_pictures(finished):
    logged = read_offline_run(offline_run_file(finished))
    rows = read_history(finished / "history.csv")
    for row, other in zip(rows, logged["history"], strict=True):
        for name, value in row.items():
            assert other[name] == pytest.approx(value), name
    assert logged["history"][-1]["lines/path"].endswith(".png")
    assert logged["config"]["warmup_epochs"] == 1
    assert list(finished.glob("wandb/**/media/images/**/*.png"))


@pytest.mark.backend
def test_trains_reports_and_resumes(run, eagerly):
    for name in (
        "config.json",
        "curves.png",
        "generator.keras",
        "report.md",
        "samples/epoch_0001.png",
        "samples/test.png",
        "checkpoints/epoch_0002.keras",
        "checkpoints/warm_up.keras",
    ):
        assert (run / name).exists(), name
    config = json.loads((run / "config.json").read_text())
    assert config["ctc_weight"] == config["pixel_loss_weight"] == 10.0
    assert config["backend"] == keras.config.backend()

    resumed = invoke("--resume", run, "--epochs", 3)
    assert resumed.exit_code == 0, resumed.output
    assert "after epoch 2" in resumed.output
    rows = read_history(run / "history.csv")
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert [row["ctc_weight"] for row in rows] == [0.0, 10.0, 10.0]
    assert rows[0]["CTC_loss"] == 0.0 and rows[1]["CTC_loss"] > 0.0
    for row in rows:
        assert {
            "val_PSNR",
            "val_SSIM",
            "val_CER",
            "val_WER",
            "val_CTC_loss",
        } <= set(row)
        assert all(map(math.isfinite, row.values()))

    generator = keras.saving.load_model(run / "generator.keras")
    assert generator(np.ones((1, 32, 64, 1), "float32")).shape[2] == 64


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(form, marks=() if form in QUICK else pytest.mark.slow)
        for form in FORMS
    ],
)
def test_trains_on_every_form_of_data(
    tmp_path, recognizer, form, monkeypatch, eagerly
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    data, _ = write_lines(form, tmp_path / "data")
    run = tmp_path / "run"
    done = invoke(
        *("--run-dir", run, "--recognizer", recognizer, "--data", data),
        *("--as-found", f"{data}:0.5", "--epochs", 1, *SHORT),
        *("--guidance", "features"),
    )
    assert done.exit_code == 0, done.output
    assert (run / "report.md").exists()
    if importlib.util.find_spec("wandb_workspaces"):
        assert shown_on_the_dashboard(tmp_path / "spec.json") <= logged(run)


def logged(run):
    """The names that a run gave to W&B: set of str."""
    found = read_offline_run(offline_run_file(run))
    [row] = found["history"]
    # Pictures and tables are several values below one name.
    names = {name.removesuffix("/_type") for name in row}
    return names | set(found["summary"])


def shown_on_the_dashboard(path):
    """The names that its panels show: set of str."""
    done = CliRunner().invoke(main, ["dashboard", "mine", "--spec", str(path)])
    assert done.exit_code == 0, done.output
    panels = list_panels(json.loads(path.read_text("utf-8")))
    shown = {name for panel in panels for name in named(panel)}
    assert {"ctc_weight", "samples", "val_CER_as_found", "epoch"} <= shown
    return shown


def test_trains_in_mixed_precision_and_is_judged(tmp_path, recognizer):
    Recognizer.from_config(
        {"charset": HandwritingSource("en").characters(), "size": "judge"}
    ).save_to_preset(tmp_path / "judge")
    run = tmp_path / "run"
    data = write_even_lines(tmp_path / "data")
    done = invoke(
        *("--run-dir", run, "--recognizer", recognizer, "--epochs", 2),
        *(*SHORT, "--wandb", "disabled", "--data", data),
        *("--precision", "bfloat16", "--judge", tmp_path / "judge"),
    )
    assert done.exit_code == 0, done.output
    assert keras.config.dtype_policy().name == "float32"
    assert all(
        math.isfinite(value)
        for row in read_history(run / "history.csv")
        for value in row.values()
    )
    mixed = keras.saving.load_model(run / "checkpoints" / "epoch_0002.keras")
    stem = mixed.generator.get_layer("generator_block0_in")
    assert stem.compute_dtype == "bfloat16"
    assert stem.kernel.dtype == "float32"
    written = keras.saving.load_model(run / "generator.keras")
    assert all(layer.compute_dtype == "float32" for layer in written.layers)
    assert "CER, judge" in (run / "report.md").read_text()
    scores = json.loads((run / "report.json").read_text())
    assert "judge_CER" in scores["clean"]
    assert set(scores["changes"]) == {"recogniser", "judge"}
    assert "What the judge confuses" in (run / "report.md").read_text()


def test_begins_with_the_networks_of_a_preset(tmp_path, eagerly):
    HTRGAN(
        build_generator(),
        build_discriminator(),
        Recognizer(HandwritingSource("en").characters()),
    ).save_to_preset(tmp_path / "first")
    then = ["--load", tmp_path / "first", *SHORT, "--epochs", 1]
    done = invoke(
        *("--run-dir", tmp_path / "second", *then),
        *("--steps-per-epoch", 1, "--wandb", "disabled"),
    )
    assert done.exit_code == 0, done.output
    old, new = (
        HTRGAN.from_preset(tmp_path / run) for run in ("first", "second")
    )
    for network in ("generator", "discriminator", "recognizer"):
        pairs = zip(
            getattr(old, network).get_weights(),
            getattr(new, network).get_weights(),
            strict=True,
        )
        moved = max(np.abs(a - b).max() for a, b in pairs)
        # Adam moves a weight by its learning rate, and rounding to float16.
        assert moved < 3e-3
        assert (moved == 0) == (network == "recognizer")
    done = invoke("--run-dir", tmp_path / "third", *then, "--size", "small")
    assert done.exit_code == 1 and "leave --size small out" in done.output


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["--epochs", "0"], "--epochs"),
        (["--annealing-shape", "wavy"], "linear"),
        (["--ctc-weight", "-1"], "--ctc-weight"),
        (["--data", "/no/where"], "/no/where: no such file or folder"),
        (["--fonts", "Nope"], "font family 'nope' is not installed"),
        (["--language", "xx"], "no words for language 'xx'"),
        (["--recognizer", "/no/r.keras"], "/no/r.keras: no such file"),
        (["--resume", str(ROOT / "docs")], "no run that can be continued"),
        (["--size", "huge"], "tiny"),
        (["--data", "synthetic:0"], "must be above 0"),
        (["--degradation", "brutal"], "light, medium, heavy"),
    ],
)
def test_mistakes_are_answered_in_a_line(tmp_path, arguments, named):
    run_dir = tmp_path / "run"
    done = invoke("--run-dir", run_dir, *arguments)
    assert done.exit_code != 0 and isinstance(done.exception, SystemExit)
    assert named in done.output
    assert not run_dir.exists(), "left an empty run behind"


def test_a_mistake_shows_no_traceback(tmp_path):
    done = subprocess.run(
        [sys.executable, "train.py", "--resume", "docs"],
        cwd=ROOT,
        env=on_any_backend(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "no run that can be continued" in done.stderr


def test_characters_that_the_recogniser_lacks_are_listed(tmp_path):
    Recognizer("abc").save(tmp_path / "abc.keras")
    done = invoke(
        "--run-dir", tmp_path / "run", "--recognizer", tmp_path / "abc.keras"
    )
    assert done.exit_code == 1
    assert "does not know these characters" in done.output


@pytest.mark.slow
def test_smoke_test(tmp_path):
    done = subprocess.run(
        ["bash", "smoke_test.sh"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
