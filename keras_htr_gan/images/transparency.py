"""Images with transparent parts, as they look on white paper."""

import numpy as np
from PIL import Image

WRITING, LIGHT = 0.5, 0.99


def lay_on_paper(image):
    """An image without transparency.

    What is transparent is white. But where all of an image is, its colours
    are shown, as a program has forgotten to fill the alpha channel; and light
    writing alone, which could not be seen on white, is dark.

    Args:
        image: `PIL.Image.Image` of any mode.

    Returns:
        `PIL.Image.Image`; the same one if it has no transparency.
    """
    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    alpha = image.getchannel("A")
    if alpha.getextrema()[1] == 0:
        return image.convert("RGB")
    if is_light_writing(image, alpha):
        return Image.eval(alpha, lambda opaque: 255 - opaque)
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def is_light_writing(image, alpha):
    """Whether what can be seen is no page, and lighter than grey: bool."""
    opaque = np.asarray(alpha, dtype="float32") / 255
    if opaque.mean() > WRITING:
        return False
    light = np.asarray(image.convert("RGB").convert("L")) > 127
    return bool(opaque[light].sum() > LIGHT * opaque.sum())
