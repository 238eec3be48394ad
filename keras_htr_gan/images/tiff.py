"""What the tags of a TIFF file say, and Pillow does not heed.

References:
    TIFF Revision 6.0, Adobe, 1992: NewSubfileType, PhotometricInterpretation,
    PlanarConfiguration.
"""

import numpy as np
from PIL import Image, ImageOps

NEW_SUBFILE_TYPE, SUBFILE_TYPE = 254, 255
BITS, PHOTOMETRIC, PLANES = 258, 262, 284
REDUCED, MASK = 1, 4
WHITE_IS_ZERO, SEPARATE = 0, 2


def find_pages(image):
    """The frames of an open TIFF that are pages, and no part of one.

    A page may be followed, or preceded, by smaller copies of itself (a
    pyramid, a thumbnail) and by a mask.

    Returns:
        list of int, at least one.
    """
    count = image.n_frames
    if count == 1:
        return [0]
    sizes, kinds = [], []
    for number in range(count):
        image.seek(number)
        sizes.append(min(image.size))
        kinds.append(find_kind(image))
    whole = [s for s, kind in zip(sizes, kinds, strict=True) if not kind]
    # Some programs call every page a smaller copy, or those of its size.
    largest = max(whole, default=0)
    pages = [
        number
        for number, kind in enumerate(kinds)
        if not kind or (kind == REDUCED and sizes[number] >= largest)
    ]
    return pages or [0]


def find_kind(image):
    """What a frame says that it is: 0 for a page, `REDUCED` or `MASK`."""
    kind = image.tag_v2.get(NEW_SUBFILE_TYPE, 0)
    if kind & MASK:
        return MASK
    return REDUCED * (kind & REDUCED or image.tag_v2.get(SUBFILE_TYPE) == 2)


def seek_page(image):
    """Goes to the first page of an open TIFF, see `find_pages`."""
    if find_kind(image):
        image.seek(find_pages(image)[0])


def is_scrambled(image):
    """Whether Pillow decodes a frame as something else: bool.

    It takes uncompressed planes of 16 bits for planes of 8.
    """
    bits = image.tag_v2.get(BITS, (1,))
    return (
        image.tag_v2.get(PLANES) == SEPARATE
        and len(bits) > 1
        and max(bits) > 8
        and any(tile[0] == "raw" for tile in image.tile)
    )


def turn_upright(image):
    """The page of an open image, upright, and black where it is black.

    Of grey pages of which 0 is white, Pillow turns those of 16 bits not.

    Returns:
        `PIL.Image.Image`.
    """
    upright = ImageOps.exif_transpose(image)
    if image.format == "TIFF" and upright.mode.startswith("I;16"):
        if image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO:
            return Image.fromarray(~np.asarray(upright, dtype="uint16"))
    return upright
