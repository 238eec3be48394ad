"""Draws a page of handwriting and ages it: something to restore and to show.

    python benchmarks/page_picture.py [--output docs/page.png]

The picture is the same every time.
"""

import click
import numpy as np
from PIL import Image

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.page_context import lay
from keras_htr_gan.data.recipes import Recipe, Step, degrade

SIZE = (470, 900)
HEIGHT, SPACING, MARGIN, LINES = 64, 68, 28, 6
# What ages a whole page; its strokes keep their sharpness.
AGEING = Recipe(
    (0.9, 1.0),
    tuple(
        Step(name, 1.0)
        for name in (
            *("faded_ink", "uneven_ink", "show_through", "paper_fibre"),
            *("yellowing", "stains", "creases", "uneven_light", "dust"),
            "sensor_noise",
        )
    ),
)


def page(source, first):
    """Lines below each other: float32 `SIZE`, 0 = ink, 1 = paper."""
    image = np.ones(SIZE, "float32")
    for row in range(LINES):
        clean = source[first + row]["clean"]
        width = min(clean.shape[1], SIZE[1] - 2 * MARGIN)
        block = image[:, MARGIN : MARGIN + width]
        lay(block, clean, MARGIN + row * SPACING, 0)
    return image


@click.command(context_settings={"show_default": True})
@click.option("--output", default="docs/page.png")
def main(output):
    """Write a page of drawn handwriting, aged."""
    width = SIZE[1] - 2 * MARGIN
    source = HandwritingSource("en", "test", height=HEIGHT, max_width=width)
    rng = np.random.default_rng(3)
    aged = degrade(page(source, 0), rng, page(source, LINES), AGEING)
    pixels = np.rint(255 * aged).astype("uint8")
    Image.fromarray(pixels).save(output, dpi=(150, 150))
    click.echo(output)


if __name__ == "__main__":
    main()
