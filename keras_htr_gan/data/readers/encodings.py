"""Text of unknown encoding."""

import codecs

from keras_htr_gan.data.lines import Problem


def decode_text(path, data):
    """Decodes a text file: UTF-8, UTF-16 with its mark, or what is left.

    Args:
        path: `Path`, for messages.
        data: bytes.

    Returns:
        str, and a list of `Problem`: at most one, that it was neither.
    """
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig"), []
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        text = error.object.decode("cp1252", errors="replace")
        reason = (
            f"line {number} is not UTF-8; read as Windows-1252 (Latin-1): "
            "save the file as UTF-8"
        )
        return text, [Problem(str(path), reason)]
