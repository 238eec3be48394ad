"""What a training is told: one set of defaults for commands and library."""

import dataclasses
from typing import ClassVar

from keras_htr_gan.errors import UserError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What every training is told.

    Args:
        data: tuple of str, the lines, see `data.sources.open_sources`.
        validation_data: tuple of str, lines for validation and test, as
            `data`; without it a part of `data` is kept for them.
        split_by: str, see `data.splits.split_lines`.
        degradation: str, see `data.recipes.load_recipe`.
        paper: str, a scan or a folder of scans, on whose blank paper half of
            the lines are written that are aged; `""` for none.
        unknown_characters: `"error"`, `"drop-line"` or `"replace"`, for those
            of the data that the recogniser does not know.
        strict: bool, whether anything wrong with the data is fatal.
        polarity: `"auto"`, `"dark"` or `"light"`, of the ink in the data, see
            `images.polarity.must_turn`.
        language: str, of drawn lines: `"en"`, or several, `"en,fr"`.
        fonts: str, of drawn lines, families with commas between them; `""`
            for the usual ones.
        epochs: int.
        steps_per_epoch: int, batches.
        batch_size: int, lines.
        validation_steps: int, batches of the validation split.
        seed: int.
        precision: `"float32"` or `"bfloat16"`.
        deterministic: bool, whether the same run gives the same figures to
            the last digit.
        checkpoint_minutes: float, between checkpoints within an epoch.
        wandb_mode: `"online"`, `"offline"` or `"disabled"`.
        wandb_project: str.
    """

    MAY_CHANGE: ClassVar = ("checkpoint_minutes", "wandb_mode")

    data: tuple[str, ...] = ("synthetic",)
    validation_data: tuple[str, ...] = ()
    split_by: str = "auto"
    degradation: str = "medium"
    paper: str = ""
    unknown_characters: str = "error"
    strict: bool = False
    polarity: str = "auto"
    language: str = "en"
    fonts: str = ""
    epochs: int = 30
    steps_per_epoch: int = 64
    batch_size: int = 16
    validation_steps: int = 12
    seed: int = 0
    precision: str = "float32"
    deterministic: bool = False
    checkpoint_minutes: float = 10.0
    wandb_mode: str = "offline"
    wandb_project: str = "keras_htr_gan"

    @property
    def steps(self):
        """Batches in all: int."""
        return self.epochs * self.steps_per_epoch

    def as_json(self):
        """The settings as `config.json` has them: dict."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
        }

    @classmethod
    def from_json(cls, values):
        """The inverse; what `values` lacks has its default.

        Args:
            values: dict; what is no setting is left out.
        """
        return cls(
            **{
                field.name: tuple(value) if isinstance(value, list) else value
                for field in dataclasses.fields(cls)
                if field.name in values
                for value in [values[field.name]]
            }
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingSettings(Settings):
    """What the training of an `HTRGAN` is told.

    Args:
        warmup_epochs, annealing_epochs, annealing_shape, ctc_weight: the
            schedule, see `callbacks.LossAnnealingCallback`.
        guidance: str, the form of the reading loss, see `Guidance`.
        pixel_loss_weight, adversarial_loss_weight: float, see `HTRGAN`.
        reading_gradient_bound: float, see `HTRGAN`; below 0 for none.
        size: str, of the networks (`sizes.py`), or `None` for that of `load`,
            else tiny.
        contrast: bool, whether the generator sees it, see `build_generator`.
        load: str, a model to begin with, see `HTRGAN.from_preset`, or `None`.
        as_found: tuple of str, lines without a clean twin, see
            `data.found.open_found`.
        faithfulness_loss_weight: float, of those, see `HTRGAN`.
        page_share: float, see `data.pipeline.LineFormat.pair`.
        context_rows: int, a multiple of 8, see `context` there.
        patience: int, epochs after the ramp that may be no better by
            `val_CER`, see `callbacks.Patience`; 0 for all.
        skip_limit: int, see `callbacks.SkippedSteps`.
        test_steps: int, batches of the test split, read for the report.
        recognizer: `"auto"`, `"train"`, or a recogniser's name, see
            `training.recognizer_choice`.
        recognizer_steps: int, batches to train one on.
        judge: `"auto"`, `"none"` or a name, see `evaluation.judge`.
        steps_per_execution: int, batches a call of the compiled step.
        jit_compile: bool, or `None` as Keras chooses.
        devices: int, of each host.
        (the others as for `Settings`)

    Raises:
        UserError: if `context_rows` is no multiple of 8.
    """

    MAY_CHANGE: ClassVar = (*Settings.MAY_CHANGE, "epochs", "devices")

    warmup_epochs: int = 10
    annealing_epochs: int = 10
    annealing_shape: str = "linear"
    ctc_weight: float = 10.0
    guidance: str = "ctc"
    pixel_loss_weight: float = 10.0
    adversarial_loss_weight: float = 0.2
    reading_gradient_bound: float = 18.0
    size: str | None = None
    contrast: bool = False
    load: str | None = None
    as_found: tuple[str, ...] = ()
    faithfulness_loss_weight: float = 10.0
    page_share: float = 0.0
    context_rows: int = 0
    patience: int = 0
    skip_limit: int = 20
    test_steps: int = 32
    recognizer: str = "auto"
    recognizer_steps: int = 1500
    judge: str = "auto"
    steps_per_execution: int = 1
    jit_compile: bool | None = None
    devices: int = 1

    def __post_init__(self):
        below = self.context_rows // 8 * 8
        if below != self.context_rows:
            raise UserError(
                f"`context_rows`: {self.context_rows} is no multiple of 8; "
                f"give {below} or {below + 8}"
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class PretrainingSettings(Settings):
    """What the training of a `Recognizer` is told.

    Args:
        characters: str, to know, whether the data has them or not; `""` for
            those of the data, and of `load`.
        size: str, see `Recognizer`.
        augmentation: `"full"`, `"hands"` or `"none"`, see
            `data.pipeline.LineFormat.reading`.
        blend: float, see there; `None` for the usual one with full
            augmentation, else 0.
        learning_rate: float.
        test_lines: int, of each entry of the data, read for the report.
        load: str, a recogniser to begin with, or `None`.
        restored_by: str, a model that restores some of the lines, or `None`.
        restored_share: float, how many of them.
        about: str, a sentence for the model card.
        (the others as for `Settings`)
    """

    steps_per_epoch: int = 200
    characters: str = ""
    size: str = "tiny"
    augmentation: str = "full"
    blend: float | None = None
    learning_rate: float = 2e-3
    test_lines: int = 512
    load: str | None = None
    restored_by: str | None = None
    restored_share: float = 0.5
    about: str = ""
