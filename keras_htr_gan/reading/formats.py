"""What was read in lines, as text, JSON or ALTO."""

import json

from lxml import etree

from keras_htr_gan.charset import normalize

ALTO = "http://www.loc.gov/standards/alto/ns-v4#"


def format_text(lines):
    """The lines as text, with the file where there are several.

    Args:
        lines: list of dict, see `read_files`.
    """
    if len(lines) == 1:
        return f"{lines[0]['text']}\n"
    return "".join(f"{line['file']}\t{line['text']}\n" for line in lines)


def format_json(lines):
    """The lines as a JSON list of objects, with the size of each image."""
    kept = ("file", "width", "height", "text")
    rows = [{key: line[key] for key in kept} for line in lines]
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
    for number, word in enumerate(normalize(line["text"]).split()):
        if number:
            add(text_line, "SP")
        add(text_line, "String", ID=f"word{number}", CONTENT=word)
    return etree.tostring(
        root, encoding="UTF-8", xml_declaration=True, pretty_print=True
    )
