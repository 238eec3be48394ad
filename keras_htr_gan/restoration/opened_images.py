"""Images that another program has opened, restored for it."""

import numpy as np
from PIL import Image

from keras_htr_gan.images.documents import make_page
from keras_htr_gan.restoration.documents import turn_page
from keras_htr_gan.restoration.looking import look_at
from keras_htr_gan.restoration.rendering import choose_rendering, render_page


def restore_opened_image(
    restorer,
    image,
    purpose="readers",
    strength=None,
    mode=None,
    text_height=None,
):
    """Restores the image of a page or a line.

    Args:
        restorer: `Restorer`.
        image: `PIL.Image.Image`, upright; light writing is turned into its
            negative first.
        purpose: `"readers"` or `"eyes"`, see `choose_rendering`.
        strength, mode: see `render_page`; `None` for what the purpose says.
        text_height: see `Restorer.restore`.

    Returns:
        `PIL.Image.Image` of the same size and resolution: RGB, grey, or 1
        bit a pixel.

    Raises:
        UserError: for another purpose.
    """
    way = choose_rendering(purpose, strength, mode)
    page = make_page(image, image.info.get("dpi"))
    look = look_at(page.grey)
    if look.negative:
        page = turn_page(page)
    restored = restorer.restore_seen(
        page.grey, look, text_height, sharp=way.pop("sharp")
    )
    written = render_page(page, restored, **way, borders=look.borders)
    result = Image.fromarray(np.ascontiguousarray(written))
    if page.dpi is not None:
        result.info["dpi"] = page.dpi
    return result
