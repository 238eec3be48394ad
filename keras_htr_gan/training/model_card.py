"""Model cards: how a model was trained and how good it is, in Markdown."""

import os
import platform

import keras
from huggingface_hub import ModelCardData

from keras_htr_gan.evaluation.tables import format_scores, format_table
from keras_htr_gan.publishing import LIBRARY, UNKNOWN

ROWS = {
    "degraded": "degraded (input)",
    "warm_up": "restored, end of the warm-up",
    "restored": "restored, end of the training",
    "clean": "clean (the target)",
}


def write_recognizer_card(settings, scores, minutes):
    """Writes up how a recogniser was trained and how well it reads.

    Args:
        settings: dict, the configuration of the run.
        scores: dict of a part of the test data to its figures: `lines`, and
            `CER` and `WER` under `greedy`, `beam` and `degraded`.
        minutes: float, time of the training.

    Returns:
        str, Markdown.
    """
    rows = [
        [f"{part}, {score['lines']} lines", kind]
        + [f"{100 * score[name][rate]:.1f} %" for rate in ("CER", "WER")]
        for part, score in scores.items()
        for name, kind in (
            ("greedy", "clean, greedy decoding"),
            ("beam", "clean, beam search"),
            ("degraded", "degraded, greedy decoding"),
        )
    ]
    return f"""# A recogniser of handwritten lines

Size `{settings["size"]}`. {settings["about"]}

{format_table(["test lines", "read how", "CER", "WER"], rows)}

{describe_training(settings, minutes)}"""


def write_gan_card(settings, scores, lines, minutes):
    """Writes up how a generator was trained and how well it restores.

    Args:
        settings: dict, the configuration of the run.
        scores: dict of dicts: for each of `ROWS` that there is, its figures
            on the test split, see `format_scores`.
        lines: int, test lines.
        minutes: float, time of the training.

    Returns:
        str, Markdown.
    """
    ratio = scores["restored"]["CER"] / max(scores["degraded"]["CER"], 1e-9)
    judge = "judge_CER" in scores["clean"]
    readers = "the recogniser that guided the training" + (
        " and a judge\nthat had no part in it" if judge else ""
    )
    return f"""# Restored handwriting

Size `{settings["size"]}`. {lines} lines of the test split of
{", ".join(settings["data"])}, read by {readers}.

{format_scores(scores, ROWS)}

Restored lines are read with {ratio:.2f} times the character errors of the
degraded ones.

{describe_training(settings, minutes)}"""


def write_front_matter(settings, task):
    """What the Hugging Face hub reads of a card, to stand above it.

    The licence is left to who publishes it. Languages are those of drawn lines;
    of other data none is known.

    Args:
        settings: dict, the configuration of the run.
        task: str, `"image-to-image"` or `"image-to-text"`.

    Returns:
        str, YAML between two lines of dashes.
    """
    drawn = any(name.startswith("synthetic") for name in settings["data"])
    data = ModelCardData(
        license=UNKNOWN,
        language=settings["language"].split(",") if drawn else None,
        library_name=LIBRARY,
        pipeline_tag=task,
        tags=["keras-htr-gan", "handwriting", "htr"],
        metrics=["cer", "wer"],
    )
    return f"---\n{data.to_yaml()}\n---\n\n"


def describe_training(settings, minutes):
    """The sentence on time, machine, seed and command."""
    return f"""Trained in {minutes:.1f} minutes on {os.cpu_count()} cores
({platform.machine()}, {keras.config.backend()}, Keras {keras.__version__},
{settings["precision"]}), seed {settings["seed"]}: {settings["epochs"]} epochs
of {settings["steps_per_epoch"]} batches of {settings["batch_size"]} lines, by

```sh
{settings["command"]}
```
"""
