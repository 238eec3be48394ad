"""What an evaluation of lines shows: in words, tables and pictures."""

import dataclasses
import json

import numpy as np

from keras_htr_gan.callbacks.restored_samples import sample_sheet
from keras_htr_gan.evaluation.binarization import METHODS
from keras_htr_gan.evaluation.comparison import format_comparison
from keras_htr_gan.evaluation.metrics.binary import THRESHOLD
from keras_htr_gan.evaluation.metrics.reading import count_errors
from keras_htr_gan.evaluation.report_folder import report_folder
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.evaluation.tables import (
    COLUMNS,
    format_scores,
    write_csv,
    write_scores,
)
from keras_htr_gan.storage import whole_file, write_whole

SHOWN = 12
AGED = {name: name for name in ("degraded", *METHODS, "restored", "clean")}
FOUND = {
    "degraded": "as found",
    "clean": "as found, contrast stretched",
    **{name: name for name in METHODS},
    "restored": "restored",
}


@dataclasses.dataclass(frozen=True)
class ScoredLines:
    """Lines that are read and scored, as they are and otherwise.

    Attributes:
        evaluation: `Evaluation` of them.
        images: dict of name (`degraded`, `restored`, ...) to images, see there.
        readings: dict of the same names, see `Evaluation.readings`.
        scores: dict of the same names to figures, see `format_scores`.
        changes: dict, see `compare_readings`.
    """

    evaluation: Evaluation
    images: dict
    readings: dict
    scores: dict
    changes: dict


def format_line_report(title, about, scored, as_found):
    """The report in Markdown: str.

    Args:
        title: str.
        about: str, see `describe_lines`.
        scored: `ScoredLines`.
        as_found: bool, whether there are no clean lines.
    """
    titles = FOUND if as_found else AGED
    pages = scored.evaluation.pages
    return f"""# {title}

{about}

{format_both_scores(scored.scores, titles)}

{format_comparison(scored.changes, pages, titles["degraded"])}"""


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


def write_line_report(output, report, scored):
    """Writes the report with its figures, readings and pictures.

    Args:
        output: `Path` of the folder.
        report: str, the report in Markdown.
        scored: `ScoredLines`.

    Raises:
        UserError: if the folder cannot be written.
    """
    texts, readings = scored.evaluation.texts, scored.readings
    lines = {"text": texts}
    for name, by_reader in readings.items():
        for reader, read in by_reader.items():
            lines[f"{name}, {reader}"] = read
    judge = "judge" if "judge" in readings["restored"] else "recogniser"
    judged = {name: by_reader[judge] for name, by_reader in readings.items()}
    best, worst = find_most_changed(texts, judged)
    pictures = "\n![better](better.png)\n\n![worse](worse.png)\n"
    figures = scored.scores | {"changes": scored.changes}
    with report_folder(output):
        write_whole(output / "report.md", report + pictures)
        write_whole(output / "report.json", json.dumps(figures, indent=2))
        write_scores(output / "scores.csv", scored.scores)
        rows = [lines, *zip(*lines.values(), strict=True)]
        write_csv(output / "lines.csv", rows)
        for name, numbers in (("better", best), ("worse", worst)):
            rows = list_samples(numbers, texts, scored.images, judged)
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
