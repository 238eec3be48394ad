"""Restores lines only as far as a recogniser is surer of what it reads."""

import collections
import math
import sys
from pathlib import Path

import numpy as np

from keras_htr_gan.data.readers.outlines import cut_line
from keras_htr_gan.errors import UserError
from keras_htr_gan.presets import find_preset, name_weights
from keras_htr_gan.reading.confidence import read_with_confidence
from keras_htr_gan.reading.promise import (
    choose_version,
    load_promise,
    place_promise,
)
from keras_htr_gan.restoration.by_line import (
    AS_FOUND,
    FULLY,
    STRENGTHS,
    VERSIONS,
    PageVersions,
    find_outlines,
    to_grey_levels,
)
from keras_htr_gan.restoration.documents import turn_page
from keras_htr_gan.restoration.layout import is_line
from keras_htr_gan.restoration.looking import look_at
from keras_htr_gan.restoration.rendering import render_page
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.runtimes.loading import load_reading_model
from keras_htr_gan.storage import hash_file

MARGIN = 2


class CarefulRestorer:
    """Takes of each line the version of which a recogniser is surest: as it is
    found, restored in part, or fully; in doubt as it is found.

    Args:
        restorer: `Restorer`.
        recognizer: see `read_with_confidence`; the one of the same model.
        threshold: float, see `Promise`; infinite to take all as it is found.
        made_by: dict of JSON, what is recorded of where the threshold is from.

    Attributes:
        counts: `collections.Counter` of `VERSIONS`, the lines so far.
        without_lines: list of paths, of pages whose lines nothing outlines.
            They are taken as they are found.
    """

    def __init__(self, restorer, recognizer, threshold, made_by=None):
        self.restorer, self.recognizer = restorer, recognizer
        self.threshold, self.made_by = threshold, made_by or {}
        self.counts, self.without_lines = collections.Counter(), []

    @classmethod
    def from_preset(
        cls, name, share, runtime="auto", calibration=None, restorer=None
    ):
        """One that keeps a promise.

        Args:
            name: str or path of a preset or a run, see `find_preset`.
            share: float, of the lines that may read worse than as found.
            runtime: see `load_restoring_model`.
            calibration: path of a file, see `load_promise`; or `None`.
            restorer: its `Restorer`, if that is loaded already.

        Raises:
            UserError: if it cannot be loaded, or nothing can be promised.
        """
        if str(name).endswith((".onnx", ".keras")):
            raise UserError(
                f"`no_harm`: {name} is a file alone; name the preset or the "
                "run, whose recogniser chooses, as `model`"
            )
        threshold = load_promise(name, calibration).threshold(share)
        if math.isinf(threshold):
            print(
                f"a promise of {share:g} needs more lines than were tried: "
                "all is taken as found",
                file=sys.stderr,
            )
        restorer = restorer or Restorer.from_preset(name, runtime)
        path = Path(calibration or place_promise(name))
        weights = find_preset(name) / name_weights("recognizer")
        made_by = {
            "share": float(share),
            "calibration": {"name": path.name, "sha256": hash_file(path)},
            "recognizer": hash_file(weights) if weights.is_file() else None,
        }
        recognizer = load_reading_model(name, runtime)
        return cls(restorer, recognizer, threshold, made_by)

    def describe(self):
        """What is recorded of it: dict of JSON, which has no infinity."""
        least = None if math.isinf(self.threshold) else self.threshold
        return self.made_by | {"threshold": least}

    def __call__(self, job, page, look, text_height, kind, progress, tell):
        """Restores a page of a document, see `restore_documents`.

        Args:
            job: `Job`; its PAGE or ALTO says where lines are.
            page: `Page` of dark writing.
            look: `Look`.
            text_height, kind, progress: see `Restorer.restore`.
            tell: see `Restorer.restore_seen`.

        Returns:
            float32 `(height, width)` and its strength, see `render_page`.
        """
        outlines = find_outlines(job.outlined, page.grey.shape[::-1])
        if outlines is None and not may_be_line(page, kind):
            self.without_lines.append(job.source)
        how = text_height, kind, progress, tell
        return self.restore(page, look, outlines, *how)

    def restore(
        self,
        page,
        look,
        outlines=None,
        text_height=None,
        kind="auto",
        progress=None,
        tell=None,
    ):
        """Restores a page whose lines are known, or the image of a line.

        Args:
            page, look, text_height, kind, progress, tell: see `__call__`.
            outlines: list of (x, y) int pairs, the lines of the page; `None`
                if it is one, and else it is taken as found.

        Returns:
            See `__call__`.
        """
        alone = outlines is None and may_be_line(page, kind)
        lines = 1 if alone else len(outlines or ())
        if not lines or math.isinf(self.threshold):
            self.take([AS_FOUND] * lines, tell)
            return page.grey, 0.0
        kind = "line" if alone else kind
        both = self.restorer.restore_soft_and_sharp(
            page.grey, look, text_height, kind, progress, tell
        )
        versions = PageVersions.of(page, both, look.borders)
        if alone:
            (chosen,) = self.choose_versions([show_line(versions)], tell)
            return both[chosen == FULLY], float(STRENGTHS[chosen] / 255)
        shown = [
            show_outlined(versions, outline, look.sideways)
            for outline in outlines
        ]
        return versions.compose(outlines, self.choose_versions(shown, tell))

    def choose_versions(self, lines, tell=None):
        """Chooses a version of each line, counts them and tells them.

        Args:
            lines: list of lists of float32 `(height, width)`, 0 = ink, one
                for each of `VERSIONS`.
            tell: see `__call__`.

        Returns:
            list of int, of `VERSIONS`.
        """
        read = read_with_confidence(self.recognizer, sum(lines, []))
        chosen = []
        for first in range(0, len(read), len(VERSIONS)):
            version, surer = choose_version(read[first : first + len(VERSIONS)])
            chosen.append(version if surer > self.threshold else AS_FOUND)
        self.take(chosen, tell)
        return chosen

    def take(self, chosen, tell):
        names = [VERSIONS[version] for version in chosen]
        self.counts.update(names)
        if tell is not None and names:
            tell(lines=", ".join(names))

    def show(self, page, polarity="auto", outlines=None, height=None):
        """A page as it is restored and then read.

        Args:
            page: `Page`.
            polarity: see `must_turn`.
            outlines: see `restore`; `None` for the image of a line.
            height: float, see `Restorer.restore`.

        Returns:
            uint8 `(height, width)`, and bool, whether it was turned first.
        """
        look = look_at(page.grey, polarity)
        if look.negative:
            page = turn_page(page)
        kind = "line" if outlines is None else "auto"
        restored, strength = self.restore(page, look, outlines, height, kind)
        image = render_page(page, restored, strength, "colour", look.borders)
        return to_grey_levels(image), look.negative

    def tell(self):
        """What was done with how many lines, a line or two: list of str."""
        counts = ", ".join(
            f"{self.counts[version]} {version}" for version in VERSIONS
        )
        told = [f"lines taken: {counts}"]
        if self.without_lines:
            told.append(
                f"taken as found, as nothing says where their lines are: "
                f"{len(self.without_lines)} pages, as in "
                f"{self.without_lines[0]}; PAGE or ALTO would, as of kraken "
                "or eScriptorium"
            )
        return told


def may_be_line(page, kind):
    """Whether a `Page` is the image of a line, see `Restorer.restore`: bool."""
    return kind == "line" or (kind == "auto" and is_line(page.grey))


def show_line(versions):
    """The image of a line in each of `VERSIONS`: list of float32."""
    rendered = map(versions.render, range(len(VERSIONS)))
    return [np.float32(to_grey_levels(image) / 255) for image in rendered]


def show_outlined(versions, outline, sideways=False):
    """A line of a page, cut along its outline, in each of `VERSIONS`.

    Args:
        versions: `PageVersions`.
        outline: (x, y) int pairs.
        sideways: bool, whether lines run up or down.

    Returns:
        list of float32 `(height, width)`, 0 = ink, 1 = paper.
    """
    points = np.asarray(outline, "int32")
    left, top = np.maximum(points.min(axis=0) - MARGIN, 0)
    right, bottom = points.max(axis=0) + MARGIN + 1
    part = versions.crop(np.s_[top:bottom, left:right])
    shown = []
    for version in range(len(VERSIONS)):
        grey = to_grey_levels(part.render(version))
        line = np.float32(cut_line(grey, points - (left, top), MARGIN) / 255)
        shown.append(np.ascontiguousarray(np.rot90(line)) if sideways else line)
    return shown
