"""Scores a model on lines."""

from keras_htr_gan.data.feeding import FixedBatches
from keras_htr_gan.data.pipeline import LineFormat
from keras_htr_gan.data.recipes import load_recipe
from keras_htr_gan.data.sources import SourceOptions, open_split
from keras_htr_gan.evaluation.binarization import METHODS, binarize
from keras_htr_gan.evaluation.comparison import compare_readings
from keras_htr_gan.evaluation.judge import select_judge
from keras_htr_gan.evaluation.line_report import (
    ScoredLines,
    describe_lines,
    format_line_report,
    write_line_report,
)
from keras_htr_gan.evaluation.metrics.binary import score_ink
from keras_htr_gan.evaluation.outside_reader import OutsideReader
from keras_htr_gan.evaluation.report_folder import refuse_full
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.htr_gan import HTRGAN

SEED = 2


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
    polarity="auto",
):
    """Restores lines and scores them.

    Args:
        data: str, what lines: see `open_split`.
        model: see `HTRGAN.from_preset`.
        as_found: bool, whether nothing is aged and the reading alone scored.
        degradation: str, how clean lines are aged: see `load_recipe`.
        split: str, `"all"` lines, or one split as training would make it.
        split_by, language, polarity: see `SourceOptions`.
        lines: int, at most so many.
        judge: see `select_judge`.
        reader: str, the command of an `OutsideReader`, or `None`.
        binarizations: bool, whether to score lines that are binarised, too.
        output: `Path` of a folder to be written, or `None`.

    Returns:
        str, the report in Markdown.

    Raises:
        UserError: names what cannot be used.
    """
    refuse_full(output)
    outside = OutsideReader(reader) if reader else None
    gan = HTRGAN.from_preset(model)
    options = SourceOptions(
        language=language,
        height=gan.line_height,
        split_by=split_by,
        as_found=as_found,
        polarity=polarity,
    )
    source = open_split(data, options, split)
    drawn, charset = age_lines(source, gan.line_height, degradation, lines)
    readers = gan.recognizer, select_judge(judge, charset), outside
    evaluation = Evaluation(drawn, *readers)
    images = list_images(evaluation, gan, binarizations)
    scored = score_lines(evaluation, images, as_found)
    about = describe_lines(evaluation, split, as_found, degradation)
    title = f"{data}, restored by {model}"
    report = format_line_report(title, about, scored, as_found)
    if output is not None:
        write_line_report(output, report, scored)
    return report


def age_lines(source, height, degradation, lines):
    """The lines of a source, degraded, and the `Charset` of their texts."""
    line_format = LineFormat.covering(
        [source], height, load_recipe(degradation)
    )
    drawn = FixedBatches(source, line_format, lines, 1, SEED).lines
    return drawn, line_format.charset


def list_images(evaluation, gan, binarizations):
    """The lines as they are, restored, clean, and binarised if they are to be.

    Returns:
        dict of name to images, see `Evaluation`.
    """
    images = {
        "degraded": evaluation.degraded,
        "restored": evaluation.restore(gan),
        "clean": evaluation.clean,
    }
    for method in METHODS if binarizations else ():
        images[method] = [binarize(x, method) for x in evaluation.degraded]
    return images


def score_lines(evaluation, images, as_found):
    """Reads and scores images of the lines of an evaluation: `ScoredLines`.

    Args:
        evaluation: `Evaluation`.
        images: see `list_images`.
        as_found: bool, whether there are no clean lines to compare with.
    """
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
                scores[name] |= score_ink(evaluation.clean, some)
                scores[name] |= evaluation.score_pixels(some)
    changes = compare_readings(evaluation, readings)
    return ScoredLines(evaluation, images, readings, scores, changes)
