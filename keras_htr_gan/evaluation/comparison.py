"""How readers read lines after restoration, compared with before."""

import collections
import unicodedata

import numpy as np

from keras_htr_gan.evaluation.metrics.reading import count_errors, count_pairs
from keras_htr_gan.evaluation.metrics.resampling import (
    RESAMPLES,
    find_interval,
    resample_rates,
)
from keras_htr_gan.evaluation.tables import format_change, format_table

SHOWN = 10
CHANGE, SIDES = ("difference", "low", "high"), ("before", "after")
READERS = {
    "recogniser": "the recogniser that guided it",
    "judge": "the judge",
    "outside": "the outside reader",
}


def compare_readings(evaluation, readings):
    """What restoration changes for each reader.

    Args:
        evaluation: `Evaluation` of the lines.
        readings: dict of `"degraded"` and `"restored"`, see
            `Evaluation.readings`.

    Returns:
        dict of a reader to a dict, for JSON: `CER`, see `measure_change`, and
        `confusions`, see `list_confusions`.
    """
    changes = {}
    for reader, before in readings["degraded"].items():
        after = readings["restored"][reader]
        changes[reader] = {
            "CER": measure_change(evaluation, before, after),
            "confusions": list_confusions(evaluation.texts, before, after),
        }
    return changes


def measure_change(evaluation, before, after):
    """How a reader's character error rate changes.

    Args:
        evaluation: `Evaluation`.
        before, after: lists of str, what it reads in each line.

    Returns:
        dict: `difference`, a fraction, below 0 if there are fewer errors;
        `low` and `high`, its 95 % interval, see `resample_rates`; and
        `relative`, the difference as a share of the errors before.
    """
    errors, characters = count_errors(evaluation.texts, before)
    more = np.subtract(count_errors(evaluation.texts, after)[0], errors)
    rates = resample_rates(more, characters, evaluation.groups())
    low, high = find_interval(rates)
    return {
        "difference": float(more.sum() / sum(characters)),
        "low": low,
        "high": high,
        "relative": float(more.sum() / max(sum(errors), 1)),
    }


def list_confusions(texts, before, after):
    """The characters that are read as others most often, before or after.

    Args:
        texts: list of str, what is written.
        before, after: lists of str, what was read.

    Returns:
        list of dict, first the `SHOWN` most frequent after, then those of
        before: `written` and `read`, each a character, or empty where one was
        added or left out; `occurrences`, how often the former is written;
        `before` and `after`, how often it was read so.
    """
    then, now = count_pairs(texts, before), count_pairs(texts, after)
    written = collections.Counter()
    for (character, _), times in then.items():
        written[character] += times if character else 0
    most = [*find_most_confused(now), *find_most_confused(then)]
    return [
        {
            "written": a,
            "read": b,
            "occurrences": written[a],
            "before": then[a, b],
            "after": now[a, b],
        }
        for a, b in dict.fromkeys(most)
    ]


def find_most_confused(pairs):
    """The most frequent pairs of two that differ, at most `SHOWN`: list."""
    return [(a, b) for (a, b), _ in pairs.most_common() if a != b][:SHOWN]


def format_comparison(changes, pages, before="degraded"):
    """The same in Markdown: str.

    Args:
        changes: see `compare_readings`.
        pages: see `Evaluation`.
        before: str, what the lines are called as they are.
    """
    rows = [
        [
            READERS[reader],
            format_change(*(change["CER"][x] for x in CHANGE)),
            f"{100 * change['CER']['relative']:+.0f} %",
        ]
        for reader, change in changes.items()
    ]
    header = ["", "CER", "errors"]
    reader, change = list(changes.items())[-1]
    confusions = [
        [
            show_character(row["written"]),
            show_character(row["read"]),
            *(format_share(row[x], row["occurrences"]) for x in SIDES),
        ]
        for row in change["confusions"]
    ]
    return f"""Restored less {before}, in points of CER, with 95 % intervals
({count_drawn(pages)}, drawn anew {RESAMPLES:,} times):

{format_table(header, rows)}

What {READERS[reader]} confuses most, in how many places, and in what share of
those where the character is written. "-" is nothing: one was added or left out.

{format_table(["written", "read", before, "restored"], confusions)}
"""


def count_drawn(pages):
    """How many pages, and lines by themselves, there are: str."""
    counts = {"pages": len({*pages} - {None}), "lines": pages.count(None)}
    return " and ".join(f"{n} {what}" for what, n in counts.items() if n)


def format_share(times, occurrences):
    share = f" ({100 * times / occurrences:.1f} %)" if occurrences else ""
    return f"{times}{share}"


def show_character(character):
    """A character in a cell of a table, or its name if it would not be seen."""
    if not character:
        return "-"
    hidden = character in "`|" or not character.isprintable()
    if hidden or character.isspace() or unicodedata.combining(character):
        return unicodedata.name(character, f"U+{ord(character):04X}").lower()
    return f"`{character}`"
