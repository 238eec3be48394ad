"""Text to CTC labels and back."""

import unicodedata
from collections import Counter

import numpy as np

# What handwriting in French, German, Dutch, Spanish, Indonesian and English
# holds, and its neighbours.
LATIN = (
    " !\"#%&'()*+,-./0123456789:;=?@"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{}~"
    "¡¿«»‘’“”„ªº°§€£–…"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒß"
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüÿœć"
)
SOFT_HYPHEN = "\u00ad"
# With these a line may end that is broken; ABBYY writes the one before last.
HYPHENS = ("-", "\u2010", "\u2011", "\u00ac", "=")
# What transcriptions of old hands have for signs that look like others.
WRITTEN_AS = {"\u00ac": "-", "\u2014": "\u2013", "\ua751": "p"}
# Of format (marks of order, of the width 0, of nothing), and of control.
INVISIBLE = dict.fromkeys(
    c
    for first, last in (
        *((0x00, 0x1F), (0x7F, 0x9F), (0x61C, 0x61C), (0x180E, 0x180E)),
        *((0x200B, 0x200B), (0x200E, 0x200F), (0x202A, 0x202E)),
        *((0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB)),
        (0xE0000, 0xE007F),
    )
    for c in range(first, last + 1)
    if not chr(c).isspace()
)


class Charset:
    """The characters a recogniser knows; label 0 is the CTC blank.

    A character is what a reader takes for one: a letter together with its
    combining marks, however it was typed (see `characters_of`).

    Args:
        characters: a str, or an iterable of single characters; duplicates are
            dropped and the rest sorted, so equal sets give equal labels.

    Raises:
        ValueError: if there are no characters, or one that is several.

    Example:

    >>> charset = Charset("ab ")
    >>> charset.encode("b a")
    array([3, 1, 2], dtype=int32)
    >>> charset.decode([3, 1, 2])
    'b a'
    """

    def __init__(self, characters):
        if isinstance(characters, str):
            characters = characters_of(characters)
        self.characters = tuple(sorted(set(map(normalize, characters))))
        if not self.characters:
            raise ValueError("a charset needs at least one character")
        several = [c for c in self.characters if len(characters_of(c)) != 1]
        if several:
            raise ValueError(f"not one character each: {several}")
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
        unknown = self.unknown(text)
        if unknown:
            raise ValueError(
                f"the text {text!r} has characters that are not in the "
                f"charset: {' '.join(map(repr, unknown))}"
            )
        return np.array(
            [self._labels[c] for c in characters_of(text)], dtype="int32"
        )

    def decode(self, labels):
        """Text of labels; blanks (0) and padding (below 0) are left out."""
        return "".join(self.characters[i - 1] for i in labels if i > 0)

    def unknown(self, text):
        """The characters of `text` outside the charset, with their counts."""
        return dict(Counter(c for c in characters_of(text) if c not in self))

    def nearest(self, text):
        """`text` without the characters that are not in the charset.

        One with marks, a superscript or a long s is replaced by its base
        letter where that is in the charset (Unicode NFKD), a sign of
        `WRITTEN_AS` by what stands on the page; any other is left out.
        """
        return "".join(
            c if c in self else "".join(filter(self.__contains__, base_of(c)))
            for c in characters_of(text)
        )


def normalize(text):
    """Unicode NFC, the form in which texts are compared, read and learnt."""
    return unicodedata.normalize("NFC", text)


def strip_invisible(text):
    """A line of a transcription as it is learnt: what can be seen of it, NFC.

    Signs that nobody writes (of order, of the width 0, control characters,
    a byte order mark) are left out, and so is a soft hyphen; at the end of the
    line, where it is one that is drawn, it becomes a hyphen. Those that join
    and part letters stay, as letters look otherwise beside them.
    """
    text = normalize(text).translate(INVISIBLE).rstrip()
    broken = text.rstrip(SOFT_HYPHEN)
    if broken != text and not broken.endswith(HYPHENS):
        broken += "-"
    return broken.replace(SOFT_HYPHEN, "")


def is_right_to_left(text):
    """Whether most letters of a text are of scripts written that way: bool."""
    sides = Counter(map(unicodedata.bidirectional, text))
    return sides["R"] + sides["AL"] > sides["L"]


def characters_of(text):
    """The characters of a text, each with the combining marks that follow.

    After NFC most accented letters are one code point; the others (a letter
    with two marks, many scripts outside Europe) are kept whole here. A mark
    at the start stands alone.

    Returns:
        list of str.
    """
    characters = []
    for c in normalize(text):
        if characters and unicodedata.category(c).startswith("M"):
            characters[-1] += c
        else:
            characters.append(c)
    return characters


def base_of(character):
    """A character's compatible base letters, without marks."""
    return [
        c
        for c in unicodedata.normalize(
            "NFKD", WRITTEN_AS.get(character, character)
        )
        if not unicodedata.category(c).startswith("M")
    ]
