import numpy as np

from keras_htr_gan.data.handwriting import HandwritingSource


def drawn(height=64, index=0):
    source = HandwritingSource("en", height=height, max_width=8 * height)
    return source[index]["clean"]


def generator(seed=0):
    return np.random.default_rng(seed)


def damage(image, clean):
    return np.abs(image - clean).mean()
