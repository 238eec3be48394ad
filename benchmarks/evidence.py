"""How well ink that the scan does not support is found.

    python benchmarks/evidence.py COPISTE_LINES [FOUND_LINES]
        [--paper SCANS] [--lines 120] [--tuning]

Drawn lines and clean ones of COPISTE_LINES lack a word, are aged by each recipe
and restored; then two letters are pasted into the restoration, where the scan
has none. Others lack a letter within a word, or half of one, which is filled in
as it was. Found are those of which more than half is found; false alarms are a
share of the pixels of true ink that was restored. Fonts, pages
and paper are not those on which the depth was chosen: that is what --tuning
takes, with other PAPER. FOUND_LINES are real scans as they are, in a folder
with a metadata.csv: what of their own ink is found counts as a false alarm, be
it dirt or not.
"""

import csv
import dataclasses
import json
from pathlib import Path

import click
import cv2
import numpy as np
from tqdm import tqdm

from keras_htr_gan.data.paper import find_blank_paper
from keras_htr_gan.data.recipes import RECIPES
from keras_htr_gan.data.sources import SourceOptions, open_split
from keras_htr_gan.evaluation.composing import PITCH
from keras_htr_gan.evaluation.erased_cases import draw, make_case
from keras_htr_gan.evaluation.erasing import SPANS, find_own_ink
from keras_htr_gan.evaluation.tables import format_row, format_table
from keras_htr_gan.images.decoding import load_grey
from keras_htr_gan.images.scaling import scale_line
from keras_htr_gan.restoration.evidence import (
    INK,
    find_unsupported_ink,
    map_depth,
)
from keras_htr_gan.restoration.restorer import Restorer

TEST_FONTS, SEED = "Delius,Satisfy", 4
SPLITS = Path(__file__).parents[1] / "docs"
# Of a line's height: how high and wide letters are, and how far from ink.
HIGH, WIDE, APART = (0.2, 0.6), (0.12, 0.6), 0.05
PASTED, TRIES = 2, 60
FALSE_ALARMS = 0.01
HEADER = (
    *("letters", "pasted", "within words", "halves"),
    *("false alarms", "pasted, at 1 % false alarms"),
)


@dataclasses.dataclass
class Tally:
    """What was found on some lines.

    Attributes:
        found: list of bool, of each pasted letter.
        depths: list of float, the median of each.
        false, true: int, pixels of true ink that are found, and all.
        true_depths: list of float32 arrays, of some of them.
    """

    found: list = dataclasses.field(default_factory=list)
    depths: list = dataclasses.field(default_factory=list)
    false: int = 0
    true: int = 0
    true_depths: list = dataclasses.field(default_factory=list)

    def add(self, scan, restored, pasted, true):
        """Takes a line.

        Args:
            scan: float32 `(height, width)`.
            restored: float32, with letters pasted into it.
            pasted: uint8, the number of each letter.
            true: bool, ink that is true.
        """
        mask = find_unsupported_ink(scan, restored)
        depth = map_depth(scan, restored)
        true = true & (restored < INK) & (pasted == 0)
        self.false += np.count_nonzero(mask & true)
        self.true += np.count_nonzero(true)
        self.true_depths.append(depth[true][::5])
        for number in range(1, int(pasted.max()) + 1):
            letter = pasted == number
            self.found.append(mask[letter].mean() > 0.5)
            self.depths.append(np.median(depth[letter]))

    def rate(self):
        """How much of it is found: str."""
        return f"{100 * np.mean(self.found):.1f} %" if self.found else "-"


def format_tallies(name, tallies):
    """A row of the table: str.

    Args:
        tallies: dict of a kind of span to `Tally`.
    """
    pasted = tallies["words"]
    level = np.quantile(np.concatenate(pasted.true_depths), FALSE_ALARMS)
    at_level = np.mean(np.array(pasted.depths) < level)
    cells = [
        str(len(pasted.found)),
        *(tallies[kind].rate() for kind in SPANS),
        f"{100 * pasted.false / pasted.true:.2f} %",
        f"{100 * at_level:.1f} %",
    ]
    return format_row([name, *cells])


@click.command(context_settings={"show_default": True})
@click.argument("copiste", type=click.Path(exists=True))
@click.argument("found", required=False, type=click.Path(path_type=Path))
@click.option("--model", default="latin_small")
@click.option("--paper", type=click.Path(path_type=Path))
@click.option("--lines", default=120, help="Of each source and severity.")
@click.option("--tuning", is_flag=True, help="Take what the depth is from.")
def main(copiste, found, model, paper, lines, tuning):
    """Print how many pasted letters are found."""
    restorer = Restorer.from_preset(model)
    papers = find_blank_paper(paper)[0] if paper else ()
    split = "train" if tuning else "test"
    fonts = "" if tuning else TEST_FONTS
    options = SourceOptions(
        language="fr",
        height=PITCH,
        fonts=fonts,
        split_by=str(SPLITS / "copiste_split.json"),
    )
    drawn, clean = (
        open_split(name, options, split) for name in ("synthetic", copiste)
    )
    click.echo(format_table(["", *HEADER], []))
    for name, source in (("drawn", drawn), ("Copiste", clean)):
        for severity in RECIPES:
            tallies = {kind: Tally() for kind in SPANS}
            work = [(k, n) for k in SPANS for n in range(lines)]
            for kind, number in tqdm(work, disable=None, leave=False):
                case = make_case(
                    source, "lines", severity, kind, number, papers
                )
                if case is not None:
                    judge_case(tallies[kind], case, restorer, source, number)
            click.echo(format_tallies(f"{name}, {severity}", tallies))
    for name, paths in list_found(found, split).items():
        rng, tallies = np.random.default_rng(SEED), {k: Tally() for k in SPANS}
        for number in rng.permutation(len(paths))[:lines]:
            scan = scale_line(load_grey(paths[number]), PITCH)
            restored = restorer.restore(scan, kind="line", polarity="dark")
            rng = np.random.default_rng([SEED, number])
            pasted = paste_letters(restored, restored < INK, clean, rng)
            true = np.ones_like(scan, bool)
            tallies["words"].add(scan, restored, pasted, true)
        click.echo(format_tallies(f"{name}, as found", tallies))


def judge_case(tally, case, restorer, source, number):
    """Restores a line, writes into it what is not there, and counts it."""
    restored = restorer.restore(case.aged, kind="line", polarity="dark")
    true = case.erased < INK
    if case.kind == "words":
        rng = np.random.default_rng([SEED, number])
        taken = (restored < INK) | true
        added = paste_letters(restored, taken, source, rng)
    else:
        added = np.uint8((case.clean < INK) & ~true & (restored >= INK))
        restored = np.where(added, case.clean, restored)
    tally.add(case.aged, restored, added, true)


def list_found(folder, split):
    """Lines as they were found, by collection: dict of str to lists of paths.

    Of collections of which some pages are for tests, these alone.
    """
    groups = {}
    if folder is None:
        return groups
    pages = json.loads((SPLITS / "latin_split.json").read_text("utf-8"))
    with open(folder / "metadata.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["page"] in pages[split]:
                name = row.get("collection") or folder.name
                groups.setdefault(name, []).append(folder / row["file_name"])
    return groups


def paste_letters(restored, taken, source, rng):
    """Pastes letters of other lines into a restored one, where there is room.

    Args:
        restored: float32 `(height, width)`; written to.
        taken: bool, where there is ink.

    Returns:
        uint8, the number of the letter at each pixel, 0 for none.
    """
    side = 2 * round(APART * PITCH) + 1
    near = np.ones((side, side), "uint8")
    taken = cv2.dilate(np.uint8(taken), near)
    pasted, count = np.zeros_like(taken), 0
    for _ in range(TRIES):
        letter = cut_letter(source, rng)
        room = np.subtract(restored.shape, letter.shape)
        if letter.size == 0 or room.min() < 0:
            continue
        top, left = rng.integers(room + 1)
        place = np.s_[top : top + len(letter), left : left + letter.shape[1]]
        ink = letter < INK
        if (taken[place] & ink).any():
            continue
        count += 1
        restored[place] = np.minimum(restored[place], letter)
        pasted[place][ink] = count
        taken[place] |= cv2.dilate(np.uint8(ink), near)
        if count == PASTED:
            break
    return pasted


def cut_letter(source, rng):
    """A letter of a clean line: float32, empty if that has none."""
    line = draw(source, rng)["clean"]
    ink = find_own_ink(line)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.uint8(ink))
    wide, high = stats[:, 2] / PITCH, stats[:, 3] / PITCH
    some = (wide > WIDE[0]) & (wide < WIDE[1])
    some &= (high > HIGH[0]) & (high < HIGH[1])
    some[0] = False
    if not some.any():
        return line[:0]
    number = rng.choice(np.flatnonzero(some))
    left, top, width, height = stats[number, :4]
    place = np.s_[top : top + height, left : left + width]
    return np.where(labels[place] == number, line[place], np.float32(1.0))


if __name__ == "__main__":
    main()
