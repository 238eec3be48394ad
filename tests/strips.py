"""Aged lines one below the other, low and wide."""

import numpy as np

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.recipes import RECIPES, degrade

STEP = 76
SOURCE = HandwritingSource("en", seed=4, height=64, max_width=900)


def draw_strip(lines, seed=0, margin=20):
    """Aged lines one below the other, on paper with a margin."""
    rng = np.random.default_rng(seed)
    images = [SOURCE[10 * seed + i]["clean"] for i in range(lines)]
    strip = np.ones((STEP * lines + 2 * margin, 900 + 2 * margin), "float32")
    for number, image in enumerate(images):
        top = margin + STEP * number
        strip[top : top + 64, margin : margin + image.shape[1]] = image
    return degrade(strip, rng, strip[::-1], RECIPES["light"])
