"""What was read in lines, as text, JSON or ALTO."""

import json

from lxml import etree

from keras_htr_gan.charset import normalize

OF_JSON = ("file", "width", "height", "text", "confidence")
OF_PAGES = ("xml", "id", "polygon", "transcription")
ALTO = "http://www.loc.gov/standards/alto/ns-v4#"


def format_text(lines):
    """The lines as text, with the file where there are several.

    Args:
        lines: list of dict, see `read_files`.
    """
    if len({line["file"] for line in lines}) == 1:
        return "".join(f"{line['text']}\n" for line in lines)
    return "".join(f"{line['file']}\t{line['text']}\n" for line in lines)


def format_json(lines):
    """The lines as a JSON list of objects.

    Each has the file and the size of its image, `text`, and `confidence`, 0 to
    1; a line of a page also `xml`, `id`, `polygon`, and `transcription`, the
    text that its file has.
    """
    kept = (*OF_JSON, *OF_PAGES)
    rows = [{k: line[k] for k in kept if k in line} for line in lines]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def format_alto(line):
    """One line as an ALTO 4 file.

    Args:
        line: dict, see `read_files`.

    Returns:
        bytes.
    """
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
    words = line.get("words")
    if words is None:
        words = [(word, {}) for word in line["text"].split()]
    else:
        words = [(w.text, {"WC": f"{w.confidence:.4f}"}) for w in words]
    for number, (word, sure) in enumerate(words):
        if number:
            add(text_line, "SP")
        content = {"CONTENT": normalize(word)} | sure
        add(text_line, "String", ID=f"word{number}", **content)
    return etree.tostring(
        root, encoding="UTF-8", xml_declaration=True, pretty_print=True
    )
