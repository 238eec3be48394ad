"""When a clipped reading loss says nothing: before any of it is trained on.

The loss that failed was CTC summed over a line, averaged over a batch and
clipped at `CLIP`: a batch whose mean lies above has no gradient at all. How
many batches do depends on how long the lines are, how well the recogniser
reads, how degraded the lines are and how far the warm-up has come. Here a
generator is trained without reading loss, and these batches are counted.
"""

import dataclasses

import keras
import numpy as np
from keras import ops

from keras_htr_gan.data.feeding import FixedBatches, TrainingBatches
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import LineFormat, pair_windows
from keras_htr_gan.data.recipes import RECIPES
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.evaluation.tables import format_table, write_csv
from keras_htr_gan.experiments.strategies import CLIP
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.losses import ctc_per_character
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.storage import write_whole
from keras_htr_gan.training.recognizer_choice import train_once

SIZE = "tiny"
FIGURES = (
    "characters",
    "recogniser_CER",
    "warm_up_steps",
    "degradation",
    "nats_per_line",
    "nats_per_character",
    "silent_batches",
)


def measure_saturation(
    language, widths, recognizer_steps, warmup_steps, batch_size, lines, seed=0
):
    """Trains generators without reading loss, and looks at it on the way.

    Args:
        language: str, of drawn lines.
        widths: sequence of int, pixels of the longest line, 32 high.
        recognizer_steps: sequence of int, batches that recognisers are
            trained on: the more, the better they read.
        warmup_steps: sequence of int, ascending, batches after which the
            generator is looked at; 0 for one that is not trained.
        batch_size: int.
        lines: int, test lines of each width.
        seed: int.

    Yields:
        dict with `FIGURES`: the mean length of a label, the CER of the
        recogniser on clean lines, ..., and the share of batches whose mean of
        nats a line is `CLIP` or more.
    """
    height = SIZES[SIZE].height
    for width in widths:
        train, test = (
            HandwritingSource(language, split, height=height, max_width=width)
            for split in ("train", "test")
        )
        line_format = LineFormat.covering([train, test], height)
        readers = list(
            train_readers(train, line_format, recognizer_steps, seed)
        )
        line_format = dataclasses.replace(
            line_format, charset=readers[0].charset
        )
        sets = draw_sets(test, line_format, lines, batch_size)
        drawn = sets["medium"].lines
        clean = [line["clean"] for line in drawn]
        error_rates = [
            Evaluation(drawn, reader).score_reading(clean)["CER"]
            for reader in readers
        ]
        characters = float(np.mean([len(line["text"]) for line in drawn]))
        for step, model in warm_up(
            train, line_format, readers[0], warmup_steps, seed
        ):
            for reader, rate in zip(readers, error_rates, strict=True):
                for name, batches in sets.items():
                    yield {
                        "characters": characters,
                        "recogniser_CER": rate,
                        "warm_up_steps": step,
                        "degradation": name,
                        **measure_nats(model, reader, batches),
                    }


def train_readers(source, line_format, recognizer_steps, seed):
    """Yields a recogniser, frozen, for each number of batches."""
    for steps in recognizer_steps:
        print(
            f"{source.max_width} pixels, a recogniser of {steps} batches",
            flush=True,
        )
        reader, _ = train_once(source, line_format, SIZE, steps, seed)
        yield reader.in_float32()


def draw_sets(source, line_format, lines, batch_size):
    """The same lines aged by each recipe: dict of name to `FixedBatches`."""
    return {
        name: FixedBatches(
            source,
            dataclasses.replace(line_format, recipe=recipe),
            lines,
            batch_size,
            seed=2,
        )
        for name, recipe in RECIPES.items()
    }


def warm_up(source, line_format, recognizer, warmup_steps, seed):
    """Yields `(step, model)` at each of the steps, trained without reading."""
    keras.utils.set_random_seed(seed)
    model = HTRGAN(build_generator(SIZE), build_discriminator(SIZE), recognizer)
    model.compile(
        optimizer=generator_discriminator_optimizer(
            decay_steps=max(1, 3 * warmup_steps[-1])
        )
    )
    windows = pair_windows(source, line_format, 16, seed)
    batches = TrainingBatches(windows).fed_from(0)
    done = 0
    for step in warmup_steps:
        if step > done:
            model.fit(
                batches, steps_per_epoch=step - done, shuffle=False, verbose=0
            )
            done = step
        yield step, model


def measure_nats(model, recognizer, batches):
    """The reading loss of a set of lines, whatever its weight."""
    lines, characters, means = [], 0, []
    for (batch,) in (batches[i] for i in range(len(batches))):
        restored = model.restored(model.generator(batch["degraded"]), batch)
        per_character = ops.convert_to_numpy(
            ctc_per_character(
                ops.convert_to_tensor(batch["labels"]),
                ops.convert_to_tensor(batch["label_lengths"]),
                recognizer(restored),
                recognizer.frame_lengths(batch["widths"]),
            )
        )
        per_line = per_character * batch["label_lengths"]
        lines += per_line.tolist()
        characters += int(batch["label_lengths"].sum())
        means.append(per_line.mean())
    return {
        "nats_per_line": float(np.mean(lines)),
        "nats_per_character": float(np.sum(lines) / characters),
        "silent_batches": float(np.mean(np.array(means) >= CLIP)),
    }


def write_saturation(output, rows, command):
    """Writes `saturation.csv` and `saturation.md`.

    Args:
        output: `Path` of a folder.
        rows: list of dict, see `measure_saturation`.
        command: str, what measured them.

    Returns:
        str, the report in Markdown.
    """
    figures = [[row[name] for name in FIGURES] for row in rows]
    write_csv(output / "saturation.csv", [FIGURES, *figures])
    table = format_table(
        [
            "characters",
            "recogniser, CER of clean lines",
            "warm-up, batches",
            "degradation",
            "nats a line",
            "nats a character",
            "silent batches",
        ],
        [
            [
                f"{row['characters']:.0f}",
                f"{100 * row['recogniser_CER']:.1f} %",
                f"{row['warm_up_steps']}",
                row["degradation"],
                f"{row['nats_per_line']:.0f}",
                f"{row['nats_per_character']:.2f}",
                f"{100 * row['silent_batches']:.0f} %",
            ]
            for row in rows
        ],
    )
    report = PAGE.format(clip=CLIP, command=command, table=table)
    write_whole(output / "saturation.md", report)
    return report


PAGE = """# When a clipped reading loss says nothing

Written by the command below. A batch is silent if its mean of nats a line is \
{clip:g} or more: clipped there, the loss has no gradient. No reading loss was \
trained on. The recogniser reads the same in training mode: it has neither \
batch statistics nor dropout.

```sh
{command}
```

{table}
"""
