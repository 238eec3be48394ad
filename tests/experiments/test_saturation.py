import csv

import pytest
from click.testing import CliRunner

from keras_htr_gan.__main__ import main
from keras_htr_gan.experiments.saturation import FIGURES, measure_nats
from tests import small


def test_batches_are_counted_that_a_clip_would_silence(
    tmp_path, monkeypatch, least_networks, eagerly
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    options = ("--max-width", 96, "--recognizer-steps", 2, "--lines", 4)
    options += ("--warmup-steps", 0, "--warmup-steps", 2, "--batch-size", 2)
    result = CliRunner().invoke(
        main,
        ["experiment", "saturation", *map(str, options)]
        + ["--output", str(tmp_path / "docs")],
    )
    assert result.exit_code == 0, result.output
    with open(tmp_path / "docs" / "saturation.csv") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == FIGURES and len(rows) == 2 * 3
    assert {row["warm_up_steps"] for row in rows} == {"0", "2"}
    report = (tmp_path / "docs" / "saturation.md").read_text()
    assert report in result.output


def test_nats_are_those_of_the_reading_loss(batch):
    batch["label_lengths"][:] = 4
    gan = small.model(compiled=False)
    figures = measure_nats(gan, gan.recognizer, [(batch,)])
    loss = float(gan.reading_loss(gan.generator(batch["degraded"]), batch))
    assert figures["nats_per_character"] == pytest.approx(loss, rel=1e-4)
    assert figures["nats_per_line"] == pytest.approx(4 * loss, rel=1e-4)
    assert figures["silent_batches"] == 0.0
