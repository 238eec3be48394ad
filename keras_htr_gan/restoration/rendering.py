"""What is written of a restored page, and shown of it."""

import numpy as np
from PIL import Image

from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import convert_to_grey
from keras_htr_gan.restoration.borders import enlarge_borders

ROWS = 512
# For whom a page is restored: by how much, how it is written, and whether with
# the edges of the scan. Recognisers made for photographs read what is whole
# and soft better than what is clean and sharp.
PURPOSES = {
    "eyes": {"strength": 1.0, "mode": "grey", "sharp": True},
    "readers": {"strength": 0.2, "mode": "colour", "sharp": False},
}
INK_VALUE = 0.15
PREVIEW_HEIGHT = 1600


def choose_rendering(purpose, strength=None, mode=None):
    """How pages are written: what is said, and what the purpose says.

    Args:
        purpose: str, of `PURPOSES`.
        strength, mode: see `render_page`; `None` where nothing is said.

    Returns:
        dict of `strength`, `mode` and `sharp`, see `Restorer.restore`.

    Raises:
        UserError: for another purpose.
    """
    if purpose not in PURPOSES:
        known = ", ".join(PURPOSES)
        raise UserError(f"`purpose`: {purpose!r} is none of {known}")
    said = {"strength": strength, "mode": mode}
    if mode == "binarize" and strength is None:
        said["strength"] = 1.0
    return PURPOSES[purpose] | {
        name: value for name, value in said.items() if value is not None
    }


def render_page(page, restored, strength=1.0, mode="grey", borders=None):
    """The restored page as it is written.

    Args:
        page: `Page`.
        restored: float32 `(height, width)`.
        strength: float, 0 for the page as it was, 1 for the restored one; or
            uint8 `(height, width)`, of each pixel, 255 for the restored one.
        mode: `"grey"`, `"binarize"`, or `"colour"`, with ink in the colour
            that it has on the page.
        borders: see `find_borders`. What they cover is left as it is in
            colour.

    Returns:
        uint8 `(height, width)` or `(height, width, 3)`; bool if binarised.
    """
    in_colour = mode == "colour" and page.colour is not None
    shape = page.colour.shape if in_colour else restored.shape
    if borders is not None:
        borders = enlarge_borders(borders, restored.shape)
    image = np.empty(shape, bool if mode == "binarize" else "uint8")
    # A part at a time, as a page in colour and float takes much memory.
    for top in range(0, len(image), ROWS):
        part = slice(top, top + ROWS)
        clean, found = restored[part], page.grey[part]
        share = strength
        if isinstance(strength, np.ndarray):
            share = np.float32(strength[part] / 255)
            share = share[..., None] if in_colour else share
        if in_colour:
            # Not the grey of the page, where faint ink may be darker.
            light = convert_to_grey(Image.fromarray(page.colour[part]))
            colour = page.colour[part].astype("float32") / 255
            ink = np.clip(colour - light[..., None] + INK_VALUE, 0, 1)
            clean = clean[..., None]
            clean, found = clean + (1 - clean) * ink, colour
            if borders is not None:
                clean = np.where(borders[part, :, None], found, clean)
        blend = clean * share + found * (1 - share)
        if mode == "binarize":
            image[part] = blend > 0.5
        else:
            image[part] = np.round(255 * np.clip(blend, 0, 1))
    return image


def render_preview(page, image):
    """Before and after in one picture.

    Args:
        page: `Page`.
        image: see `render_page`.

    Returns:
        `PIL.Image.Image`, at most `PREVIEW_HEIGHT` high.
    """
    if page.taken is not None:
        page = page.taken.scan
    before = page.colour if page.colour is not None else page.grey
    if before.dtype != "uint8":
        before = (255 * before).astype("uint8")
    pair = [
        Image.fromarray(before).convert("RGB"),
        Image.fromarray(image).convert("RGB"),
    ]
    width, height = pair[0].size
    shrink = min(1.0, PREVIEW_HEIGHT / height)
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    picture = Image.new("RGB", (2 * size[0] + 8, size[1]), "red")
    for i, half in enumerate(pair):
        picture.paste(half.resize(size), (i * (size[0] + 8), 0))
    return picture
