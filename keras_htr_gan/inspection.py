"""Looks at a data set before any training: what is there and what is wrong.

Nothing here needs Keras unless a recogniser is given.
"""

import json
import textwrap
import unicodedata
import warnings
from collections import Counter, defaultdict
from pathlib import Path

import click
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from keras_htr_gan.charset import characters_of
from keras_htr_gan.data.buckets import bucket_widths
from keras_htr_gan.data.images import WIDEST, load_grey, scaled, scaled_width
from keras_htr_gan.data.page_xml import one_line
from keras_htr_gan.data.readers import read_lines
from keras_htr_gan.data.splits import split_lines
from keras_htr_gan.errors import UserError

# Line height and width of a CTC frame, pixels; see networks/recognizer.py.
SIZES = {"tiny": (32, 4), "small": (64, 8), "base": (128, 8)}
RARE = 5
MOST_PRINTED = 20
MOST_PROBLEMS = 50
ON_SHEET = 40
FONT = "DejaVu Sans"


def inspect_data(data, output, size=None, model=None, split_by="auto"):
    """Inspects a data set, prints a report and writes it with two pictures.

    Args:
        data: str or path, see `read_lines`.
        output: path of the folder for `report.json`, `histograms.png` and
            `contact_sheet.png`.
        size: `"tiny"`, `"small"` or `"base"`; by default that of `model`,
            else tiny.
        model: path of a recogniser, or `None`.
        split_by: str, see `split_lines`.

    Returns:
        bool, whether nothing is wrong.

    Raises:
        UserError: if the data, or the recogniser, cannot be used at all.
    """
    charset = None
    if model is not None:
        # Loading Keras takes seconds.
        from keras_htr_gan.recognizers import given_recognizer, load_recognizer

        recognizer = (
            given_recognizer(model, size) if size else load_recognizer(model)
        )
        size, charset = recognizer.size, recognizer.charset
    size = size or "tiny"
    found = read_lines(data)
    if not found.lines:
        problems = list(map(one_line, found.problems))
        for line in listed("Problems", problems, MOST_PROBLEMS):
            click.echo(line)
        raise UserError(f"{data}: there is no line in it that can be used")
    report = inspected(found, str(data), size, charset, split_by)
    for line in report_lines(report):
        click.echo(line)
    try:
        write(report, found.lines, Path(output))
    except OSError as error:
        raise UserError(f"--output: {output}: {error.strerror}") from error
    click.echo(
        "\nSee contact_sheet.png, histograms.png and report.json in "
        f"{one_line(output)}"
    )
    return not report["wrong"]


def inspected(found, name, size="tiny", charset=None, split_by="auto"):
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
    height, frame_width = SIZES[size]
    texts = [characters_of(line.text) for line in lines]
    widths = [scaled_width(*line.size, height) for line in lines]
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
        "text_length": spread(map(len, texts)),
        "image_width": spread(line.size[0] for line in lines),
        "image_height": spread(line.size[1] for line in lines),
        "scaled_width": spread(widths),
        "squeezed": sum(
            columns > WIDEST * rows
            for columns, rows in (line.size for line in lines)
        ),
        "characters": dict(Counter(c for text in texts for c in text)),
        "unalignable": unalignable(lines, texts, widths, frame_width),
        "problems": [one_line(problem) for problem in found.problems],
        **duplicates(lines),
        "unknown_characters": unknown(lines, charset) if charset else {},
        **splits_of(lines, split_by, name, height),
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


def spread(values):
    values = list(values)
    return {
        "min": int(min(values)),
        "median": float(np.median(values)),
        "max": int(max(values)),
    }


def unalignable(lines, texts, widths, frame_width):
    """Lines with more characters than CTC has frames for.

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
                    "name": one_line(line.name),
                    "text": line.text,
                    "characters": len(text),
                    "needed_frames": needed,
                    "frames": frames,
                }
            )
    return found


def duplicates(lines):
    """Equal images, with equal and with different texts, and equal texts."""
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
            [{"name": one_line(x.name), "text": x.text} for x in group]
            for group in differing
        ],
        "same_text": len(lines) - len({line.text for line in lines}),
    }


def unknown(lines, charset):
    """Characters outside a charset, commonest first, each with an example."""
    found = {}
    for line in lines:
        for character, count in charset.unknown(line.text).items():
            example = {"name": one_line(line.name), "text": line.text}
            entry = found.setdefault(
                character, {"count": 0, "lines": 0, "example": example}
            )
            entry["count"] += count
            entry["lines"] += 1
    return dict(sorted(found.items(), key=lambda item: -item[1]["count"]))


def splits_of(lines, split_by, name, height):
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
        [scaled_width(*line.size, height) for line in split]
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


# -- In words -----------------------------------------------------------------


def report_lines(report):
    """The report as lines of text."""
    yield f"{one_line(report['data'])}, for networks of size {report['size']}"
    yield ""
    clean = report["lines"] - report["without_clean"]
    lines = f"{report['lines']}, {clean} of them with a clean image"
    if report["with_degraded"]:
        lines += f", {report['with_degraded']} with a degraded one"
    yield row("lines", lines)
    for column, count in report["columns"].items():
        yield row(one_line(column), f"{count} different")
    yield row("splits", splits_in_words(report))
    yield row("text", f"{in_words(report['text_length'])} characters")
    yield row("image width", f"{in_words(report['image_width'])} pixels")
    yield row("image height", f"{in_words(report['image_height'])} pixels")
    height = report["height"]
    yield row(
        f"width at {height}", f"{in_words(report['scaled_width'])} pixels"
    )
    if report["squeezed"]:
        yield row(
            "",
            f"{report['squeezed']} wider than {WIDEST} times their height "
            "are squeezed to that",
        )
    widths = ", ".join(map(str, report["bucket_widths"]))
    share = f"{100 * report['padding']:.0f}% padding"
    yield row("batches", f"{widths} pixels wide; {share}")
    yield row(
        "repeated",
        f"{report['same_image_same_text']} lines have image and text of "
        f"another, {report['same_text']} its text",
    )
    yield from character_lines(report["characters"])
    yield from listed(
        "Characters that the recogniser does not know",
        [
            f"{named(c)}: {e['count']}x in {e['lines']} lines, as in "
            f"{e['example']['name']}: {one_line(e['example']['text'])}"
            for c, e in report["unknown_characters"].items()
        ],
        MOST_PROBLEMS,
    )
    yield from listed(
        "Lines that CTC cannot align (widen the image, shorten or mend the "
        "label)",
        [
            f"{line['name']}: {line['characters']} characters need "
            f"{line['needed_frames']} frames, the line has {line['frames']}"
            for line in report["unalignable"]
        ],
        MOST_PRINTED,
    )
    yield from listed(
        "Equal images with different texts",
        [
            "; ".join(f"{x['name']}: {one_line(x['text'])}" for x in group)
            for group in report["same_image_other_text"]
        ],
        MOST_PRINTED,
    )
    yield from listed("Problems", report["problems"], MOST_PROBLEMS)
    yield ""
    wrong = [f"{count} {what}" for what, count in report["wrong"].items()]
    yield f"Wrong: {', '.join(wrong)}" if wrong else "Nothing is wrong."


def row(name, value):
    return f"{name:<14}{value}"


def in_words(figures):
    return "{min} to {max}, median {median:g}".format(**figures)


def splits_in_words(report):
    if report["not_split"]:
        return f"none: {one_line(report['not_split'])}"
    words = ", ".join(f"{n} {split}" for split, n in report["splits"].items())
    if report["left_out_of_splits"]:
        words += (
            f"; {report['left_out_of_splits']} left out of validation and "
            "test, as their text is in train"
        )
    return words


def character_lines(characters):
    """Every character with its count, and those in need of a name."""
    yield f"\nCharacters: {len(characters)}"
    counts = [f"{shown(c)} {count}" for c, count in characters.items()]
    # A no-break space keeps a character beside its count.
    counts = "  ".join(c.replace(" ", "\xa0") for c in counts)
    wrapped = textwrap.wrap(counts, 76, break_on_hyphens=False)
    yield from (f"  {line.replace(chr(160), ' ')}" for line in wrapped)
    unusual = {
        c: count
        for c, count in characters.items()
        if count < RARE or (shown(c) != c and c != " ")
    }
    yield from listed(
        f"Fewer than {RARE} times, so hardly learnt, or invisible",
        [f"{named(c)}: {count}x" for c, count in unusual.items()],
        MOST_PROBLEMS,
    )


def shown(character):
    """A character as it can be seen; `U+00AD` for one that cannot."""
    if character == " ":
        return "\u2423"
    if character[0].isprintable() and not unicodedata.combining(character[0]):
        return character
    return code(character)


def code(character):
    return " ".join(f"U+{ord(c):04X}" for c in character)


def named(character):
    """A character with its code points and their Unicode names."""
    names = " + ".join(unicodedata.name(c, "no name") for c in character)
    seen = shown(character)
    seen = "" if seen == code(character) else f"{seen} "
    return f"{seen}{code(character)} {names}"


def listed(title, items, most):
    """A titled list; what is over the most is only counted."""
    if items:
        yield f"\n{title}: {len(items)}"
    yield from (f"  {item}" for item in items[:most])
    if len(items) > most:
        yield f"  and {len(items) - most} more, all of them in report.json"


# -- In pictures --------------------------------------------------------------


def write(report, lines, folder):
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=2, ensure_ascii=False)
    (folder / "report.json").write_text(
        text + "\n", encoding="utf-8", errors="backslashreplace"
    )
    with warnings.catch_warnings():
        # A character that the font lacks is drawn as an empty box.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = histograms(report, lines)
        figure.savefig(folder / "histograms.png", dpi=80)
    contact_sheet(lines).save(folder / "contact_sheet.png")


def histograms(report, lines):
    """Text lengths, scaled widths and buckets, heights, and characters.

    Returns:
        `matplotlib.figure.Figure`.
    """
    figure = Figure(figsize=(15, 8), layout="constrained")
    FigureCanvasAgg(figure)
    texts, widths, heights, characters = figure.subplots(2, 2).flat
    histogram(texts, [len(characters_of(x.text)) for x in lines])
    texts.set(title="characters of a text", xlabel="characters")
    height = report["height"]
    histogram(widths, [scaled_width(*x.size, height) for x in lines])
    for edge in report["bucket_widths"]:
        widths.axvline(edge, color="tab:red", linestyle="--", linewidth=1)
    padding = f"{100 * report['padding']:.0f}% padding"
    widths.plot([], [], "--", color="tab:red", label=f"batches: {padding}")
    widths.legend(fontsize="small")
    widths.set(title=f"width at {height} pixels of height", xlabel="pixels")
    histogram(heights, [x.size[1] for x in lines])
    heights.set(title="height as it is", xlabel="pixels")
    commonest = list(report["characters"].items())[:40]
    places = range(len(commonest))
    characters.bar(places, [count for _, count in commonest])
    characters.set_xticks(
        places, [shown(c).replace("$", r"\$") for c, _ in commonest]
    )
    for label in characters.get_xticklabels():
        label.set_rotation(90 if len(label.get_text()) > 3 else 0)
    characters.set_xlim(-0.7, len(commonest) - 0.3)
    characters.set(
        title=f"the commonest of {len(report['characters'])} characters",
        ylabel="count",
    )
    for axes in (texts, widths, heights):
        axes.set_ylabel("lines")
    for axes in figure.axes:
        axes.grid(alpha=0.3, axis="y")
        axes.set_axisbelow(True)
    return figure


def histogram(axes, values):
    """Bins of whole numbers, at most 50 of them."""
    low, high = min(values), max(values)
    step = max(1, -(-(high - low + 1) // 50))
    axes.hist(values, np.arange(low, high + step + 1, step) - 0.5)


def contact_sheet(lines, height=48, width=760, columns=2):
    """Lines from all over the data, each above its text.

    Returns:
        `PIL.Image.Image`.
    """
    count = min(ON_SHEET, len(lines))
    chosen = np.linspace(0, len(lines) - 1, count).round().astype(int)
    rows = -(-count // columns)
    text_font = ImageFont.truetype(findfont(FONT), 14)
    name_font = ImageFont.truetype(findfont(FONT), 10)
    gap, caption = 14, 36
    step = height + caption + gap
    sheet = Image.new(
        "L", (columns * (width + gap) + gap, rows * step + gap), "white"
    )
    draw = ImageDraw.Draw(sheet)
    for place, number in enumerate(chosen):
        line = lines[number]
        left = gap + place // rows * (width + gap)
        top = gap + place % rows * step
        grey = scaled(load_grey(line.clean or line.degraded), height)
        image = Image.fromarray(np.uint8(255 * grey + 0.5))
        image.thumbnail((width, height))
        sheet.paste(image, (left, top))
        draw.rectangle(
            (left - 1, top - 1, left + image.width, top + image.height),
            outline=170,
        )
        for text, font, below, ink in (
            (one_line(line.text), text_font, 3, 0),
            (short_name(line.name), name_font, 20, 120),
        ):
            place_below = (left, top + image.height + below)
            fitting = fitted(text, font, width)
            draw.text(place_below, fitting, ink, font)
    return sheet


def short_name(name):
    """A line's name without the folders before the file."""
    return one_line(name).rpartition("/")[2]


def fitted(text, font, width):
    """As much of a text as fits, with an ellipsis where some does not."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
