import os
import subprocess
import sys
from pathlib import Path

import pytest

from keras_htr_gan.data.readers.forms import read_lines
from keras_htr_gan.errors import UserError
from tests import hostile
from tests.data.readers.line_files import texts, write_csv

REAL = Path(__file__).parents[4] / "shared" / "data"


def test_a_bomb_takes_no_memory(tmp_path):
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of memory is read from /proc")
    hostile.write_bomb(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 200_000
    write_csv(tmp_path / "metadata.csv", ("file_name", "text"), ("bomb.png", 1))
    script = (
        "import re, sys\n"
        "from keras_htr_gan.data.readers.forms import read_lines\n"
        "def peak():\n"
        "    status = open('/proc/self/status').read()\n"
        "    return int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024\n"
        "before = peak()\n"
        "assert len(read_lines(sys.argv[1]).problems) == 1\n"
        "print(peak() - before)\n"
    )
    run = python("-c", script, tmp_path)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 300


def test_nothing_there(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no data")
    for data, words in (
        (tmp_path / "missing", "no such file or folder"),
        (tmp_path / "empty", "nothing to read"),
        (tmp_path / "notes.txt", "not a form known here"),
    ):
        with pytest.raises(UserError, match=words) as caught:
            read_lines(data)
        message = str(caught.value)
        assert message.startswith(f"{data}: ") and "\n" not in message


def test_a_name_of_the_hub_without_network(tmp_path):
    run = python(
        "-m",
        "keras_htr_gan",
        "inspect",
        "someone/no-such-lines",
        "--output",
        tmp_path / "out",
        HF_HUB_OFFLINE="1",
        HF_HOME=str(tmp_path),
    )
    assert run.returncode == 2
    [line] = run.stderr.splitlines()
    assert line.startswith("Error: someone/no-such-lines: cannot be loaded: ")
    assert "no such file or folder" in line


def test_libraries_are_loaded_when_they_are_needed():
    script = (
        "import sys\n"
        "import keras_htr_gan.data.readers.forms\n"
        "import keras_htr_gan.data.sources\n"
        "heavy = {'keras', 'datasets', 'grain'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    run = python("-c", script)
    assert run.returncode == 0, run.stderr


def python(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("name, lines, pages", [("peraire-lines", 359, 30)])
def test_real_lines(name, lines, pages):
    folder = REAL / name
    if not folder.is_dir():
        pytest.skip(f"no real handwriting: {folder} is not there")
    found = read_lines(folder)
    assert not found.problems
    assert len(found.lines) == lines
    assert len({line.columns["page"] for line in found.lines}) == pages
    assert all(76 <= line.size[1] <= 96 for line in found.lines)
    assert "é" in "".join(texts(found))
