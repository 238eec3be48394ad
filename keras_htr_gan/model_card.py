"""The model card of a trained recogniser, in Markdown."""

import os
import platform

import keras


def model_card(settings, scores, minutes):
    """Writes up how a recogniser was trained and how well it reads.

    Args:
        settings: dict, the configuration of the run.
        scores: dict of a part of the test data to its figures: `lines`, and
            `CER` and `WER` under `greedy`, `beam` and `degraded`.
        minutes: float, time of the training.

    Returns:
        str, Markdown.
    """
    rows = "\n".join(
        f"| {part}, {score['lines']} lines | {kind} "
        f"| {100 * score[name]['CER']:.1f} % "
        f"| {100 * score[name]['WER']:.1f} % |"
        for part, score in scores.items()
        for name, kind in (
            ("greedy", "clean, greedy decoding"),
            ("beam", "clean, beam search"),
            ("degraded", "degraded, greedy decoding"),
        )
    )
    return f"""# A recogniser of handwritten lines

Size `{settings["size"]}`. {settings["about"]}

| test lines | read how | CER | WER |
|---|---|---|---|
{rows}

Trained in {minutes:.0f} minutes on {os.cpu_count()} cores
({platform.machine()}, {keras.config.backend()}, Keras {keras.__version__}),
seed {settings["seed"]}, by

```sh
{settings["command"]}
```
"""
