"""Lines whose characters a recogniser does not know."""

import dataclasses

from keras_htr_gan.data.lines import Problem
from keras_htr_gan.errors import UserError

UNKNOWN_REMEDY = (
    "set `unknown_characters` to drop-line or replace, or train a recogniser "
    "by setting `recognizer` to train"
)


def fit_to_charset(lines, charset, policy):
    """Leaves lines with unknown characters out, or changes them.

    Args:
        lines: sequence of `Line`.
        charset: `Charset`, or `None` for any character.
        policy: `"error"`, `"drop-line"` or `"replace"` (by the base letter, or
            by nothing).

    Returns:
        Lists of `Line` and of `Problem`.

    Raises:
        UserError: lists the unknown characters, if the policy says so.
    """
    kept, problems, unknown = [], [], {}
    for line in lines:
        strange = charset.unknown(line.text) if charset else {}
        if not strange:
            kept.append(line)
            continue
        for character, count in strange.items():
            unknown.setdefault(character, []).append((line, count))
        if policy == "replace":
            text = " ".join(charset.nearest(line.text).split())
            if text:
                kept.append(dataclasses.replace(line, text=text))
            else:
                problems.append(Problem(line.name, "no known character"))
        else:
            reason = f"unknown characters {' '.join(strange)}"
            problems.append(Problem(line.name, reason))
    if unknown and policy == "error":
        raise UserError(
            "the recogniser does not know these characters of the data:\n"
            + "\n".join(
                describe_unknown(c, found) for c, found in unknown.items()
            )
            + f"\n{UNKNOWN_REMEDY}"
        )
    return kept, problems


def describe_unknown(character, found):
    """An unknown character with its count and an example."""
    count = sum(count for _, count in found)
    line = found[0][0]
    code = " ".join(f"U+{ord(c):04X}" for c in character)
    return f"  {character} ({code}): {count}x, as in {line.name}: {line.text}"
