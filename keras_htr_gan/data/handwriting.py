"""Embedded handwriting: unlimited clean lines with their text, no download.

Words come from `wordfreq`, shapes from handwriting fonts that are installed
as packages. A line is a pure function of (seed, split, index).
"""

import functools
import zlib

import fontpkg
import numpy as np
import wordfreq

from keras_htr_gan.charset import normalize
from keras_htr_gan.data.drawing import draw_line, list_glyphs
from keras_htr_gan.data.splits import SPLITS

FONTS = (
    "Caveat",
    "Dancing Script",
    "Great Vibes",
    "Indie Flower",
    "Kalam",
    "Shadows Into Light",
    "Yellowtail",
    "Zeyada",
)
TEST_FONTS = ("Delius", "Satisfy")
DIGITS = "0123456789"
PUNCTUATION = ".,;:!?'-()"
QUOTES = {"«": "»", "“": "”", "‘": "’", "„": "“", "[": "]", "{": "}"}
EXTRA_SHARE = 0.1
VOCABULARY = 20_000
NARROWEST = 8
WIDTHS_SAMPLED = 200


class HandwritingSource:
    """Lines of drawn handwriting, each made when it is asked for.

    A text line belongs to exactly one split, decided by its checksum, so the
    splits share none whatever their seeds. The fonts of `TEST_FONTS` are
    drawn only in `"test"`.

    Args:
        language: a `wordfreq` language code, as `"en"`, `"id"`, `"nl"`, or
            several with commas between them; a line is in one.
        split: `"train"`, `"validation"` or `"test"`.
        seed: int.
        height: int, pixels.
        max_width: int, pixels; no line is wider, nor has it more than a
            character in `NARROWEST` pixels.
        length: int, how many lines there are to index.
        charset: `Charset` to which the texts are held, or `None`.
        extras: iterable of str, characters to be drawn now and then beside
            those of the words.
        fonts: sequence of str, families of `fontpkg`; by default `FONTS`, and
            in `"test"` `TEST_FONTS` as well.

    Raises:
        ValueError: if the language or the split is unknown, a font is not
            installed, or the fonts cannot write the language.

    An item is a dict: `clean`, float32 `(height, width)`, 0 = ink, 1 = paper,
    and `text`, str.
    """

    finite = False

    def __init__(
        self,
        language="en",
        split="train",
        seed=0,
        height=32,
        max_width=256,
        length=2**40,
        charset=None,
        extras=(),
        fonts=None,
    ):
        if split not in SPLITS:
            raise ValueError(f"no split {split!r}; one of {', '.join(SPLITS)}")
        self.language = language
        self.charset = charset
        self.vocabularies = [
            list_words(name, charset) for name in language.split(",")
        ]
        if not all(self.vocabularies):
            raise ValueError(
                f"the charset cannot write any word of language {language!r}"
            )
        writable = frozenset().union(*map(list_glyphs, FONTS))
        self.extras = sorted(
            (set(extras) & writable) - self.characters_of_words()
        )
        self.fonts = tuple(
            fonts or (FONTS + TEST_FONTS if split == "test" else FONTS)
        )
        for font in self.fonts:
            try:
                fontpkg.path(font)
            except LookupError as error:
                raise ValueError(str(error)) from error
        self.split = split
        self.seed = seed
        self.height = height
        self.max_width = max_width
        self.length = length
        self.sampled = None

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        rng = np.random.default_rng(
            (self.seed, SPLITS.index(self.split), int(index))
        )
        target = rng.uniform(0.6, 0.95) * self.max_width
        while True:
            text = self.compose(rng, target)
            if len(text) > self.longest():
                target *= 0.9
                continue
            if choose_split(text) != self.split or not self.allows(text):
                continue
            able = [f for f in self.fonts if set(text) <= list_glyphs(f)]
            if not able:
                continue
            font = able[rng.integers(len(able))]
            clean = draw_line(text, font, self.height, rng)
            if clean.shape[1] <= self.max_width:
                return {"clean": clean, "text": text}
            target *= 0.9

    def allows(self, text):
        return self.charset is None or not self.charset.unknown(text)

    def compose(self, rng, target):
        """A few words whose drawing is about `target` pixels wide."""
        characters = max(1, int(target / (0.36 * self.height)))
        vocabulary = self.vocabularies[0]
        if len(self.vocabularies) > 1:
            vocabulary = self.vocabularies[rng.integers(len(self.vocabularies))]
        words, length = [], 0
        while length < characters:
            word = self.word(rng, vocabulary)
            if self.extras and rng.random() < EXTRA_SHARE:
                word = self.with_extra(word, rng)
            words.append(word)
            length += len(word) + 1
        return normalize(" ".join(words))

    def with_extra(self, word, rng):
        """A word with a rare character in it, or a pair of quotes around."""
        extra = self.extras[rng.integers(len(self.extras))]
        if extra in QUOTES:
            return f"{extra}{word}{QUOTES[extra]}"
        place = rng.choice((0, len(word), rng.integers(len(word) + 1)))
        return word[:place] + extra + word[place:]

    def word(self, rng, vocabulary):
        kind = rng.random()
        if kind < 0.08:
            return "".join(rng.choice(list(DIGITS), rng.integers(1, 5)))
        # Uniform in the logarithm of the rank: frequent words often, and
        # every letter of the alphabet often enough to be learnt.
        word = vocabulary[int(len(vocabulary) ** rng.random()) - 1]
        if kind < 0.25:
            word = word[:1].upper() + word[1:]
        elif kind < 0.28:
            word = word.upper()
        if rng.random() < 0.15:
            mark = PUNCTUATION[rng.integers(len(PUNCTUATION))]
            word = f"({word})" if mark in "()" else word + mark
        return word

    def identity(self):
        """What tells these lines from others, for JSON."""
        return {
            "language": self.language,
            "split": self.split,
            "seed": self.seed,
            "shape": [self.height, self.max_width],
            "extras": self.extras,
            "fonts": self.fonts,
        }

    def widths(self):
        """Pixels of a sample of lines and of the widest one: int array."""
        if self.sampled is None:
            drawn = [self[i]["clean"].shape[1] for i in range(WIDTHS_SAMPLED)]
            self.sampled = np.array([*drawn, self.max_width])
        return self.sampled

    def widest(self):
        """Pixels of the widest line that can occur: int, without drawing."""
        return self.max_width

    def longest(self):
        """Characters of the longest text that can occur."""
        return self.max_width // NARROWEST

    def characters(self):
        """Every character that can occur, a set."""
        return self.characters_of_words() | set(self.extras)

    def characters_of_words(self):
        letters = set(DIGITS + PUNCTUATION + " ")
        for words in self.vocabularies:
            letters.update(*words, "".join(words).upper())
        return {letter for letter in letters if self.allows(letter)}


def choose_split(text):
    """Chooses a text line's split: 8 % are validation, 8 % test."""
    bucket = zlib.crc32(text.encode()) % 25
    return {0: "validation", 1: "validation", 2: "test", 3: "test"}.get(
        bucket, "train"
    )


@functools.cache
def list_words(language, charset=None):
    """Those of a language's words that a `Charset` can write: tuple of str."""
    words = load_vocabulary(language)
    if charset is None:
        return words
    return tuple(word for word in words if not charset.unknown(word))


@functools.cache
def load_vocabulary(language):
    """Loads a language's most frequent words that the fonts can write.

    Raises:
        ValueError: names the languages there are, or what the fonts lack.
    """
    languages = wordfreq.available_languages()
    if language not in languages:
        raise ValueError(
            f"no words for language {language!r}; choose from "
            + ", ".join(sorted(languages))
        )
    writable = set.intersection(*map(set, map(list_glyphs, FONTS)))
    words = tuple(
        normalize(word)
        for word in wordfreq.top_n_list(language, VOCABULARY)
        if set(word) | set(word.upper()) <= writable and word.isalpha()
    )
    if len(words) < VOCABULARY // 2:
        raise ValueError(
            f"the handwriting fonts cannot write language {language!r}: "
            f"only {len(words)} of its {VOCABULARY} most frequent words"
        )
    return words
