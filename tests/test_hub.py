"""Presets of a hub, which is one of this machine: nothing goes further."""

import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan import HTRGAN, Recognizer, UserError
from keras_htr_gan.__main__ import main
from keras_htr_gan.hub import parse_repository
from keras_htr_gan.presets import SHIPPED, find_preset, shipped_presets
from tests.test_extras import run, run_command


def test_a_repository_is_named_with_or_without_a_version():
    assert parse_repository("hf://user/a.b-c") == ("user/a.b-c", None)
    assert parse_repository("hf://user/name@v1.0") == ("user/name", "v1.0")


@pytest.mark.parametrize(
    "uri", ["hf://", "hf://name", "hf://a/b/c", "hf://a/b c", "hf://../b"]
)
def test_what_is_no_name_of_a_repository_is_told(uri):
    with pytest.raises(UserError, match="not the name of a repository"):
        find_preset(uri)


def test_a_preset_of_the_hub_is_loaded(hub, preset):
    hub.add("user/tiny", preset)
    model = HTRGAN.from_preset("hf://user/tiny")
    reader = Recognizer.from_preset("hf://user/tiny@main")
    here = HTRGAN.from_preset(preset)
    for one, other in (
        (model.generator, here.generator),
        (reader, here.recognizer),
    ):
        for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_without_the_hub_what_was_kept_is_taken(hub, preset):
    hub.add("user/tiny", preset)
    folder = find_preset("hf://user/tiny")
    hub.repositories["user/tiny"]["answer"] = 503
    assert find_preset("hf://user/tiny") == folder


def test_only_the_files_of_the_preset_are_downloaded(hub, preset):
    hub.add("user/tiny", preset)
    files = hub.repositories["user/tiny"]["files"]
    files |= {"pytorch_model.bin": b"x", "generator_int8.onnx": b"y"}
    find_preset("hf://user/tiny")
    assert "pytorch_model.bin" not in hub.downloaded()
    assert {"config.json", "generator_int8.onnx"} <= hub.downloaded()
    assert "generator.safetensors" in hub.downloaded()


def test_a_damaged_file_of_the_hub_is_told(hub, preset):
    hub.add("user/tiny", preset)
    hub.repositories["user/tiny"]["files"]["generator.safetensors"] += b"x"
    with pytest.raises(UserError, match="the file is damaged"):
        HTRGAN.from_preset("hf://user/tiny")


def test_of_what_is_no_preset_no_weights_are_downloaded(hub, tmp_path):
    hub.add("user/other")
    files = {"config.json": b"{}", "model.safetensors": b"large"}
    hub.repositories["user/other"]["files"] = files
    with pytest.raises(UserError, match="hf://user/other: no preset"):
        find_preset("hf://user/other")
    files["charset.json"] = b"[]"
    with pytest.raises(UserError, match="not the settings of a preset"):
        find_preset("hf://user/other")
    assert "model.safetensors" not in hub.downloaded()


@pytest.mark.parametrize(
    "uri, told",
    [
        ("hf://user/none", "no such repository, or a private one"),
        ("hf://user/tiny@gone", "no such version"),
        ("hf://user/gated", "only for those whom its owner lets in"),
        ("hf://user/down", "cannot be reached, and nothing of it was kept"),
    ],
)
def test_what_the_hub_refuses_is_told_in_a_line(uri, told, hub, preset):
    hub.add("user/tiny", preset)
    hub.add("user/gated", answer=403)
    hub.add("user/down", answer=503)
    with pytest.raises(UserError, match=told) as caught:
        find_preset(uri)
    assert str(caught.value).startswith(f"{uri}: ")
    assert "\n" not in str(caught.value)


def test_without_a_network_it_is_told_in_a_line(hub, preset):
    hub.shutdown()
    hub.server_close()
    with pytest.raises(UserError, match="cannot be reached") as caught:
        find_preset("hf://user/tiny")
    assert "\n" not in str(caught.value)


def test_restore_takes_a_preset_of_the_hub(hub, tmp_path):
    """With the exported network that lies in the repository, too."""
    name = shipped_presets()[-1]
    hub.add("user/shipped", SHIPPED / name)
    Image.new("L", (300, 40), 200).save(tmp_path / "line.png")
    command = ["restore", tmp_path / "line.png", "-o", tmp_path / "out"]
    command += ["--model", "hf://user/shipped", "--runtime", "onnx"]
    done = CliRunner().invoke(main, list(map(str, command)))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "line.png").exists()
    command[command.index("hf://user/shipped")] = "hf://user/none"
    shutil.rmtree(tmp_path / "out")
    done = CliRunner().invoke(main, list(map(str, command)))
    assert done.exit_code == 1
    assert "Error: hf://user/none: no such repository" in done.output


def test_the_plain_install_says_what_it_lacks(tmp_path):
    Image.new("L", (300, 40), 200).save(tmp_path / "line.png")
    done = run_command(
        *("restore", tmp_path / "line.png", "-o", tmp_path / "out"),
        *("--model", "hf://user/name"),
    )
    told = "hf://user/name: huggingface_hub is not here, which asks for it: "
    first, imported = done.stderr.splitlines()
    assert first == f"Error: {told}pip install huggingface_hub"
    assert imported.startswith("imported ")
    done = run(
        "import keras_htr_gan as k; k.upload_preset('latin_tiny', 'hf://a/b')"
    )
    assert done.stderr.splitlines()[-1].endswith(
        "hf://a/b: huggingface_hub is not here, which asks for it: "
        "pip install huggingface_hub"
    )
