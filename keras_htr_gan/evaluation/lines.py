"""Scores a model on lines: in words, tables and pictures."""

import csv
import json

import numpy as np

from keras_htr_gan.callbacks.restored_samples import sample_sheet
from keras_htr_gan.data.feeding import FixedBatches
from keras_htr_gan.data.pipeline import LineFormat
from keras_htr_gan.data.recipes import load_recipe
from keras_htr_gan.data.sources import SourceOptions, open_split
from keras_htr_gan.errors import UserError
from keras_htr_gan.evaluation.binarization import METHODS, binarized
from keras_htr_gan.evaluation.judge import select_judge
from keras_htr_gan.evaluation.metrics.binary import THRESHOLD, binary_scores
from keras_htr_gan.evaluation.metrics.reading import errors_of_lines
from keras_htr_gan.evaluation.outside_reader import OutsideReader
from keras_htr_gan.evaluation.scoring import PREFIXES, Evaluation
from keras_htr_gan.evaluation.tables import COLUMNS, score_table
from keras_htr_gan.htr_gan import HTRGAN

SEED = 2
SHOWN = 12
READERS = {
    "recogniser": "the recogniser that guided it",
    "judge": "the judge",
    "outside": "the outside reader",
}
AGED = {name: name for name in ("degraded", *METHODS, "restored", "clean")}
FOUND = {
    "degraded": "as found",
    "clean": "as found, contrast stretched",
    **{name: name for name in METHODS},
    "restored": "restored",
}


def evaluate_data(
    data,
    model,
    as_found=False,
    degradation="medium",
    split="all",
    split_by="auto",
    language="en",
    lines=1000,
    judge="auto",
    reader=None,
    binarizations=True,
    output=None,
):
    """Restores lines and scores them, see the command `evaluate`.

    Args:
        data: str, an entry of `--data`.
        model: see `loaded_gan`.
        output: `Path` of a folder to be written, or `None`.
        (the others as the options of the command)

    Returns:
        str, the report in Markdown.

    Raises:
        UserError: names what cannot be used.
    """
    refuse_full(output)
    outside = OutsideReader(reader) if reader else None
    gan = HTRGAN.from_preset(model)
    height = gan.line_height
    source = open_split(
        data,
        SourceOptions(
            language=language,
            height=height,
            split_by=split_by,
            as_found=as_found,
        ),
        split,
    )
    line_format = LineFormat.covering(
        [source], height, load_recipe(degradation)
    )
    evaluation = Evaluation(
        FixedBatches(source, line_format, lines, 1, SEED).lines,
        gan.recognizer,
        select_judge(judge, line_format.charset),
        outside,
    )
    images = {
        "degraded": evaluation.degraded,
        "restored": evaluation.restore(gan),
        "clean": evaluation.clean,
    }
    for method in METHODS if binarizations else ():
        images[method] = [binarized(x, method) for x in evaluation.degraded]
    readings = {
        name: evaluation.readings(some) for name, some in images.items()
    }
    scores = {
        name: evaluation.score_readings(texts)
        for name, texts in readings.items()
    }
    if not as_found:
        for name, some in images.items():
            if name != "clean":
                scores[name] |= binary_scores(evaluation.clean, some)
                scores[name] |= evaluation.score_pixels(some)
    report = f"""# {data}, restored by {model}

{what_lines(evaluation, split, as_found, degradation, outside)}

{tables(scores, FOUND if as_found else AGED)}

Character errors after restoration: {changes(scores)}.
"""
    if output is not None:
        write(output, report, scores, evaluation, images, readings)
    return report


def refuse_full(output):
    if output is not None and output.exists() and any(output.iterdir()):
        raise UserError(f"--output: {output} is not empty; name a new folder")


def what_lines(evaluation, split, as_found, degradation, outside):
    what = "as found" if as_found else f"aged by the recipe `{degradation}`"
    part = "" if split == "all" else f" of the {split} split"
    text = f"{len(evaluation.texts)} lines{part}, {what}."
    if outside is not None:
        text += f" The outside reader is `{' '.join(outside.words)}`."
    return text


def tables(scores, titles):
    """A table of how they are read, and one of the pixels if there are."""
    reading = [c for c in COLUMNS if c.endswith(("CER", "WER"))]
    pixels = [c for c in COLUMNS if c not in reading]
    text = score_table(scores, titles, reading)
    if "PSNR" in scores["restored"]:
        written = {n: t for n, t in titles.items() if n != "clean"}
        text += (
            f"\n\nAgainst the clean lines; from F-measure on, ink is what is "
            f"darker than {THRESHOLD}, in both:\n\n"
            + score_table(scores, written, pixels)
        )
    return text


def changes(scores):
    """How many more or fewer errors there are, by each reader."""
    before, after = scores["degraded"], scores["restored"]
    rates = {who: f"{PREFIXES[reader]}CER" for reader, who in READERS.items()}
    return ", ".join(
        f"{100 * (after[rate] / max(before[rate], 1e-9) - 1):+.0f} % by {who}"
        for who, rate in rates.items()
        if rate in after
    )


def write(folder, report, scores, evaluation, images, readings):
    """Writes the report with its figures, readings and pictures."""
    lines = {"text": evaluation.texts}
    for name, by_reader in readings.items():
        for reader, read in by_reader.items():
            lines[f"{name}, {reader}"] = read
    judge = "judge" if "judge" in readings["restored"] else "recogniser"
    judged = {name: by_reader[judge] for name, by_reader in readings.items()}
    best, worst = most_changed(evaluation.texts, judged)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pictures = "\n![better](better.png)\n\n![worse](worse.png)\n"
        (folder / "report.md").write_text(report + pictures, encoding="utf-8")
        (folder / "report.json").write_text(json.dumps(scores, indent=2))
        write_rows(folder / "scores.csv", score_rows(scores))
        rows = [lines, *zip(*lines.values(), strict=True)]
        write_rows(folder / "lines.csv", rows)
        for name, numbers in (("better", best), ("worse", worst)):
            rows = sample_rows(numbers, evaluation.texts, images, judged)
            sample_sheet(rows).save(folder / f"{name}.png")
    except OSError as error:
        raise UserError(f"--output: {folder}: {error.strerror}") from error


def write_rows(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def score_rows(scores):
    """The figures as rows of a CSV file, names first."""
    names = [c for c in COLUMNS if any(c in row for row in scores.values())]
    yield ["image", *names]
    for image, row in scores.items():
        yield [image, *(row.get(name, "") for name in names)]


def most_changed(texts, readings):
    """Lines that gained most by restoration, and those that lost most.

    Args:
        texts: list of str, what stands there.
        readings: dict of image name to list of str, what was read.

    Returns:
        two lists of int, at most `SHOWN`, in errors a character.
    """
    rates = {
        name: np.divide(*errors_of_lines(texts, readings[name]))
        for name in ("degraded", "restored")
    }
    gained = rates["degraded"] - rates["restored"]
    order = np.argsort(gained, kind="stable")
    return order[::-1][:SHOWN].tolist(), order[:SHOWN].tolist()


def sample_rows(numbers, texts, images, readings):
    """Rows of `sample_sheet`, see `most_changed`."""
    shown = ("degraded", "restored", "clean")
    return [
        {
            **{name: images[name][i] for name in shown},
            "text": texts[i],
            "reading": readings["restored"][i],
            "degraded_reading": readings["degraded"][i],
        }
        for i in numbers
    ]
