"""Looks at a data set before any training: what is there and what is wrong.

Nothing here needs Keras unless a recogniser is given.
"""

import json
import warnings
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from keras_htr_gan.charset import characters_of, is_right_to_left
from keras_htr_gan.data.buckets import bucket_widths
from keras_htr_gan.data.readers.forms import read_lines
from keras_htr_gan.data.splits import split_lines
from keras_htr_gan.data.wording import to_one_line
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.scaling import WIDEST, scale_width
from keras_htr_gan.inspection.pictures import (
    draw_contact_sheet,
    draw_histograms,
)
from keras_htr_gan.inspection.report import (
    MOST_PROBLEMS,
    describe_findings,
    list_most,
)
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.storage import whole_file, write_whole


def inspect_data(
    data,
    output,
    size=None,
    model=None,
    split_by="auto",
    say=print,
    polarity="auto",
):
    """Inspects a data set, reports on it and writes that with two pictures.

    Args:
        data: str or path, see `read_lines`.
        output: path of the folder for `report.json`, `histograms.png` and
            `contact_sheet.png`.
        size: `"tiny"`, `"small"` or `"base"`; by default that of `model`,
            else tiny.
        model: a recogniser's preset or file, or `None`.
        split_by: str, see `split_lines`.
        say: function that is called with each line of the report.
        polarity: str, of the ink, see `must_turn`.

    Returns:
        bool, whether nothing is wrong.

    Raises:
        UserError: if the data, or the recogniser, cannot be used at all.
    """
    charset = None
    if model is not None:
        # Loading Keras takes seconds.
        from keras_htr_gan.networks.recognizer import Recognizer
        from keras_htr_gan.training.recognizer_choice import load_guide

        recognizer = (
            load_guide(model, size) if size else Recognizer.from_preset(model)
        )
        size, charset = recognizer.size, recognizer.charset
    size = size or "tiny"
    found = read_lines(data, polarity=polarity)
    if not found.lines:
        problems = list(map(to_one_line, found.problems))
        for line in list_most("Problems", problems, MOST_PROBLEMS):
            say(line)
        raise UserError(f"{data}: there is no line in it that can be used")
    report = examine_lines(found, str(data), size, charset, split_by)
    for line in describe_findings(report):
        say(line)
    try:
        write_inspection(report, found.lines, Path(output))
    except OSError as error:
        raise UserError(f"`output`: {output}: {error.strerror}") from error
    say(
        "\nSee contact_sheet.png, histograms.png and report.json in "
        f"{to_one_line(output)}"
    )
    return not report["wrong"]


def examine_lines(found, name, size="tiny", charset=None, split_by="auto"):
    """Everything there is to say about some lines, as JSON takes it.

    Args:
        found: `Collection` with at least one line.
        name: str, of the data.
        size: str, see `inspect_data`.
        charset: `Charset` of a recogniser, or `None`.
        split_by: str, see `split_lines`.

    Returns:
        dict; its `wrong` counts what is wrong by kind.
    """
    lines = found.lines
    height, frame_width = SIZES[size].height, SIZES[size].frame
    texts = [characters_of(line.text) for line in lines]
    widths = [scale_width(*line.size, height) for line in lines]
    columns = sorted(set().union(*(line.columns for line in lines)))
    report = {
        "data": name,
        "size": size,
        "height": height,
        "lines": len(lines),
        "without_clean": sum(line.clean is None for line in lines),
        "with_degraded": sum(line.degraded is not None for line in lines),
        "columns": {
            column: len({line.columns.get(column) for line in lines})
            for column in columns
        },
        "text_length": summarize_figures(map(len, texts)),
        "image_width": summarize_figures(line.size[0] for line in lines),
        "image_height": summarize_figures(line.size[1] for line in lines),
        "scaled_width": summarize_figures(widths),
        "squeezed": sum(
            columns > WIDEST * rows
            for columns, rows in (line.size for line in lines)
        ),
        "characters": dict(Counter(c for text in texts for c in text)),
        "unalignable": find_unalignable(lines, texts, widths, frame_width),
        "right_to_left": sum(is_right_to_left(line.text) for line in lines),
        "turned": [to_one_line(line.name) for line in lines if line.turned],
        "notes": [to_one_line(note) for note in found.notes],
        "problems": [to_one_line(problem) for problem in found.problems],
        **find_duplicates(lines),
        "unknown_characters": find_unknown(lines, charset) if charset else {},
        **preview_splits(lines, split_by, name, height),
    }
    counts = report["characters"]
    order = sorted(counts, key=lambda c: (-counts[c], c))
    report["characters"] = {c: counts[c] for c in order}
    wrong = {
        "problems": len(report["problems"]),
        "lines that cannot be aligned": len(report["unalignable"]),
        "unknown characters": len(report["unknown_characters"]),
        "images with different texts": len(report["same_image_other_text"]),
        "splits missing": 0 if report["splits"] else 3,
    }
    report["wrong"] = {what: count for what, count in wrong.items() if count}
    return report


def summarize_figures(values):
    """The least, middle and greatest of some numbers, for JSON."""
    values = list(values)
    return {
        "min": int(min(values)),
        "median": float(np.median(values)),
        "max": int(max(values)),
    }


def find_unalignable(lines, texts, widths, frame_width):
    """Finds lines with more characters than CTC has frames for.

    A character takes a frame, and equal neighbours a blank between them.
    """
    found = []
    for line, text, width in zip(lines, texts, widths, strict=True):
        needed = len(text) + sum(
            a == b for a, b in zip(text, text[1:], strict=False)
        )
        frames = -(-width // frame_width)
        if needed > frames:
            found.append(
                {
                    "name": to_one_line(line.name),
                    "text": line.text,
                    "characters": len(text),
                    "needed_frames": needed,
                    "frames": frames,
                }
            )
    return found


def find_duplicates(lines):
    """Finds equal images, of equal and of different text, and equal texts."""
    images = defaultdict(list)
    for line in lines:
        images[line.digest].append(line)
    groups = [group for group in images.values() if len(group) > 1]
    differing = [g for g in groups if len({line.text for line in g}) > 1]
    return {
        "same_image_same_text": sum(map(len, groups))
        - len(groups)
        - sum(len({line.text for line in g}) - 1 for g in differing),
        "same_image_other_text": [
            [{"name": to_one_line(x.name), "text": x.text} for x in group]
            for group in differing
        ],
        "same_text": len(lines) - len({line.text for line in lines}),
    }


def find_unknown(lines, charset):
    """Finds characters outside a charset, each with an example.

    The commonest come first.
    """
    found = {}
    for line in lines:
        for character, count in charset.unknown(line.text).items():
            example = {"name": to_one_line(line.name), "text": line.text}
            entry = found.setdefault(
                character, {"count": 0, "lines": 0, "example": example}
            )
            entry["count"] += count
            entry["lines"] += 1
    return dict(sorted(found.items(), key=lambda item: -item[1]["count"]))


def preview_splits(lines, split_by, name, height):
    """The splits, widths of batches and padding that training would have."""
    trainable = [line for line in lines if line.clean is not None]
    splits, reason = {}, ""
    try:
        if not trainable:
            raise UserError("no line has a clean image to train on")
        splits = split_lines(trainable, split_by, name)
    except UserError as error:
        reason = str(error)
    widths = [
        [scale_width(*line.size, height) for line in split]
        for split in (splits.values() or [trainable or lines])
    ]
    # As LineFormat: the training says what is common, all what is widest.
    buckets = bucket_widths([*widths[0], *map(max, widths)])
    held = sum(min(b for b in buckets if b >= w) for w in widths[0])
    counts = {split: len(of_split) for split, of_split in splits.items()}
    return {
        "splits": counts,
        "not_split": reason,
        "left_out_of_splits": bool(counts)
        * (len(trainable) - sum(counts.values())),
        "bucket_widths": buckets,
        "padding": round(1 - sum(widths[0]) / held, 4),
    }


def write_inspection(report, lines, folder):
    """Writes a report and its pictures, for the names see `inspect_data`."""
    text = json.dumps(report, indent=2, ensure_ascii=False)
    write_whole(folder / "report.json", text + "\n")
    with warnings.catch_warnings():
        # A character that the font lacks is drawn as an empty box.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = draw_histograms(report, lines)
        with whole_file(folder / "histograms.png") as path:
            figure.savefig(path, dpi=80)
    with whole_file(folder / "contact_sheet.png") as path:
        draw_contact_sheet(lines).save(path)
