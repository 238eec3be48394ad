"""Names what is no image that can be read, by how the file begins."""

TIFF = "a TIFF whose samples are of a kind that is not read"
PDF = "a PDF; give it the suffix .pdf"
# The place of some bytes, these, and what has them.
BEGINNINGS = (
    *((4, b"ftyp" + brand, "HEIC") for brand in (b"hei", b"hev", b"mif1")),
    (4, b"ftypmsf1", "HEIC"),
    (4, b"ftypavi", "AVIF"),
    (0, b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"AT&TFORM", "DjVu"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"%PDF", PDF),
    *((0, mark, TIFF) for mark in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
)
LONGEST = 16


def name_kind(beginning):
    """What a file is that is no image known here.

    Args:
        beginning: bytes, the first `LONGEST` of the file or more.

    Returns:
        str, with what to do; or `None` if that is not known.
    """
    for place, mark, name in BEGINNINGS:
        if beginning[place:].startswith(mark):
            return name if name == PDF else f"{name}; convert it to PNG"
    return None
