"""Random access to the lines of the data, ready for the pipeline.

A source has a length and returns an item as a dict: `clean`, float32
`(height, width)`, 0 = ink, 1 = paper; `text`, str; where there is a real
degraded image of the line `degraded`, as `clean`; and where the data names it
`page`, str.
"""

import dataclasses
import re

import numpy as np

from keras_htr_gan.charset import characters_of, is_right_to_left
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.readers.forms import read_lines
from keras_htr_gan.data.splits import SPLITS, parse_split_by, split_lines
from keras_htr_gan.data.unknown_characters import (
    UNKNOWN_REMEDY,
    fit_to_charset,
)
from keras_htr_gan.data.wording import RIGHT_TO_LEFT, to_one_line
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.scaling import (
    scale_line,
    scale_width,
    stretch_contrast,
)

SHOWN_PROBLEMS = 10


@dataclasses.dataclass(frozen=True)
class SourceOptions:
    """What users may say about their data.

    Args:
        language: of drawn lines, see `HandwritingSource`.
        fonts: str, families with commas between them, or `""`; see there.
        extras: str, rare characters of drawn lines.
        seed: int, of drawn training lines.
        height: int, pixels.
        split_by: see `split_lines`.
        strict: bool, whether the first thing wrong with the data is fatal.
        unknown_characters: `"error"`, `"drop-line"` or `"replace"`.
        charset: `Charset` to which the data is held, or `None` for its own.
        as_found: bool, whether the images are degraded ones with no clean
            counterpart. The `clean` image of such a line is the same one at
            full contrast.
        polarity: `"auto"`, `"dark"` or `"light"`, of the ink in images, see
            `must_turn`.
    """

    language: str = "en"
    seed: int = 0
    height: int = 32
    split_by: str = "auto"
    strict: bool = False
    unknown_characters: str = "error"
    charset: object = None
    extras: str = ""
    fonts: str = ""
    as_found: bool = False
    polarity: str = "auto"


def open_sources(data, options, validation_data=()):
    """Opens the three splits of the data.

    Args:
        data: sequence of str: `synthetic` or what `read_lines` takes, each
            perhaps with a weight, as in `("synthetic:0.3", "lines/:0.7")`.
        options: `SourceOptions`.
        validation_data: as `data`: validation and test lines come from these
            alone, and every line of `data` is for training.

    Returns:
        dict of `"train"`, `"validation"` and `"test"` to a source.

    Raises:
        UserError: names what cannot be used.
    """
    parse_split_by(options.split_by)
    parts = [
        (open_entry(name, options, whole=bool(validation_data)), weight)
        for name, weight in map(parse_entry, data)
    ]
    held = [
        (open_entry(name, options, share=0.5), weight)
        for name, weight in map(parse_entry, validation_data)
    ]
    sources = {}
    for split in SPLITS:
        own = held if held and split != "train" else parts
        chosen = [(source[split], weight) for source, weight in own]
        sources[split] = mix_sources(*zip(*chosen, strict=True))
    if held:
        learnt = collect_texts(sources["train"])
        for split in ("validation", "test"):
            shared = learnt & collect_texts(sources[split])
            if shared:
                tell(
                    f"{len(shared)} texts of the validation data are also "
                    "in the training data"
                )
    return sources


def open_split(name, options, split):
    """One split of one entry of the data, or `"all"` of its lines.

    Args:
        name: str, see `open_sources`.
        options: `SourceOptions`.
        split: `"train"`, `"validation"`, `"test"` or `"all"`.

    Returns:
        A source.

    Raises:
        UserError: names what cannot be used.
    """
    parse_split_by(options.split_by)
    splits = open_entry(name, options, whole=split == "all")
    return splits["test" if split == "all" else split]


def parse_entry(entry):
    """Parses `"lines/:0.7"` as `("lines/", 0.7)`; no weight is 1."""
    match = re.fullmatch(r"(.+):([0-9.]+(?:e-?\d+)?)", entry)
    if not match:
        return entry, 1.0
    try:
        weight = float(match[2])
    except ValueError:
        weight = 0.0
    if not weight > 0:
        raise UserError(f"`data`: the weight in {entry} must be above 0")
    return match[1], weight


def open_entry(name, options, whole=False, share=0.1):
    """Opens one entry of the data: a dict of split to source.

    With `whole` every line is for training; else `share` of the lines goes to
    validation, and to test.
    """
    if name == "synthetic":
        return {split: open_drawn(split, options) for split in SPLITS}
    found = read_lines(name, polarity=options.polarity)
    lines, problems = fit_to_charset(
        found.lines, options.charset, options.unknown_characters
    )
    for note in found.notes:
        tell(f"{name}: {note}")
    problems = (*found.problems, *problems)
    if problems and options.strict:
        raise UserError(
            f"{problems[0]}\n(`strict`: {len(problems)} problems in all; "
            f"python -m keras_htr_gan inspect {name} lists them)"
        )
    for problem in problems[:SHOWN_PROBLEMS]:
        tell(f"left out: {problem}")
    if len(problems) > SHOWN_PROBLEMS:
        tell(
            f"left out: {len(problems) - SHOWN_PROBLEMS} more; python -m "
            f"keras_htr_gan inspect {name} lists them all"
        )
    turned = sum(is_right_to_left(line.text) for line in lines)
    if turned:
        tell(f"{name}: {turned} lines are {RIGHT_TO_LEFT}")
    if options.as_found:
        lines = [pair_with_itself(line) for line in lines]
    unpaired = sum(line.clean is None for line in lines)
    lines = [line for line in lines if line.clean is not None]
    if unpaired:
        tell(
            f"{name}: {unpaired} lines have no clean image and are left out; "
            "`as_found` is for such"
        )
    tell_turned(name, lines)
    if not lines:
        raise UserError(f"{name}: no line is left that can be trained on")
    splits = (
        dict.fromkeys(SPLITS, lines)
        if whole
        else split_lines(lines, options.split_by, name, share)
    )
    return {
        split: LineSource(splits[split], options.height) for split in SPLITS
    }


def tell_turned(name, lines):
    """Says how many lines are white on black, where any is."""
    turned = [line.name for line in lines if line.turned]
    if turned:
        tell(
            f"{name}: {len(turned)} of {len(lines)} lines are white on black "
            f"and turned, as {to_one_line(turned[0])}"
        )


def pair_with_itself(line):
    """A line that is degraded, as its own clean counterpart."""
    side = "clean" if line.degraded is None else "degraded"
    image = getattr(line, side)
    turned = ("clean", "degraded") if side in line.turned else ()
    return dataclasses.replace(line, clean=image, degraded=image, turned=turned)


def open_drawn(split, options):
    """Opens embedded handwriting that keeps to the charset."""
    arguments = (
        options.language,
        split,
        options.seed if split == "train" else 0,
        options.height,
        8 * options.height,
    )
    fonts = options.fonts.split(",") if options.fonts else None
    drawing = {"extras": options.extras, "fonts": fonts}
    try:
        source = HandwritingSource(*arguments, **drawing)
        if options.charset is None:
            return source
        unknown = options.charset.unknown("".join(source.characters()))
        if unknown and options.unknown_characters == "error":
            raise UserError(
                "the recogniser does not know these characters of drawn "
                f"lines: {' '.join(sorted(unknown))}\n{UNKNOWN_REMEDY}"
            )
        return HandwritingSource(*arguments, charset=options.charset, **drawing)
    except ValueError as error:
        raise UserError(str(error)) from error


def tell(message):
    print(message, flush=True)


def collect_texts(source):
    """Collects the texts of a finite source; drawn lines are endless."""
    parts = source.sources if isinstance(source, Mixture) else [source]
    return {x.text for s in parts if s.finite for x in s.lines}


class LineSource:
    """A user's lines of one split.

    Args:
        lines: list of `Line` with clean images and sizes.
        height: int, pixels to which lines are scaled; they keep their own
            width (see `scale_width`).
    """

    finite = True

    def __init__(self, lines, height):
        self.lines = lines
        self.height = height

    def __len__(self):
        return len(self.lines)

    def __getitem__(self, index):
        line = self.lines[index]
        clean = stretch_contrast(scale_line(line.load("clean"), self.height))
        item = {"clean": clean, "text": line.text}
        if line.degraded is not None:
            item["degraded"] = scale_line(
                line.load("degraded"), self.height, clean.shape[1]
            )
        if line.columns.get("page"):
            item["page"] = line.columns["page"]
        return item

    def identity(self):
        """What tells these lines from others, for JSON."""
        return [
            [line.text, line.digest, self.height, *line.turned]
            for line in self.lines
        ]

    def characters(self):
        """Every character of the texts, a set."""
        return set().union(*(characters_of(line.text) for line in self.lines))

    def longest(self):
        """Characters of the longest text."""
        return max(len(characters_of(line.text)) for line in self.lines)

    def widths(self):
        """Pixels of each line, as it is scaled: int array."""
        return np.array(
            [scale_width(*line.size, self.height) for line in self.lines]
        )

    def widest(self):
        """Pixels of the widest line: int."""
        return self.widths().max()


class Mixture:
    """Several sources, drawn from in proportion to their weights.

    Args:
        sources: sequence of sources.
        weights: sequence of float above 0.
    """

    def __init__(self, sources, weights):
        self.sources = tuple(sources)
        self.weights = tuple(w / sum(weights) for w in weights)

    @property
    def finite(self):
        return all(source.finite for source in self.sources)

    def __len__(self):
        return sum(len(source) for source in self.sources)

    def identity(self):
        """What tells these lines from others, for JSON."""
        return [
            [source.identity(), weight]
            for source, weight in zip(self.sources, self.weights, strict=True)
        ]

    def characters(self):
        """Every character that can occur, a set."""
        return set().union(*(source.characters() for source in self.sources))

    def longest(self):
        """Characters of the longest text."""
        return max(source.longest() for source in self.sources)

    def widths(self):
        """Pixels of a sample of lines in the proportions of the mixture."""
        rng = np.random.default_rng(0)
        samples = [
            rng.choice(source.widths(), round(1000 * weight) + 1)
            for source, weight in zip(self.sources, self.weights, strict=True)
        ]
        widest = [source.widest() for source in self.sources]
        return np.concatenate([*samples, widest])

    def widest(self):
        """Pixels of the widest line: int."""
        return max(source.widest() for source in self.sources)


def mix_sources(sources, weights):
    """Mixes several sources to a `Mixture`; a single one is itself."""
    return sources[0] if len(sources) == 1 else Mixture(sources, weights)
