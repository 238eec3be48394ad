"""The saved workspace: its figures are logged, and W&B gets what was told."""

import json

import pytest
from click.testing import CliRunner

from keras_htr_gan.__main__ import main
from tests.loopback import serving
from tests.loopback_wandb import KEY, LoopbackWandb
from tests.panels import list_panels, named

REASON = "pip install -e '.[test]' runs this"
pytest.importorskip("wandb_workspaces", reason=REASON)

import wandb  # noqa: E402
from wandb_workspaces.workspaces import internal  # noqa: E402


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A `LoopbackWandb`, which is the only one; nobody is logged in."""
    wandb.teardown()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    with serving(LoopbackWandb()) as running:
        monkeypatch.setenv("WANDB_BASE_URL", running.address)
        yield running
        wandb.teardown()
    monkeypatch.undo()
    wandb.setup()


def save(*words, answer=None):
    words = ["dashboard", *map(str, words)]
    return CliRunner().invoke(main, words, input=answer)


def spec(tmp_path, project="mine"):
    done = save(project, "--spec", tmp_path / "spec.json")
    assert done.exit_code == 0, done.output
    return json.loads((tmp_path / "spec.json").read_text("utf-8"))


def test_panels_are_drawn_over_epochs(tmp_path):
    """That their figures are logged: tests/test_train.py."""
    panels = list_panels(spec(tmp_path))
    assert len(panels) > 20 and all(map(named, panels))
    plots = [p for p in panels if p["viewType"] == "Run History Line Plot"]
    assert {plot["config"]["xAxis"] for plot in plots} == {"epoch"}


def test_the_spec_is_what_wandb_takes_and_needs_no_network(tmp_path, server):
    told = spec(tmp_path, "us/mine")
    assert (told["entity"], told["project"]) == ("us", "mine")
    view = internal.View.model_validate(told)
    again = view.model_dump(by_alias=True, exclude_none=True, mode="json")
    assert again == told
    assert not server.asked


def test_what_was_told_is_saved_and_only_with_consent(server, monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    server.projects.add("me/mine")
    for answer in ("n\n", ""):
        done = save("mine", answer=answer)
        assert done.exit_code == 1 and "Aborted" in done.output
    assert f"me/mine at {server.address}: a new saved workspace" in done.output
    assert not server.saved
    done = save("mine", answer="y\n")
    assert done.exit_code == 0, done.output
    [sent] = server.saved
    assert (sent["entityName"], sent["projectName"]) == ("me", "mine")
    assert f'workspace "{sent["displayName"]}"' in done.output
    saved = internal.WorkspaceViewspec.model_validate_json(sent["spec"])
    for section in saved.section.panel_bank_config.sections:
        assert f"  {section.name}, {len(section.panels)}\n" in done.output
    assert f"{server.address}/me/mine?nw=" in done.output.splitlines()[-1]
    assert "Save this?" not in save("me/mine", "--yes").output
    assert len(server.saved) == 2


@pytest.mark.parametrize(
    "project, environment, told",
    [
        ("mine", {}, "nobody is logged in to W&B: wandb login, or write"),
        ("mine", {"WANDB_API_KEY": KEY}, "me/mine: W&B has no such project"),
        ("mine", {"WANDB_API_KEY": KEY[1:] + "1"}, "could not be asked: Faile"),
        ("mine", {"WANDB_API_KEY": "short"}, "WANDB_API_KEY invalid"),
        ("mine", {"WANDB_MODE": "offline"}, "W&B is offline here"),
        ("https://w.b/me/mine", {}, "no project of W&B, which is PROJECT"),
    ],
)
def test_what_is_missing_is_told(
    project, environment, told, server, monkeypatch
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = save(project, "--yes")
    assert done.exit_code == 1
    [line] = [r for r in done.output.splitlines() if r.startswith("Error: ")]
    assert told in line
    assert isinstance(done.exception, SystemExit)
    assert not server.saved
