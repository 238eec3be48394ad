import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.recognizer import Recognizer
from tests.data.forms import write_lines

ROOT = Path(__file__).parents[1]
SHORT = {
    "pretrain": "--epochs 1 --steps-per-epoch 1 --batch-size 2 "
    "--validation-steps 1 --test-lines 2 --wandb disabled",
    "train.py": "--epochs 2 --warmup-epochs 1 --annealing-epochs 1 "
    "--steps-per-epoch 1 --batch-size 2 --validation-steps 1 "
    "--test-steps 1 --wandb disabled",
}


def commands(path):
    """The commands of a page's shell blocks: lists of words."""
    blocks = re.findall(r"```sh\n(.*?)```", path.read_text(), re.DOTALL)
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    return [shlex.split(line) for line in lines if line.strip()]


@pytest.mark.slow
def test_the_commands_that_make_the_presets_run(tmp_path):
    """As printed, but for a step each and on fewer lines."""
    write_lines("imagefolder", tmp_path / "copiste-lines")
    split = {"by": "page", "validation": ["page_0001"], "test": ["page_0002"]}
    (tmp_path / "split.json").write_text(json.dumps(split))
    printed = commands(ROOT / "docs" / "presets.md")
    assert len(printed) == 10
    for words in printed:
        words = [
            {
                "python": sys.executable,
                "train.py": str(ROOT / "train.py"),
                "docs/copiste_split.json": "split.json",
                "docs/preset_recipe.json": str(
                    ROOT / "docs" / "preset_recipe.json"
                ),
            }.get(word, word)
            for word in words
        ]
        fonts = words.index("--fonts") if "--fonts" in words else None
        if fonts:
            words[fonts + 1] = "Delius,Satisfy"
        kind = "pretrain" if "pretrain" in words else "train.py"
        subprocess.run(
            [*words, *SHORT[kind].split()],
            cwd=tmp_path,
            check=True,
        )
    for name, height in (("tiny", 32), ("small", 64)):
        model = HTRGAN.from_preset(tmp_path / "runs" / name)
        assert model.line_height == model.recognizer.height == height
    assert Recognizer.from_preset(tmp_path / "runs" / "judge").size == "judge"
