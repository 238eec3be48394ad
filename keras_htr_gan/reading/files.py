"""Reads images of lines on disk, and says what stands in them."""

import json

from lxml import etree
from tqdm import tqdm

from keras_htr_gan.charset import normalize
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import ImageError, load_grey
from keras_htr_gan.images.documents import SUFFIXES, find_documents
from keras_htr_gan.reading.lines import read
from keras_htr_gan.restoration.restorer import is_line, restore_lines

TOGETHER = 64
ALTO = "http://www.loc.gov/standards/alto/ns-v4#"


def line_images(inputs):
    """The images among files and folders, in order.

    Args:
        inputs: sequence of `Path`.

    Returns:
        list of `(file, name)`, see `find_documents`.

    Raises:
        UserError: if a folder holds none.
    """
    found = []
    for path in inputs:
        images = [
            (file, name)
            for file, name in find_documents(path)
            if file.suffix.lower() != ".pdf"
        ]
        if not images:
            known = ", ".join(s for s in SUFFIXES if s != ".pdf")
            raise UserError(f"{path}: no image here; known are {known}")
        found += images
    return found


def read_files(images, recognizer, restorer=None):
    """Reads images of lines.

    Args:
        images: see `line_images`.
        recognizer: see `read`.
        restorer: model that restores the lines first, see `restore_lines`,
            or `None`.

    Returns:
        `(lines, failed)`: list of dict with `file`, `name`, `width`, `height`
        and `text`, and list of `(file, reason)`.
    """
    lines, failed = [], []
    with tqdm(total=len(images), unit=" lines", disable=None) as bar:
        for start in range(0, len(images), TOGETHER):
            some, opened = images[start : start + TOGETHER], []
            for file, name in some:
                try:
                    image = load_line(file)
                except ImageError as error:
                    failed.append((file, str(error)))
                    continue
                rows, columns = image.shape
                size = {"width": columns, "height": rows}
                lines.append({"file": str(file), "name": str(name), **size})
                opened.append(image)
            if restorer is not None:
                opened = restore_lines(restorer, opened)
            for line, text in zip(
                lines[len(lines) - len(opened) :],
                read(recognizer, opened),
                strict=True,
            ):
                line["text"] = text
            bar.update(len(some))
    return lines, failed


def load_line(file):
    image = load_grey(file)
    if not is_line(image) and image.size > 1_000_000:
        raise ImageError(
            "looks like a page; cut it into lines first, as with kraken or "
            "eScriptorium"
        )
    return image


def as_text(lines):
    """The lines as text, with the file where there are several."""
    if len(lines) == 1:
        return f"{lines[0]['text']}\n"
    return "".join(f"{line['file']}\t{line['text']}\n" for line in lines)


def as_json(lines):
    kept = ("file", "width", "height", "text")
    rows = [{key: line[key] for key in kept} for line in lines]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def as_alto(line):
    """One line as an ALTO 4 file: bytes."""
    root = etree.Element(f"{{{ALTO}}}alto", nsmap={None: ALTO})

    def add(parent, name, **attributes):
        return etree.SubElement(
            parent,
            f"{{{ALTO}}}{name}",
            {key: str(value) for key, value in attributes.items()},
        )

    box = {"HPOS": 0, "VPOS": 0}
    box |= {"WIDTH": line["width"], "HEIGHT": line["height"]}
    description = add(root, "Description")
    add(description, "MeasurementUnit").text = "pixel"
    source = add(description, "sourceImageInformation")
    add(source, "fileName").text = line["name"].split("/")[-1]
    page = add(
        add(root, "Layout"),
        "Page",
        ID="page",
        PHYSICAL_IMG_NR=1,
        WIDTH=line["width"],
        HEIGHT=line["height"],
    )
    block = add(add(page, "PrintSpace", **box), "TextBlock", ID="block", **box)
    text_line = add(block, "TextLine", ID="line", **box)
    for number, word in enumerate(normalize(line["text"]).split()):
        if number:
            add(text_line, "SP")
        add(text_line, "String", ID=f"word{number}", CONTENT=word)
    return etree.tostring(
        root, encoding="UTF-8", xml_declaration=True, pretty_print=True
    )
