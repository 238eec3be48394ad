"""Text to CTC labels and back."""

import unicodedata
from collections import Counter

import numpy as np


class Charset:
    """The characters a recogniser knows; label 0 is the CTC blank.

    Text is brought to Unicode NFC first, so that an accented letter is one
    character whichever way it was typed.

    Args:
        characters: iterable of single characters; duplicates are dropped and
            the rest sorted, so equal sets give equal labels.

    Raises:
        ValueError: if there are no characters.

    Example:

    >>> charset = Charset("ab ")
    >>> charset.encode("b a")
    array([3, 1, 2], dtype=int32)
    >>> charset.decode([3, 1, 2])
    'b a'
    """

    def __init__(self, characters):
        # One by one: joined, a letter and a mark beside it would compose.
        singles = "".join(map(normalize, characters))
        self.characters = "".join(sorted(set(singles)))
        if not self.characters:
            raise ValueError("a charset needs at least one character")
        self._labels = {c: i + 1 for i, c in enumerate(self.characters)}

    def __len__(self):
        return len(self.characters)

    def __contains__(self, character):
        return character in self._labels

    def __eq__(self, other):
        return (
            isinstance(other, Charset) and self.characters == other.characters
        )

    def __hash__(self):
        return hash(self.characters)

    @property
    def classes(self):
        """Number of CTC classes: the characters and the blank."""
        return len(self.characters) + 1

    def encode(self, text):
        """Labels of a text.

        Args:
            text: str.

        Returns:
            int32 array `(length,)`, values 1 to `len(self)`.

        Raises:
            ValueError: names the characters that are not in the charset.
        """
        text = normalize(text)
        unknown = self.unknown(text)
        if unknown:
            raise ValueError(
                f"the text {text!r} has characters that are not in the "
                f"charset: {' '.join(map(repr, unknown))}"
            )
        return np.array([self._labels[c] for c in text], dtype="int32")

    def decode(self, labels):
        """Text of labels; blanks (0) and padding (below 0) are left out."""
        return "".join(self.characters[i - 1] for i in labels if i > 0)

    def unknown(self, text):
        """The characters of `text` outside the charset, with their counts."""
        return dict(Counter(c for c in normalize(text) if c not in self))


def normalize(text):
    """Unicode NFC, the form in which texts are compared, read and learnt."""
    return unicodedata.normalize("NFC", text)
