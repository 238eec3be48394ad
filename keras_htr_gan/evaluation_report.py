"""Scores a model on data: in words, tables and pictures."""

import csv
import json

from callbacks.restored_samples import sample_sheet
from keras_htr_gan.data.pipeline import FixedBatches, LineFormat
from keras_htr_gan.data.recipes import load_recipe
from keras_htr_gan.data.sources import SourceOptions, open_split
from keras_htr_gan.errors import UserError
from keras_htr_gan.evaluation import Evaluation
from keras_htr_gan.recognizers import chosen_judge, loaded_gan
from keras_htr_gan.score_table import score_table

SEED = 2
SHOWN = 12
READERS = {"CER": "the recogniser that guided it", "judge_CER": "the judge"}
AGED = {"degraded": "degraded", "restored": "restored", "clean": "clean"}
FOUND = {
    "degraded": "as found",
    "clean": "as found, contrast stretched",
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
    if output is not None and output.exists() and any(output.iterdir()):
        raise UserError(f"--output: {output} is not empty; name a new folder")
    gan = loaded_gan(model)
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
    judge = chosen_judge(judge, line_format.charset)
    evaluation = Evaluation(
        FixedBatches(source, line_format, lines, 1, SEED).lines,
        gan.recognizer,
        judge,
    )
    images = {
        "degraded": evaluation.degraded,
        "restored": evaluation.restore(gan),
        "clean": evaluation.clean,
    }
    readings = {
        name: evaluation.readings(some) for name, some in images.items()
    }
    scores = {
        name: evaluation.score_readings(texts)
        for name, texts in readings.items()
    }
    if not as_found:
        for name in ("degraded", "restored"):
            scores[name] |= evaluation.score_pixels(images[name])
    what = "as found" if as_found else f"aged by the recipe `{degradation}`"
    part = "" if split == "all" else f" of the {split} split"
    report = f"""# {data}, restored by {model}

{len(evaluation.texts)} lines{part}, {what}.

{score_table(scores, FOUND if as_found else AGED)}

Character errors after restoration: {changes(scores)}.
"""
    if output is not None:
        write(output, report, scores, evaluation.texts, images, readings)
    return report


def changes(scores):
    """How many more or fewer errors there are, by each reader."""
    before, after = scores["degraded"], scores["restored"]
    return ", ".join(
        f"{100 * (after[rate] / max(before[rate], 1e-9) - 1):+.0f} % by {who}"
        for rate, who in READERS.items()
        if rate in after
    )


def write(folder, report, scores, texts, images, readings):
    """Writes the report with its figures, readings and pictures."""
    lines = {"text": texts}
    for name, by_reader in readings.items():
        for reader, read in by_reader.items():
            lines[f"{name}, {reader}"] = read
    rows = [
        {
            **{name: some[i] for name, some in images.items()},
            "text": texts[i],
            "reading": readings["restored"]["recogniser"][i],
            "degraded_reading": readings["degraded"]["recogniser"][i],
        }
        for i in range(min(SHOWN, len(texts)))
    ]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.md").write_text(report, encoding="utf-8")
        (folder / "report.json").write_text(json.dumps(scores, indent=2))
        with open(
            folder / "lines.csv", "w", newline="", encoding="utf-8"
        ) as file:
            writer = csv.writer(file)
            writer.writerow(lines)
            writer.writerows(zip(*lines.values(), strict=True))
        sample_sheet(rows).save(folder / "sheet.png")
    except OSError as error:
        raise UserError(f"--output: {folder}: {error.strerror}") from error
