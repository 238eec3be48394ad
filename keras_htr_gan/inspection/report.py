"""What an inspection found, in words."""

import textwrap
import unicodedata

from keras_htr_gan.data.page_files import one_line
from keras_htr_gan.images.decoding import WIDEST

RARE = 5
MOST_PRINTED = 20
MOST_PROBLEMS = 50


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
