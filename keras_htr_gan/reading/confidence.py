"""What a recogniser reads, and how sure it is of each character."""

from dataclasses import dataclass

import numpy as np

from keras_htr_gan.images.batches import batch_lines

# As in `keras_htr_gan/losses.py`, which needs Keras.
BLANK = 0


@dataclass(frozen=True)
class ReadCharacter:
    """A character of a line, or a word.

    Args:
        text: str.
        confidence: float, 0 to 1.
        start, stop: float, where it was seen, as shares of the line's width.
    """

    text: str
    confidence: float
    start: float
    stop: float


@dataclass(frozen=True)
class Reading:
    """What was read in a line.

    Args:
        characters: tuple of `ReadCharacter`.
    """

    characters: tuple

    @property
    def text(self):
        """What stands in the line: str, as `read` has it."""
        return "".join(c.text for c in self.characters)

    @property
    def confidence(self):
        """The mean of its characters' confidences: float, 0 for no text."""
        return average_confidence(self.characters)

    def words(self):
        """Its words, each as one `ReadCharacter`, from space to space: list.

        A recogniser sees a letter somewhere within it, hence the spaces.
        """
        words, letters, start = [], [], 0.0
        ends = (*self.characters, ReadCharacter(" ", 1.0, 1.0, 1.0))
        for character in ends:
            if not character.text.isspace():
                letters.append(character)
                continue
            if letters:
                text = "".join(letter.text for letter in letters)
                sure = average_confidence(letters)
                words.append(ReadCharacter(text, sure, start, character.start))
            letters, start = [], character.stop
        return words


def average_confidence(characters):
    """The mean confidence of `ReadCharacter`s: float, 0 to 1, 0 for none."""
    if not characters:
        return 0.0
    return float(np.mean([c.confidence for c in characters]))


def read_with_confidence(recognizer, lines):
    """Reads lines as `read` does, greedily, and says how sure that is.

    A character is a run of frames whose likeliest label it is; its confidence
    is the highest softmax probability that it has in one of them. Blanks do
    not count, and no language is known, so it says how clear the strokes are
    to the network, not whether the word exists.

    Args:
        recognizer: `Recognizer` or `OnnxRecognizer`.
        lines: list of float32 `(height, width)`, 0 = ink, 1 = paper.

    Returns:
        list of `Reading`.
    """
    readings = [None] * len(lines)
    characters = recognizer.charset.characters
    for numbers, images, widths in batch_lines(lines, recognizer.height):
        logits = np.asarray(recognizer.predict_on_batch(images), "float32")
        for i, frames, width in zip(numbers, logits, widths, strict=True):
            count = -(-int(width) // recognizer.frame_width)
            readings[i] = decode_frames(
                frames[:count],
                characters,
                recognizer.frame_width / int(width),
            )
    return readings


def decode_frames(logits, characters, share):
    """Decodes a line, see `read_with_confidence`.

    Args:
        logits: float32 `(frames, classes)`, class 0 the blank.
        characters: sequence of str, those of the other classes.
        share: float, of the line's width that a frame is.

    Returns:
        `Reading`.
    """
    labels = logits.argmax(axis=-1)
    highest = logits.max(axis=-1, keepdims=True)
    sure = 1 / np.exp(logits - highest).sum(axis=-1)
    edges = np.flatnonzero(np.diff(labels)) + 1
    starts = [0, *edges.tolist()]
    stops = [*edges.tolist(), len(labels)]
    read = []
    for start, stop in zip(starts, stops, strict=True):
        if start == stop or labels[start] == BLANK:
            continue
        read.append(
            ReadCharacter(
                characters[labels[start] - 1],
                float(sure[start:stop].max()),
                start * share,
                min(1.0, stop * share),
            )
        )
    return Reading(tuple(read))
