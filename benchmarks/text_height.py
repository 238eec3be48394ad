"""What the estimated height of lines costs, on the same pages at any scale.

    python benchmarks/text_height.py [--data DATA] [--paper SCANS]

Pages are composed as `evaluate --composed` does, scaled, and restored at the
estimated height and at fixed ones. Printed are F-measures, and how far the
estimate lies below the best of the fixed heights.
"""

import itertools
from pathlib import Path

import click
import cv2
import numpy as np

from keras_htr_gan.data.sources import SourceOptions, open_split
from keras_htr_gan.evaluation.composed import (
    LINE_HEIGHT,
    load_papers,
    write_page,
)
from keras_htr_gan.evaluation.composing import KINDS
from keras_htr_gan.evaluation.metrics.binary import score_ink
from keras_htr_gan.evaluation.tables import format_row, format_table
from keras_htr_gan.restoration.restorer import Restorer

PAGES = ("plain", "faint ink", "lines far apart", "one word")
SCALES = (0.25, 0.5, 1.0, 2.0, 5.0)
FIXED = (0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8)


@click.command(context_settings={"show_default": True})
@click.option("--model", default="latin_small")
@click.option("--data", default="synthetic")
@click.option("--paper", type=click.Path(path_type=Path), default=None)
@click.option("--side", default=900, help="Pages are cut to it, unscaled.")
def main(model, data, paper, side):
    """Print F-measures at the estimated and at fixed heights of lines."""
    restorer = Restorer.from_preset(model)
    source = open_split(data, SourceOptions(height=LINE_HEIGHT), "all")
    papers = load_papers(paper)
    columns = ["", "scale", "estimated", *map(str, FIXED), "below the best"]
    click.echo(format_table(columns, []))
    for kind, scale in itertools.product(PAGES, SCALES):
        page, ink = write_page(source, papers, kind, 0)
        page, ink = (
            resize(image[:side, :side], scale) for image in (page, ink)
        )
        ink = np.float32(ink > 0.5)
        pitch = scale * KINDS[kind].pitch
        heights = [None, *(share * pitch for share in FIXED)]
        estimated, *fixed = (
            score_ink(
                [ink],
                [restorer.restore(page, text_height=height, kind="page")],
            )["F-measure"]
            for height in heights
        )
        figures = [estimated, *fixed, max(fixed) - estimated]
        row = [kind, str(scale), *(f"{x:.1f}" for x in figures)]
        click.echo(format_row(row))


def resize(image, scale):
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    larger = cv2.resize(image, None, fx=scale, fy=scale, interpolation=way)
    return np.clip(larger, 0, 1)


if __name__ == "__main__":
    main()
