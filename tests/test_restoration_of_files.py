import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.charset import LATIN
from keras_htr_gan.data.documents import DocumentWriter, read_pages
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    """An untrained model."""
    folder = tmp_path_factory.mktemp("preset") / "tiny"
    HTRGAN(
        build_generator(), build_discriminator(), Recognizer(LATIN)
    ).save_to_preset(folder)
    return folder


@pytest.fixture
def scans(tmp_path, rng):
    """A folder of scans: a line, a colour page, two pages in one file."""
    folder = tmp_path / "scans"
    (folder / "box").mkdir(parents=True)
    line = rng.integers(0, 255, (40, 300), "uint8")
    Image.fromarray(line).save(folder / "line.png", dpi=(400, 400))
    page = rng.integers(0, 255, (120, 90, 3), "uint8")
    Image.fromarray(page).save(folder / "box" / "page.jpg", quality=95)
    with DocumentWriter(folder / "box" / "two.tif") as writer:
        for _ in range(2):
            writer.write(rng.integers(0, 255, (100, 80), "uint8"), (300, 300))
    return folder


def invoke(*arguments):
    command = ["restore", "--runtime", "keras", *map(str, arguments)]
    return CliRunner().invoke(main, command)


def test_a_folder_is_restored(scans, preset, tmp_path):
    out = tmp_path / "out"
    done = invoke(scans, "-o", out, "--model", preset, "--preview")
    assert done.exit_code == 0, done.output
    assert "3 of 3 written" in done.output
    for name in ("line.png", "box/page.jpg", "box/two.tif"):
        pairs = zip(
            read_pages(scans / name), read_pages(out / name), strict=True
        )
        for before, after in pairs:
            assert before.grey.shape == after.grey.shape
            assert after.dpi == before.dpi or after.dpi == pytest.approx(
                before.dpi, rel=0.01
            )
            assert after.colour is None
    previews = {path.name for path in out.rglob("*preview*")}
    assert previews == {
        "line_preview.png",
        "page_preview.png",
        "two_preview_001.png",
        "two_preview_002.png",
    }


def test_what_is_there_stays(scans, preset, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "line.png").write_bytes(b"kept")
    arguments = (scans / "line.png", "-o", out, "--model", preset)
    done = invoke(*arguments)
    assert done.exit_code == 0 and "1 there already" in done.output
    assert (out / "line.png").read_bytes() == b"kept"
    done = invoke(*arguments, "--overwrite", "--binarize")
    assert done.exit_code == 0, done.output
    with Image.open(out / "line.png") as image:
        assert image.mode == "1"


def test_a_bad_file_is_told_and_the_others_are_done(scans, preset, tmp_path):
    (scans / "bad.png").write_bytes(b"no image")
    out = tmp_path / "out"
    done = invoke(scans, "-o", out, "--model", preset, "--strength", 0)
    assert done.exit_code == 1
    assert "bad.png: not an image of a known kind" in done.output
    assert "3 of 4 written" in done.output and not (out / "bad.png").exists()
    assert not list(out.rglob("*.partial"))
    with Image.open(out / "line.png") as a, Image.open(scans / "line.png") as b:
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_mistakes_are_named(scans, preset, tmp_path):
    done = invoke(scans, "-o", scans, "--model", preset, "--overwrite")
    assert done.exit_code == 1 and "would be written over" in done.output
    other = tmp_path / "other"
    other.mkdir()
    done = invoke(other, "-o", tmp_path / "out", "--model", preset)
    assert done.exit_code == 1 and "no document in this folder" in done.output
    (other / "line.png").write_bytes((scans / "line.png").read_bytes())
    done = invoke(scans, other, "-o", tmp_path / "out", "--model", preset)
    assert done.exit_code == 1 and "both be written" in done.output
    done = invoke(scans, "-o", tmp_path / "out", "--model", "nothing")
    assert done.exit_code == 1 and "nothing: no preset" in done.output
    assert not (tmp_path / "out").exists()
