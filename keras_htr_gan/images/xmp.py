"""Packets of XMP, what a file says of itself: written with it, and found again.

References:
    XMP Specification Part 3, Storage in Files, Adobe, 2020.
"""

import io

from PIL import PngImagePlugin, TiffImagePlugin

from keras_htr_gan.images.decoding import ImageError, open_image
from keras_htr_gan.images.tiff import find_pages

PNG_KEYWORD = "XML:com.adobe.xmp"
JPEG2000_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
# Of boxes that hold others, and of what precedes the mark of a box's content.
MARK = 16


def with_packet(file_format, packet):
    """What Pillow is told so that it writes a packet: dict.

    Empty where it has no way: JPEG2000, see `append_packet`, and BMP.

    Args:
        file_format: str, as Pillow calls it.
        packet: bytes, XML.
    """
    match file_format:
        case "PNG":
            texts = PngImagePlugin.PngInfo()
            texts.add_itxt(PNG_KEYWORD, packet.decode())
            return {"pnginfo": texts}
        case "TIFF":
            tags = TiffImagePlugin.ImageFileDirectory_v2()
            tags[TiffImagePlugin.XMP] = packet
            return {"tiffinfo": tags}
        case "JPEG" | "WEBP":
            return {"xmp": packet}
    return {}


def append_packet(path, packet):
    """Adds a packet to the end of a JPEG2000 file, as a box of its own."""
    content = JPEG2000_BOX + packet
    with open(path, "ab") as file:
        file.write((8 + len(content)).to_bytes(4) + b"uuid" + content)


def read_packets(path):
    """The packets of a file, page by page; of a PDF, that of the whole.

    Args:
        path: `Path`.

    Returns:
        list of bytes, or of `None` where there is none.

    Raises:
        ImageError: if it cannot be read.
    """
    if path.suffix.lower() == ".pdf":
        return [read_pdf_packet(path)]
    with open_image(path) as image:
        if image.format == "JPEG2000":
            return [find_box(path)]
        packets = []
        for frame in find_pages(image) if image.format == "TIFF" else [0]:
            image.seek(frame)
            if image.format == "PNG" and "xmp" not in image.info:
                image.load()  # It may stand behind the pixels.
            packets.append(image.info.get("xmp"))
        return packets


def read_pdf_packet(path):
    """The packet of a PDF: bytes, or `None`."""
    # Imported here, as images alone need none of it.
    import pikepdf

    try:
        with pikepdf.open(path) as pdf:
            return get_pdf_packet(pdf)
    except FileNotFoundError as error:
        raise ImageError("no such file") from error
    except pikepdf.PdfError as error:
        raise ImageError(f"not a PDF that can be read ({error})") from error


def get_pdf_packet(pdf):
    """The same of a `pikepdf.Pdf`."""
    import pikepdf

    found = pdf.Root.get("/Metadata")
    return found.read_bytes() if isinstance(found, pikepdf.Stream) else None


def find_box(path):
    """The packet of a JPEG2000 file: bytes, or `None`."""
    with open(path, "rb") as file:
        end = file.seek(0, io.SEEK_END)
        start = 0
        while start + 8 <= end:
            file.seek(start)
            size, kind = int.from_bytes(file.read(4)), file.read(4)
            if size == 1:
                size = int.from_bytes(file.read(8))
            elif kind == b"uuid" and file.read(MARK) == JPEG2000_BOX:
                return file.read(size - 8 - MARK)
            if size < 8:
                return None
            start += size
    return None
