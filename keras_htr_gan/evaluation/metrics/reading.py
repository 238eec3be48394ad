"""How well texts were read: character and word error rates, by jiwer."""

import collections
import itertools

import jiwer

from keras_htr_gan.charset import normalize


def character_error_rate(references, readings):
    """Edits per character of the references, over all lines together.

    Args:
        references: list of str, what is written.
        readings: list of str, what was read; an empty one is allowed.

    Returns:
        float, 0 for perfect; it can exceed 1.

    Raises:
        ValueError: if the lists differ in length or nothing is written.
    """
    return jiwer.cer(*pair_texts(references, readings))


def word_error_rate(references, readings):
    """As `character_error_rate`, in words separated by white space."""
    return jiwer.wer(*pair_texts(references, readings))


def count_errors(references, readings):
    """Edits of each line, and the characters that are written in it.

    Args:
        references, readings: see `character_error_rate`.

    Returns:
        Two lists of int; the sum of the first over the sum of the second is
        the character error rate.
    """
    written, read = pair_texts(references, readings)
    alignments = jiwer.process_characters(written, read).alignments
    errors = [
        sum(
            max(
                chunk.ref_end_idx - chunk.ref_start_idx,
                chunk.hyp_end_idx - chunk.hyp_start_idx,
            )
            for chunk in chunks
            if chunk.type != "equal"
        )
        for chunks in alignments
    ]
    return errors, [len(text) for text in written]


def count_pairs(references, readings):
    """How often each character was read as which, by the same alignment.

    Args:
        references, readings: see `character_error_rate`.

    Returns:
        `collections.Counter` of `(written, read)`, two str of one character,
        equal ones among them. `read` is empty where one was left out, and
        `written` where one was added.
    """
    aligned = jiwer.process_characters(*pair_texts(references, readings))
    lines = aligned.references, aligned.hypotheses, aligned.alignments
    return collections.Counter(
        pair
        for written, read, chunks in zip(*lines, strict=True)
        for chunk in chunks
        for pair in itertools.zip_longest(
            written[chunk.ref_start_idx : chunk.ref_end_idx],
            read[chunk.hyp_start_idx : chunk.hyp_end_idx],
            fillvalue="",
        )
    )


def pair_texts(references, readings):
    """NFC pairs of the lines that have a reference."""
    written = [
        (normalize(reference), normalize(reading))
        for reference, reading in zip(references, readings, strict=True)
        if reference.strip()
    ]
    if not written:
        raise ValueError("no line has a text to compare with")
    return [a for a, _ in written], [b for _, b in written]
