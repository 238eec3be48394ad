"""What an evaluation of lines shows: in words, tables and pictures."""

import json

import numpy as np

from keras_htr_gan.callbacks.restored_samples import sample_sheet
from keras_htr_gan.evaluation.binarization import METHODS
from keras_htr_gan.evaluation.metrics.binary import THRESHOLD
from keras_htr_gan.evaluation.metrics.reading import count_errors
from keras_htr_gan.evaluation.report_folder import report_folder
from keras_htr_gan.evaluation.scoring import PREFIXES
from keras_htr_gan.evaluation.tables import (
    COLUMNS,
    format_scores,
    write_csv,
    write_scores,
)
from keras_htr_gan.storage import whole_file, write_whole

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


def format_line_report(title, about, scores, as_found):
    """The report in Markdown: str.

    Args:
        title: str.
        about: str, see `describe_lines`.
        scores: dict of an image's name to its figures, see `format_scores`.
        as_found: bool, whether there are no clean lines.
    """
    return f"""# {title}

{about}

{format_both_scores(scores, FOUND if as_found else AGED)}

Character errors after restoration: {format_changes(scores)}.
"""


def describe_lines(evaluation, split, as_found, degradation):
    """What lines were scored, and who read them beside our readers: str."""
    what = "as found" if as_found else f"aged by the recipe `{degradation}`"
    part = "" if split == "all" else f" of the {split} split"
    text = f"{len(evaluation.texts)} lines{part}, {what}."
    if evaluation.outside is not None:
        command = " ".join(evaluation.outside.words)
        text += f" The outside reader is `{command}`."
    return text


def format_both_scores(scores, titles):
    """A table of how they are read, and one of the pixels if there are."""
    reading = [c for c in COLUMNS if c.endswith(("CER", "WER"))]
    pixels = [c for c in COLUMNS if c not in reading]
    text = format_scores(scores, titles, reading)
    if "PSNR" in scores["restored"]:
        written = {n: t for n, t in titles.items() if n != "clean"}
        text += (
            f"\n\nAgainst the clean lines; from F-measure on, ink is what is "
            f"darker than {THRESHOLD}, in both:\n\n"
            + format_scores(scores, written, pixels)
        )
    return text


def format_changes(scores):
    """How many more or fewer errors there are, by each reader: str."""
    before, after = scores["degraded"], scores["restored"]
    rates = {who: f"{PREFIXES[reader]}CER" for reader, who in READERS.items()}
    return ", ".join(
        f"{100 * (after[rate] / max(before[rate], 1e-9) - 1):+.0f} % by {who}"
        for who, rate in rates.items()
        if rate in after
    )


def write_line_report(output, report, scores, evaluation, images, readings):
    """Writes the report with its figures, readings and pictures.

    Args:
        output: `Path` of the folder.
        report: str, the report in Markdown.
        scores: dict of an image's name to its figures.
        evaluation: `Evaluation`.
        images, readings: dicts of the same names, see `score_lines`.

    Raises:
        UserError: if the folder cannot be written.
    """
    lines = {"text": evaluation.texts}
    for name, by_reader in readings.items():
        for reader, read in by_reader.items():
            lines[f"{name}, {reader}"] = read
    judge = "judge" if "judge" in readings["restored"] else "recogniser"
    judged = {name: by_reader[judge] for name, by_reader in readings.items()}
    best, worst = find_most_changed(evaluation.texts, judged)
    pictures = "\n![better](better.png)\n\n![worse](worse.png)\n"
    with report_folder(output):
        write_whole(output / "report.md", report + pictures)
        write_whole(output / "report.json", json.dumps(scores, indent=2))
        write_scores(output / "scores.csv", scores)
        rows = [lines, *zip(*lines.values(), strict=True)]
        write_csv(output / "lines.csv", rows)
        for name, numbers in (("better", best), ("worse", worst)):
            rows = list_samples(numbers, evaluation.texts, images, judged)
            with whole_file(output / f"{name}.png") as partial:
                sample_sheet(rows).save(partial)


def find_most_changed(texts, readings):
    """Lines that gained most by restoration, and those that lost most.

    Args:
        texts: list of str, what stands there.
        readings: dict of image name to list of str, what was read.

    Returns:
        two lists of int, at most `SHOWN`, in errors a character.
    """
    rates = {
        name: np.divide(*count_errors(texts, readings[name]))
        for name in ("degraded", "restored")
    }
    gained = rates["degraded"] - rates["restored"]
    order = np.argsort(gained, kind="stable")
    return order[::-1][:SHOWN].tolist(), order[:SHOWN].tolist()


def list_samples(numbers, texts, images, readings):
    """Rows of `sample_sheet`, see `find_most_changed`."""
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
