"""Uploads to a hub of this machine."""

import json
import shutil

import pytest
from click.testing import CliRunner
from huggingface_hub import ModelCard

from keras_htr_gan import HTRGAN, UserError, upload_preset
from keras_htr_gan.__main__ import main
from keras_htr_gan.presets import CARD, CONFIG, SHIPPED, shipped_presets
from keras_htr_gan.publishing import SAID, check_card
from keras_htr_gan.training.model_card import write_front_matter
from tests.loopback_hub import TOKEN

NAME = "latin_tiny"
URI = "hf://user/tiny"


@pytest.fixture
def logged_in(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return hub


@pytest.fixture
def mine(tmp_path):
    """The folder of a preset that may be changed."""
    return shutil.copytree(SHIPPED / NAME, tmp_path / "mine")


def publish(*words, answer=None):
    words = ["publish", *map(str, words)]
    return CliRunner().invoke(main, words, input=answer)


def writes(hub):
    return [line for line in hub.asked if line.startswith("POST")]


def test_what_is_uploaded_is_loaded_again(logged_in, mine):
    (mine / "notes.txt").write_text("of nobody's concern", encoding="utf-8")
    address = upload_preset(mine, URI)
    repository = logged_in.repositories["user/tiny"]
    assert address.startswith(f"{logged_in.address}/user/tiny/commit/")
    assert repository["private"]
    uploaded = {path.name for path in (SHIPPED / NAME).iterdir()}
    assert set(repository["files"]) == uploaded
    for name, content in repository["files"].items():
        assert content == (mine / name).read_bytes()
    assert HTRGAN.from_preset(URI).line_height == 32


def test_nothing_is_uploaded_without_consent(logged_in):
    for answer in ("n\n", ""):
        done = publish(NAME, URI, answer=answer)
        assert done.exit_code == 1 and "Aborted" in done.output
    assert f"{URI}: a new repository, private\n" in done.output
    size = (SHIPPED / NAME / "generator.safetensors").stat().st_size
    assert f"generator.safetensors, {size:,} bytes" in done.output
    assert not writes(logged_in)
    done = publish(NAME, URI, answer="y\n")
    assert done.exit_code == 0, done.output
    done = publish(NAME, URI, "--yes")
    assert "a repository that is there, private\n" in done.output
    assert "Upload this?" not in done.output
    assert len(logged_in.repositories["user/tiny"]["files"]) > 5


def test_all_see_only_what_is_said_to_be_public(logged_in):
    done = publish(NAME, URI, "--public", "--yes")
    assert "public: all may see it" in done.output, done.output
    assert not logged_in.repositories["user/tiny"]["private"]
    done = publish(NAME, URI, "--yes")
    assert done.exit_code == 1
    assert "is there and public, so all would see it; say --public" in (
        done.output
    )
    logged_in.add("user/mine", private=True)
    with pytest.raises(UserError, match="is there and private"):
        upload_preset(NAME, "hf://user/mine", public=True)
    assert not logged_in.repositories["user/mine"]["files"]


def test_who_is_not_logged_in_is_told(hub):
    with pytest.raises(UserError, match="nobody is logged in.*HF_TOKEN"):
        upload_preset(NAME, URI)
    assert not hub.asked


def test_a_token_that_is_not_known_is_told(logged_in, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_another")
    with pytest.raises(UserError, match="log in") as caught:
        upload_preset(NAME, URI)
    assert "\n" not in str(caught.value)
    assert not logged_in.repositories


def test_a_hub_that_is_not_there_is_told(logged_in):
    logged_in.shutdown()
    logged_in.server_close()
    with pytest.raises(UserError, match="the hub could not be asked: "):
        upload_preset(NAME, URI)


@pytest.mark.parametrize(
    "preset, uri, told",
    [
        ("nothing", URI, "nothing: no preset"),
        (NAME, "user/tiny", "not the name of a repository"),
        (NAME, f"{URI}@v1", "leave out the version"),
    ],
)
def test_mistakes_are_told_before_the_hub_is_asked(
    preset, uri, told, logged_in
):
    done = publish(preset, uri, "--yes")
    assert done.exit_code == 1 and told in done.output
    assert not logged_in.asked


def test_a_damaged_preset_is_not_uploaded(logged_in, mine):
    with open(mine / "generator.safetensors", "ab") as file:
        file.write(b"x")
    with pytest.raises(UserError, match="the file is damaged"):
        upload_preset(mine, URI)
    assert not logged_in.asked


def test_only_weights_can_be_files_of_a_preset(logged_in, mine):
    config = mine / CONFIG
    settings = json.loads(config.read_text(encoding="utf-8"))
    for name in ("../secret", "*", "notes.txt"):
        text = json.dumps(settings | {"files": {name: ""}})
        config.write_text(text, encoding="utf-8")
        with pytest.raises(UserError, match="files must be named as weights"):
            upload_preset(mine, URI)
    assert not logged_in.asked


@pytest.mark.parametrize("name", shipped_presets())
def test_cards_that_are_shipped_say_enough(name):
    check_card(SHIPPED / name / CARD)


@pytest.mark.parametrize(
    "old, new, told",
    [
        ("license: apache-2.0\n", "", "lacks license;"),
        ("---\n", "", "lacks license, tags, library_name, metrics, language"),
        ("apache-2.0", "unknown", "say under which others may use it"),
        ("library_name: keras", "library_name: x", "library_name: x"),
        ("license: apache-2.0", "license: [", "its front matter: while"),
    ],
)
def test_a_card_that_says_too_little_is_told(old, new, told, mine, logged_in):
    card = mine / CARD
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UserError, match=told) as caught:
        upload_preset(mine, URI)
    assert str(caught.value).startswith(f"{card}: ")
    assert "\n" not in str(caught.value)
    card.unlink()
    with pytest.raises(UserError, match="No such file"):
        upload_preset(mine, URI)
    assert not logged_in.asked


def test_a_card_of_a_training_lacks_its_licence_alone(tmp_path):
    settings = {"data": ["lines", "synthetic:0.5"], "language": "fr,de"}
    card = tmp_path / CARD
    card.write_text(write_front_matter(settings, "image-to-image") + "# Card\n")
    data = ModelCard.load(card).data
    assert data.language == ["fr", "de"] and data.library_name == "keras"
    assert all(data.to_dict()[name] for name in SAID)
    with pytest.raises(UserError, match="license: unknown"):
        check_card(card)
    settings["data"] = ["lines"]
    card.write_text(write_front_matter(settings, "image-to-text"))
    assert ModelCard.load(card).data.language is None
