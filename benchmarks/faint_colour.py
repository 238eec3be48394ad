"""How true restored pages are to ink that is plain in colour, faint in grey.

    python benchmarks/faint_colour.py [--pages 2]

Handwriting is drawn with coloured pencil on coloured paper that is hardly
lighter, compressed by JPEG, and restored from its luminance and from the grey
of `read_pages`; and with dark ink, where both are to be the same.
"""

import io

import click
import cv2
import numpy as np
from PIL import Image

from keras_htr_gan.data.degradation import smooth_noise
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.evaluation.composing import Kind, write_lines
from keras_htr_gan.evaluation.metrics.binary import score_ink
from keras_htr_gan.evaluation.tables import format_row, format_table
from keras_htr_gan.images.colour import LUMINANCE
from keras_htr_gan.images.decoding import convert_to_grey
from keras_htr_gan.images.documents import make_page
from keras_htr_gan.restoration.restorer import Restorer

# Of 255, red, green and blue. Pencils say the hue alone.
PAPERS = {
    "brown": (176, 148, 112),
    "grey": (178, 178, 174),
    "yellow": (226, 206, 150),
    "white": (244, 243, 240),
}
PENCILS = {
    "blue": (70, 100, 190),
    "red": (200, 70, 60),
    "purple": (130, 70, 150),
}
INKS = {"iron-gall": (90, 62, 40), "black": (35, 35, 38)}
DRAWN = (("blue", "brown"), ("red", "grey"), ("purple", "yellow"))
PLAIN = (("iron-gall", "yellow"), ("iron-gall", "brown"), ("black", "white"))
# Of 255: how much darker than paper a pencil is, and by how much its red, green
# or blue differs besides.
DARKER, COLOURED = (0, 16, 32), 40
# How pale ink is in places, how deep the grain of pencil is, and the texture
# of paper and noise of the scan, of 255.
PALE, GRAIN, TEXTURE, NOISE = 0.3, 0.4, 4, 2
PAGE = Kind(lines=4, columns=10)


@click.command(context_settings={"show_default": True})
@click.option("--model", default="latin_small")
@click.option("--pages", default=2, help="Of each kind.")
def main(model, pages):
    """Print F-measures, restored from luminance and from colour."""
    restorer = Restorer.from_preset(model)
    columns = ["ink", "paper", "darker by", "luminance", "as restored"]
    click.echo(format_table(columns, []))
    for pencil, paper in DRAWN:
        for darker in DARKER:
            ink = mix_ink(PENCILS[pencil], PAPERS[paper], darker)
            scores = score_pages(restorer, ink, PAPERS[paper], pages)
            click.echo(format_row([pencil, paper, str(darker), *scores]))
    for ink, paper in PLAIN:
        scores = score_pages(restorer, INKS[ink], PAPERS[paper], pages)
        click.echo(format_row([ink, paper, "", *scores]))


def mix_ink(pencil, paper, darker):
    """The colour of a pencil's hue that is so much darker than paper."""
    away = np.subtract(pencil, paper)
    hue = away - LUMINANCE @ away
    return paper + COLOURED * hue / np.abs(hue).max() - darker


def score_pages(restorer, ink, paper, pages):
    """F-measures from luminance and as restored: list of two str."""
    drawn = [draw_page(ink, paper, seed) for seed in range(pages)]
    truths = [truth for _, truth in drawn]
    scores = []
    for turn in (convert_to_grey, lambda image: make_page(image, None).grey):
        restored = [restorer.restore(turn(image)) for image, _ in drawn]
        scores.append(score_ink(truths, restored)["F-measure"])
    return [f"{score:.1f} %" for score in scores]


def draw_page(ink, paper, seed):
    """A page as a JPEG, `PIL.Image`, and its ink, 0 or 1."""
    rng = np.random.default_rng(seed)
    lines = iter(HandwritingSource("fr", "test", seed, 80, 900, length=99))
    dark = write_lines(PAGE, lambda: next(lines)["clean"], rng)
    rows = len(dark)
    words = np.clip(
        smooth_noise(rng, dark.shape, 1.5 * PAGE.pitch / rows), 0, 1
    )
    grain = np.clip(
        1 + GRAIN * smooth_noise(rng, dark.shape, 3 / rows), GRAIN, 1
    )
    cover = cv2.GaussianBlur(dark, (0, 0), 0.5) * (1 - PALE * words) * grain
    page = np.float32(paper) + cover[..., None] * np.subtract(ink, paper)
    texture = smooth_noise(rng, dark.shape, 2 / rows)
    texture += smooth_noise(rng, dark.shape, 0.5)
    page += TEXTURE * texture[..., None] * np.float32(paper) / 200
    page += rng.normal(0, NOISE, page.shape)
    file = io.BytesIO()
    image = Image.fromarray(np.uint8(np.clip(page, 0, 255)))
    image.save(file, "JPEG", quality=80, subsampling="4:2:0")
    return Image.open(file), np.where(dark > 0.5, 0.0, 1.0)


if __name__ == "__main__":
    main()
