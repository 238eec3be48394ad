"""Embedded handwriting: unlimited clean lines with their text, no download.

Words come from `wordfreq`, shapes from handwriting fonts that are installed
as packages. A line is a pure function of (seed, split, index).
"""

import functools
import zlib

import cv2
import fontpkg
import numpy as np
import wordfreq
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from keras_htr_gan.charset import normalize

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
SPLITS = ("train", "validation", "test")
NARROWEST = 8
SUPERSAMPLING = 2
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
            [word for word in vocabulary(name) if self.allows(word)]
            for name in language.split(",")
        ]
        if not all(self.vocabularies):
            raise ValueError(
                f"the charset cannot write any word of language {language!r}"
            )
        writable = frozenset().union(*map(glyphs, FONTS))
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
            if split_of(text) != self.split or not self.allows(text):
                continue
            able = [f for f in self.fonts if set(text) <= glyphs(f)]
            if not able:
                continue
            clean = draw(text, able[rng.integers(len(able))], self.height, rng)
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


def split_of(text):
    """The split that a text line belongs to: 8 % validation, 8 % test."""
    bucket = zlib.crc32(text.encode()) % 25
    return {0: "validation", 1: "validation", 2: "test", 3: "test"}.get(
        bucket, "train"
    )


@functools.cache
def vocabulary(language):
    """The language's most frequent words that the fonts can write.

    Raises:
        ValueError: names the languages there are, or what the fonts lack.
    """
    languages = wordfreq.available_languages()
    if language not in languages:
        raise ValueError(
            f"no words for language {language!r}; choose from "
            + ", ".join(sorted(languages))
        )
    writable = set.intersection(*map(set, map(glyphs, FONTS)))
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


@functools.cache
def glyphs(font):
    """The characters a font has a drawing for."""
    with TTFont(fontpkg.path(font)) as file:
        return frozenset(map(chr, file.getBestCmap()))


@functools.lru_cache(maxsize=512)
def sized_font(name, size):
    return ImageFont.truetype(fontpkg.path(name), size)


@functools.cache
def size_of_line(name):
    """Font size at which letters with tails both ways are 100 pixels high."""
    left, top, right, bottom = sized_font(name, 100).getbbox("bdfhklgjpqy")
    return 100 * 100 / (bottom - top)


def draw(text, font, height, rng):
    """Draws a text as one line of handwriting.

    Args:
        text: str.
        font: str, a font family.
        height: int, pixels.
        rng: `numpy.random.Generator` for size, slant, stroke weight,
            spacing, and the wander of the baseline.

    Returns:
        float32 `(height, width)`, 0 = ink, 1 = paper.
    """
    tall = height * SUPERSAMPLING
    size = round(size_of_line(font) / 100 * tall * rng.uniform(0.72, 0.9))
    drawn = sized_font(font, size)
    ascent, descent = drawn.getmetrics()
    gaps = rng.uniform(0.8, 1.5, text.count(" ") + 1) * size * 0.28
    words = text.split(" ")
    lengths = [drawn.getlength(word) for word in words]
    margin = tall // 4
    width = int(sum(lengths) + sum(gaps) + 2 * margin + tall // 2)
    canvas = Image.new("L", (width, 2 * tall), 0)
    pen = ImageDraw.Draw(canvas)
    x = margin + tall / 4
    for word, length, gap in zip(words, lengths, gaps, strict=True):
        lift = rng.normal(0, 0.015) * tall
        pen.text((x, tall - ascent + descent + lift), word, 255, drawn)
        x += length + gap
    ink = np.asarray(canvas)
    ink = cv2.remap(ink, *wandering(ink.shape, tall, rng), cv2.INTER_LINEAR)
    ink = centred(ink, tall)
    ink = weighted(ink, rng.uniform(0.8, 1.5))
    stretch = rng.uniform(0.95, 1.3) / SUPERSAMPLING
    size = (max(8, round(ink.shape[1] * stretch)), height)
    ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    return 1.0 - ink


def wandering(shape, tall, rng):
    """Where each pixel comes from under a slant and a wandering baseline."""
    rows, columns = shape
    slant = rng.normal(0.0, 0.15)
    knots = max(3, columns // (2 * tall) + 2)
    wander = rng.normal(0.0, 0.03 * tall, (1, knots)).astype("float32")
    wander = cv2.resize(wander, (columns, 1), interpolation=cv2.INTER_CUBIC)
    x = np.arange(columns, dtype="float32")[None]
    y = np.arange(rows, dtype="float32")[:, None]
    return x + np.float32(slant) * (y - rows / 2), y + wander


def centred(ink, tall):
    """Cuts the line out with its writing in the middle of its height."""
    rows = np.flatnonzero(ink.max(axis=1) > 32)
    columns = np.flatnonzero(ink.max(axis=0) > 32)
    if not len(rows):
        return np.zeros((tall, tall), "uint8")
    left = max(0, columns[0] - tall // 8)
    ink = ink[rows[0] : rows[-1] + 1, left : columns[-1] + 1 + tall // 8]
    if len(ink) > tall - 4:
        scale = (tall - 4) / len(ink)
        size = (max(1, int(ink.shape[1] * scale)), tall - 4)
        ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    above = (tall - len(ink)) // 2
    return np.pad(ink, ((above, tall - len(ink) - above), (0, 0)))


def weighted(ink, weight):
    """Makes strokes heavier (weight over 1) or finer; float32, 0 to 1."""
    soft = cv2.GaussianBlur(ink, (0, 0), 0.8).astype("float32") / 255.0
    return np.clip(soft * np.float32(1.6 * weight) - 0.3, 0.0, 1.0)
