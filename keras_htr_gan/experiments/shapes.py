"""Shapes of generators, to be compared by what they cost and bring."""

import dataclasses

from keras_htr_gan.networks.generator import build_patch_generator


@dataclasses.dataclass(frozen=True)
class Shape:
    """A generator to train.

    Args:
        about: str, for the report.
        filters, blocks, patch, contrast: see `build_patch_generator`.
        context_rows: int, see `HTRGAN`.
    """

    about: str
    filters: tuple[int, ...] = (64,)
    blocks: tuple[int, ...] = (4,)
    patch: int = 4
    context_rows: int = 0
    contrast: int = 0

    def build(self):
        """The generator, `keras.Model`."""
        return build_patch_generator(
            self.filters, self.blocks, self.patch, self.contrast
        )


SHAPES = {
    "tiny": Shape("as `tiny` is"),
    "context": Shape(
        "the same, with 8 rows above and below a line", context_rows=8
    ),
    "contrast": Shape(
        "the same, and it sees the contrast of each pixel with what is around "
        "it",
        contrast=3,
    ),
    "fine": Shape(
        "patches of 2 pixels before those of 4, for hairlines",
        (24, 64),
        (1, 3),
        2,
    ),
    "scales": Shape("two scales, as `small` has", (48, 96), (2, 3)),
    "wide": Shape("wider and shallower", (88,), (2,)),
    "deep": Shape("narrower and deeper", (48,), (7,)),
    "light": Shape("half as wide", (32,), (4,)),
    "contrast_light": Shape(
        "half as wide, and it sees contrast", (32,), (4,), contrast=3
    ),
    "contrast_fine": Shape(
        "patches of 2 pixels before those of 4, and it sees contrast",
        (24, 64),
        (1, 3),
        2,
        contrast=3,
    ),
}
