import json

import pytest
from click.testing import CliRunner

from keras_htr_gan.__main__ import main
from keras_htr_gan.experiments.frontier import race
from keras_htr_gan.experiments.frontier_report import (
    find_front,
    read_cells,
    write_frontier,
)
from keras_htr_gan.experiments.shapes import SHAPES
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.recognizer import Recognizer
from tests import small


def experiment(*words):
    return CliRunner().invoke(
        main, ["experiment", "frontier", *map(str, words)]
    )


@pytest.mark.parametrize("name", ["contrast", "fine", "scales"])
def test_a_shape_is_exported_as_it_is(name):
    """Exporting compares, on a padded line, too."""
    shape = SHAPES[name]
    model = HTRGAN(
        shape.build(),
        build_discriminator(),
        Recognizer(small.CHARACTERS),
        context_rows=shape.context_rows,
    )
    assert race(model)[0] > 0


def figures(speed, rate):
    return {
        **{"CER": rate / 2, "judge_CER": rate, "PSNR": 20.0},
        **{"F-measure": 80.0, "speed": 2 * speed, "speed_ratio": speed},
        **{"parameters": 1000, "steps": 240, "minutes": 1.0, "lines": 9},
    }


def test_the_report_knows_the_front_and_the_seeds(tmp_path):
    cells = {
        "tiny_seed0": figures(1.0, 0.40),
        "tiny_seed1": figures(1.0, 0.42),
        "light_seed0": figures(2.0, 0.45),
        "wide_seed0": figures(0.9, 0.43),
    }
    for name, some in cells.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(some), "utf-8")
    assert find_front(read_cells(tmp_path)) == ["tiny", "light"]
    report = write_frontier(tmp_path, tmp_path, "the command")
    assert "41.0% (40.0% to 42.0%)" in report and "`tiny`, `light`" in report
    assert (tmp_path / "frontier.md").read_text("utf-8") == report
    assert (tmp_path / "frontier.png").exists()


def test_a_shape_that_there_is_not_is_named():
    done = experiment("--shape", "round")
    assert done.exit_code == 1 and "no shape 'round'; choose" in done.output


@pytest.mark.slow
def test_trains_each_shape_once(tmp_path):
    options = [
        *("--shape", "tiny", "--shape", "context", "--minutes", 0.02),
        *("--test-lines", 4, "--output", tmp_path, "--cells", tmp_path),
    ]
    done = experiment(*options)
    assert done.exit_code == 0, done.output
    again = experiment(*options)
    assert again.exit_code == 0 and "Epoch" not in again.output
    other = experiment(*options, "--minutes", 0.03)
    assert other.exit_code == 1 and "were trained with 0.02" in other.output
    assert "`context`" in (tmp_path / "frontier.md").read_text("utf-8")
