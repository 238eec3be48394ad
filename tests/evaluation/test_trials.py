import sys

import numpy as np
import pytest
from click.testing import CliRunner

from keras_htr_gan.__main__ import main
from keras_htr_gan.evaluation.outside_reader import OutsideReader
from keras_htr_gan.evaluation.trials import (
    TriedLines,
    format_trial,
    try_lines,
)
from keras_htr_gan.presets import find_preset
from keras_htr_gan.reading.promise import identify_preset, load_promise
from keras_htr_gan.runtimes.loading import load_reading_model
from tests.data.forms import write_lines


def invoke(*arguments):
    words = ["calibrate", *map(str, arguments), "--runtime", "onnx"]
    return CliRunner().invoke(main, words)


@pytest.fixture
def tried():
    """Lines as found, in part and fully: 0 to 3 edits of 10 characters."""
    return TriedLines(
        np.array([[1, 0, 0], [1, 2, 3], [0, 3, 1], [2, 2, 1]]),
        np.full(4, 10),
        np.array([1, 2, 2, 1]),
        np.array([0.4, 0.3, 0.2, -0.1]),
        ["a", "a", "b", "b"],
    )


def test_what_reads_worse_where_it_is_surer_counts(tried):
    trial = tried.as_trial("lines")
    assert (trial.lines, trial.worse) == (4, (0.3, 0.2))
    chosen = tried.choose(trial.threshold(0.4))
    assert chosen.tolist() == [1, 2, 0, 0]
    assert tried.count_errors_of(chosen).tolist() == [0, 3, 0, 2]


def test_the_table_says_what_a_promise_costs_and_brings(tried):
    rows = format_trial(tried, tried.as_trial("lines")).splitlines()
    assert len(rows) == 7
    assert rows[-1] == "| 0.2 | 0.300 | 25 % | 0.0 % | 10.0 % | 7.5 % |"
    assert rows[2] == "| 0.01 | inf | 0 % | 0.0 % | 10.0 % | 10.0 % |"


def test_a_file_is_made_of_ones_own_lines(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    data, _ = write_lines("imagefolder", folder)
    out = tmp_path / "mine.json"
    some = ("--lines", 6, "--degradation", "heavy")
    more = ("--aged", data, "--aged", "synthetic", *some, "-o", out)
    done = invoke("latin_tiny", data, *more)
    assert done.exit_code == 0, done.output
    promise = load_promise("latin_tiny", out)
    assert promise.model == identify_preset(find_preset("latin_tiny"))
    kinds = [(trial.name, trial.lines) for trial in promise.trials]
    assert kinds == [("mine", 6), ("mine", 6), ("synthetic", 6)]
    assert str(tmp_path) not in out.read_text("utf-8")
    assert done.stdout.count("| promised |") == 3


def test_it_may_be_promised_to_another_reader(rng):
    """Who reads how light the line is, whatever the recogniser says."""
    say = "import sys, cv2; print(round(cv2.imread(sys.argv[1]).mean() / 64))"
    outside = OutsideReader(f"'{sys.executable}' -c '{say}' {{image}}")
    reader = load_reading_model("latin_tiny", "onnx")
    images = [np.full((40, 200), 64 * light, "uint8") for light in (2, 1, 3)]
    tried = try_lines(reader, [(images, "2", "a"), (images, "3", "a")], outside)
    assert tried.errors.tolist() == [[0, 1, 1], [1, 1, 0]]


def test_mistakes_are_told(tmp_path):
    done = invoke("latin_tiny", "-o", tmp_path / "a.json")
    assert done.exit_code == 1 and "name DATA or --aged" in done.stderr
    done = invoke("latin_tiny", tmp_path, "-o", tmp_path / "a.txt")
    assert done.exit_code == 1 and "must end in .json" in done.stderr
    done = invoke("none_such", tmp_path, "-o", tmp_path / "a.json")
    assert done.exit_code == 1 and "none_such: no preset" in done.stderr
    assert not list(tmp_path.iterdir())
