"""The lines of a training, from what the user names to batches."""

import dataclasses
from pathlib import Path

from keras_htr_gan.data.feeding import FixedBatches, TrainingBatches, form_pair
from keras_htr_gan.data.found import mix_found, open_found
from keras_htr_gan.data.paper import find_blank_paper
from keras_htr_gan.data.pipeline import (
    LineFormat,
    pair_windows,
    reading_windows,
)
from keras_htr_gan.data.recipes import load_recipe
from keras_htr_gan.data.sources import SourceOptions, open_sources
from keras_htr_gan.data.splits import SPLITS

PARTS_OF_A_SCAN = 6


class TrainingLines:
    """The three splits of a training, and the form of its batches.

    Args:
        settings: `Settings`.
        height: int, pixels of a line.
        charset: `Charset` to which the data is held, or `None` for its own.
        extras: str, rare characters that drawn lines are to hold.

    Attributes:
        sources: dict of `"train"`, `"validation"` and `"test"` to a source.
        found: list of sources, of lines as found to validate on.
        format: `LineFormat`.

    Raises:
        UserError: names what cannot be used.
    """

    def __init__(self, settings, height, charset=None, extras=""):
        self.settings = settings
        options = SourceOptions(
            language=settings.language,
            fonts=settings.fonts,
            seed=settings.seed,
            height=height,
            split_by=settings.split_by,
            strict=settings.strict,
            unknown_characters=settings.unknown_characters,
            charset=charset,
            polarity=settings.polarity,
            extras=extras,
        )
        self.sources = open_sources(
            settings.data, options, settings.validation_data
        )
        found = open_found(
            getattr(settings, "as_found", ()),
            dataclasses.replace(options, as_found=True),
        )
        self.sources["train"] = mix_found(self.sources["train"], found)
        self.found = [splits["validation"] for splits, _ in found]
        self.format = LineFormat.covering(
            [*self.every_source, *self.found],
            height,
            load_recipe(settings.degradation),
            open_paper(settings.paper),
            bool(found),
        )

    @property
    def every_source(self):
        """The sources of the splits, that of the training first: list."""
        return [self.sources[split] for split in SPLITS]

    @property
    def shape(self):
        """The shapes of a batch's images, in words: str."""
        widths = " or ".join(map(str, self.format.widths))
        return f"{self.format.height} x {widths} pixels"

    def spell_with(self, charset):
        """Gives the labels of a recogniser's `Charset` to all that follow."""
        self.format = dataclasses.replace(self.format, charset=charset)

    def pairs(self, page_share=0.0, part=None, context=0):
        """Degraded and clean lines to train an `HTRGAN` on.

        Args:
            page_share: float, see `LineFormat.pair`.
            part: function of a batch to what of it is trained on here, or
                `None` for all of it.
            context: int, rows, see `LineFormat.pair`.

        Returns:
            `TrainingBatches`.
        """
        return TrainingBatches(
            pair_windows(
                self.sources["train"],
                self.format,
                self.settings.batch_size,
                self.settings.seed,
                page_share,
                context,
            ),
            form_pair if part is None else lambda batch: (part(batch),),
        )

    def readings(self, form, **options):
        """Lines to train a `Recognizer` on.

        Args:
            form: see `TrainingBatches`.
            **options: see `LineFormat.reading`.

        Returns:
            `TrainingBatches`.
        """
        return TrainingBatches(
            reading_windows(
                self.sources["train"],
                self.format,
                self.settings.batch_size,
                self.settings.seed,
                **options,
            ),
            form,
        )

    def fixed(self, split, lines, seed, **options):
        """The same lines of a split every time, see `FixedBatches`."""
        return self.fixed_of(self.sources[split], lines, seed, **options)

    def found_lines(self, count):
        """Lines as found to validate on, at most so many of each: list."""
        fixed = [self.fixed_of(source, count, seed=1) for source in self.found]
        return [line for batches in fixed for line in batches.lines]

    def fixed_of(self, source, lines, seed, **options):
        return FixedBatches(
            source,
            self.format,
            lines,
            self.settings.batch_size,
            seed,
            **options,
        )


def open_paper(name):
    """The blank paper of scans, and tells how much there is.

    Args:
        name: str, a file or folder; `""` for none.

    Returns:
        list of float32 images, see `data.paper.find_blank_paper`.
    """
    if not name:
        return []
    papers, pages = find_blank_paper(Path(name), PARTS_OF_A_SCAN)
    print(f"Paper: {len(papers)} blank parts of {pages} scanned pages")
    return papers
