"""A saved W&B workspace that shows what matters of trainings of the GAN.

Which figures there are is decided by `HTRGAN`, `ValidationScores` and
`WandbLogger`; a test compares them with what a training logs.
"""

import contextlib
import dataclasses
import json
import re
from pathlib import Path

from keras_htr_gan.errors import UserError
from keras_htr_gan.storage import write_whole

NAME = "Restoring handwriting"
# As W&B allows it.
PROJECT = re.compile(r"(?:([\w.-]+)/)?([^/\\#?%:]+)")
SECONDS = 10
INSTEAD = "or write the workspace to a file by `spec`, without a network"

# Over the epochs, in each section: the title of a panel, and its figures.
CURVES = {
    "Phases": {
        "Weight of the reading loss": "ctc_weight",
        "Learning rates": "learning_rate/generator learning_rate/discriminator",
    },
    "Validation lines": {
        "Characters read wrongly": "val_CER",
        "Words read wrongly": "val_WER",
        "PSNR, dB": "val_PSNR",
        "SSIM": "val_SSIM",
    },
    "Reading loss": {
        "CTC loss": "CTC_loss val_CTC_loss",
        "Distance of the recogniser's features": "feature_loss",
        "Lines whose gradient was shortened": "bounded_lines",
        "Labels that CTC cannot align": "unreadable_labels",
    },
    "Gradients at the restored image": {
        "Reading against pixels": "CTC_gradient_norm pixel_gradient_norm",
        "Reading": "CTC_gradient_norm",
        "Pixels": "pixel_gradient_norm",
        "Discriminator": "adversarial_gradient_norm",
    },
    "Losses": {
        "Generator": "generator_loss",
        "Discriminator": "discriminator_loss",
        "Pixels": "pixel_loss val_pixel_loss",
        "Adversarial": "adversarial_loss",
    },
    "Steps that changed nothing": {"Skipped steps": "skipped_steps"},
    "Lines as found": {
        "Characters read wrongly": "val_CER_as_found",
        "Words read wrongly": "val_WER_as_found",
        "CTC loss": "CTC_loss_as_found",
        "Faithfulness to the scan": "faithfulness_loss",
        "Gradient of faithfulness": "faithfulness_gradient_norm",
    },
}
LOGARITHMIC = {"Reading against pixels"}
# A point a run: section, title, and the figures of its axes.
POINTS = [
    (
        "Validation lines",
        "Characters read wrongly against PSNR, last epoch",
        "val_PSNR",
        "val_CER",
    ),
    (
        "Test lines",
        "Characters read wrongly, restored against degraded",
        "test_degraded/CER",
        "test_restored/CER",
    ),
    (
        "Test lines",
        "Restored: characters read wrongly against PSNR",
        "test_restored/PSNR",
        "test_restored/CER",
    ),
]


@dataclasses.dataclass(frozen=True)
class Dashboard:
    """A workspace that could be saved, and where.

    Args:
        workspace: `wandb_workspaces.workspaces.Workspace`.
        host: str, the address of W&B.
    """

    workspace: object
    host: str

    def __str__(self):
        """What is asked for consent: where, for whom, and which panels."""
        made = self.workspace
        rows = [f"  {s.name}, {len(s.panels)}" for s in made.sections]
        return "\n".join(
            [
                f"{made.entity}/{made.project} at {self.host}: a new saved "
                f'workspace "{made.name}"',
                "It changes nothing else; who sees the project, sees it. "
                "Its sections and their panels:",
                *rows,
            ]
        )


def build_workspace(project):
    """The workspace of a project, which is not saved yet.

    Args:
        project: str, `"project"` or `"entity/project"`.

    Returns:
        `wandb_workspaces.workspaces.Workspace`.

    Raises:
        UserError: if that cannot be a project, or wandb-workspaces is not
            installed; names the extra that brings it.
    """
    found = PROJECT.fullmatch(project)
    if not found:
        raise UserError(
            f"{project}: no project of W&B, which is PROJECT or ENTITY/PROJECT"
        )
    try:
        from wandb_workspaces import workspaces
    except ModuleNotFoundError as error:
        raise UserError(
            "a dashboard needs wandb-workspaces: pip install "
            "'keras_htr_gan[dashboard]'"
        ) from error
    return workspaces.Workspace(
        entity=found[1] or "",
        project=found[2],
        name=NAME,
        sections=[
            workspaces.Section(name=name, panels=panels, is_open=True)
            for name, panels in list_panels().items()
        ],
        settings=workspaces.WorkspaceSettings(x_axis="epoch"),
    )


def list_panels():
    """The panels of each section: dict of its name to a list."""
    from wandb_workspaces.reports.v2 import (
        LinePlot,
        MediaBrowser,
        ScatterPlot,
        WeavePanelSummaryTable,
    )

    # Each panel has an axis of its own, which is W&B's step unless it is said.
    sections = {
        section: [
            LinePlot(
                title=title,
                x="epoch",
                y=metrics.split(),
                log_y=title in LOGARITHMIC or None,
            )
            for title, metrics in curves.items()
        ]
        for section, curves in CURVES.items()
    }
    for section, title, x, y in POINTS:
        plot = ScatterPlot(title=title, x=x, y=y)
        sections.setdefault(section, []).append(plot)
    sections["Lines"] = [
        MediaBrowser(
            title="Degraded, restored, clean",
            media_keys=["lines"],
            num_columns=1,
        ),
        WeavePanelSummaryTable(table_name="samples"),
    ]
    return sections


def write_spec(workspace, path):
    """Writes what saving a workspace would send, as JSON.

    Args:
        workspace: see `build_workspace`.
        path: path of the file; one that is there is replaced.

    Raises:
        UserError: if it cannot be written.
    """
    # Its only description; `save` sends what this is made of.
    text = json.dumps(workspace._spec, indent=2)
    try:
        write_whole(Path(path), text + "\n")
    except OSError as error:
        raise UserError(f"`spec`: {path}: {error.strerror}") from error


def plan_dashboard(project):
    """Sees that a workspace can be saved; nothing is changed.

    Args:
        project: see `build_workspace`; without an entity the user's own.

    Returns:
        `Dashboard`.

    Raises:
        UserError: see `build_workspace`; if W&B is switched off, nobody is
            logged in, W&B cannot be reached, or it has no such project.
    """
    workspace = build_workspace(project)
    import wandb

    mode = wandb.setup().settings.mode
    if mode != "online":
        raise UserError(
            f"W&B is {mode} here, so nothing is saved: set WANDB_MODE=online, "
            f"{INSTEAD}"
        )
    with telling_refusals(project):
        if not wandb.login(prompt=False):
            raise UserError(
                f"nobody is logged in to W&B: wandb login, {INSTEAD}"
            )
        api = wandb.Api(timeout=SECONDS)
        workspace.entity = workspace.entity or api.default_entity
        place = f"{workspace.entity}/{workspace.project}"
        if not is_project(api, workspace):
            raise UserError(
                f"{place}: W&B has no such project, or not for you; it is "
                "made by the first run that is sent there, see wandb sync"
            )
    return Dashboard(workspace, api.settings["base_url"])


def is_project(api, workspace):
    """Whether the project of a workspace is there: bool."""
    try:
        return bool(api.project(workspace.project, workspace.entity).id)
    except ValueError as error:
        # One with a cause is of the way there.
        if error.__cause__:
            raise
        return False


def save_dashboard(dashboard):
    """Saves the workspace that was planned: str, its address.

    Raises:
        UserError: if it cannot be.
    """
    workspace = dashboard.workspace
    with telling_refusals(f"{workspace.entity}/{workspace.project}"):
        workspace.save()
        # Made as a path of this system.
        return workspace.url.replace("\\", "/")


@contextlib.contextmanager
def telling_refusals(place):
    """Within a `with` block, what W&B or the way to it lacks is a
    `UserError` of one line."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # Of the libraries below, too, which change.
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise UserError(
            f"{place}: W&B could not be asked: {reason[0].rstrip('.')}; log in "
            f"anew by wandb login, try again later, {INSTEAD}"
        ) from error
