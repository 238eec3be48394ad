"""What an inspection found, in words."""

import textwrap
import unicodedata

from keras_htr_gan.data.wording import RIGHT_TO_LEFT, to_one_line
from keras_htr_gan.images.scaling import WIDEST

RARE = 5
MOST_PRINTED = 20
MOST_PROBLEMS = 50


def describe_findings(report):
    """Describes a report of `examine_lines`: yields lines of text."""
    data = to_one_line(report["data"])
    yield f"{data}, for networks of size {report['size']}"
    yield ""
    yield from describe_counts(report)
    for note in report["notes"]:
        yield format_finding("note", note)
    yield from describe_characters(report["characters"])
    yield from list_most(
        "Lines white on black, which training turns (`polarity`)",
        report["turned"],
        MOST_PRINTED,
    )
    yield from describe_wrong(report)
    yield ""
    wrong = [f"{count} {what}" for what, count in report["wrong"].items()]
    yield f"Wrong: {', '.join(wrong)}" if wrong else "Nothing is wrong."


def describe_counts(report):
    """How much there is of what, a line each."""
    clean = report["lines"] - report["without_clean"]
    lines = f"{report['lines']}, {clean} of them with a clean image"
    if report["with_degraded"]:
        lines += f", {report['with_degraded']} with a degraded one"
    yield format_finding("lines", lines)
    for column, count in report["columns"].items():
        yield format_finding(to_one_line(column), f"{count} different")
    yield format_finding("splits", describe_splits(report))
    yield format_finding(
        "text", f"{describe_range(report['text_length'])} characters"
    )
    yield format_finding(
        "image width", f"{describe_range(report['image_width'])} pixels"
    )
    yield format_finding(
        "image height", f"{describe_range(report['image_height'])} pixels"
    )
    height = report["height"]
    yield format_finding(
        f"width at {height}", f"{describe_range(report['scaled_width'])} pixels"
    )
    if report["squeezed"]:
        yield format_finding(
            "",
            f"{report['squeezed']} wider than {WIDEST} times their height "
            "are squeezed to that",
        )
    if report["right_to_left"]:
        yield format_finding(
            "direction", f"{report['right_to_left']} lines are {RIGHT_TO_LEFT}"
        )
    widths = ", ".join(map(str, report["bucket_widths"]))
    share = f"{100 * report['padding']:.0f}% padding"
    yield format_finding("batches", f"{widths} pixels wide; {share}")
    yield format_finding(
        "repeated",
        f"{report['same_image_same_text']} lines have image and text of "
        f"another, {report['same_text']} its text",
    )


def describe_wrong(report):
    """What is wrong, a list of each kind."""
    yield from list_most(
        "Characters that the recogniser does not know",
        [
            f"{name_character(c)}: {e['count']}x in {e['lines']} lines, as in "
            f"{e['example']['name']}: {to_one_line(e['example']['text'])}"
            for c, e in report["unknown_characters"].items()
        ],
        MOST_PROBLEMS,
    )
    yield from list_most(
        "Lines that CTC cannot align (widen the image, shorten or mend the "
        "label)",
        [
            f"{line['name']}: {line['characters']} characters need "
            f"{line['needed_frames']} frames, the line has {line['frames']}"
            for line in report["unalignable"]
        ],
        MOST_PRINTED,
    )
    yield from list_most(
        "Equal images with different texts",
        [
            "; ".join(f"{x['name']}: {to_one_line(x['text'])}" for x in group)
            for group in report["same_image_other_text"]
        ],
        MOST_PRINTED,
    )
    yield from list_most("Problems", report["problems"], MOST_PROBLEMS)


def format_finding(name, value):
    return f"{name:<14}{value}"


def describe_range(figures):
    return "{min} to {max}, median {median:g}".format(**figures)


def describe_splits(report):
    if report["not_split"]:
        return f"none: {to_one_line(report['not_split'])}"
    words = ", ".join(f"{n} {split}" for split, n in report["splits"].items())
    if report["left_out_of_splits"]:
        words += (
            f"; {report['left_out_of_splits']} left out of validation and "
            "test, as their text is in train"
        )
    return words


def describe_characters(characters):
    """Every character with its count, and those in need of a name."""
    yield f"\nCharacters: {len(characters)}"
    counts = [f"{make_visible(c)} {count}" for c, count in characters.items()]
    # A no-break space keeps a character beside its count.
    counts = "  ".join(c.replace(" ", "\xa0") for c in counts)
    wrapped = textwrap.wrap(counts, 76, break_on_hyphens=False)
    yield from (f"  {line.replace(chr(160), ' ')}" for line in wrapped)
    unusual = {
        c: count
        for c, count in characters.items()
        if count < RARE or (make_visible(c) != c and c != " ")
    }
    yield from list_most(
        f"Fewer than {RARE} times, so hardly learnt, or invisible",
        [f"{name_character(c)}: {count}x" for c, count in unusual.items()],
        MOST_PROBLEMS,
    )


def make_visible(character):
    """A character as it can be seen; `U+00AD` for one that cannot."""
    if character == " ":
        return "\u2423"
    if character[0].isprintable() and not unicodedata.combining(character[0]):
        return character
    return name_code_points(character)


def name_code_points(character):
    return " ".join(f"U+{ord(c):04X}" for c in character)


def name_character(character):
    """A character with its code points and their Unicode names."""
    names = " + ".join(unicodedata.name(c, "no name") for c in character)
    seen = make_visible(character)
    seen = "" if seen == name_code_points(character) else f"{seen} "
    return f"{seen}{name_code_points(character)} {names}"


def list_most(title, items, most):
    """A titled list; what is over the most is only counted."""
    if items:
        yield f"\n{title}: {len(items)}"
    yield from (f"  {item}" for item in items[:most])
    if len(items) > most:
        yield f"  and {len(items) - most} more, all of them in report.json"
