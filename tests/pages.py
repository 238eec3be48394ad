"""Draws transcribed pages and writes PAGE-XML or ALTO for them."""

from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
from PIL import Image

from keras_htr_gan.data.handwriting import HandwritingSource

SIZE = 900, 1200
PAPER, INK = 235, 40
UNITS = {"pixel": 1.0, "mm10": 254 / 300, "inch1200": 4.0}
PAGE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
ALTO = "http://www.loc.gov/standards/alto/ns-v4#"


def draw_page(lines, slope=0, size=SIZE, only=None):
    """Draws lines close below each other.

    Args:
        lines: list of dicts of `HandwritingSource`.
        slope: int, pixels by which lines fall over the width of the page, so
            that the boxes of neighbours overlap.
        size: (width, height) in pixels.
        only: int, the one line to draw, or `None` for all.

    Returns:
        uint8 `(height, width)` and for each line the four (x, y) corners of
        its outline, first and last pixel within it.
    """
    width, height = size
    page = np.full((height, width), PAPER, "uint8")
    outlines, top = [], 30
    for number, line in enumerate(lines):
        clean = line["clean"]
        rows, columns = clean.shape
        left = 20 + 17 * number % 50
        falls = slope * (left + np.arange(columns)) / width
        falls = np.rint(falls).astype(int)
        if only in (None, number):
            ink = np.rint(INK + clean * (PAPER - INK)).astype("uint8")
            for x, fall in enumerate(falls):
                page[top + fall : top + fall + rows, left + x] = ink[:, x]
        right, bottom = left + columns - 1, top + rows - 1
        first, last = int(falls[0]), int(falls[-1])
        outlines.append(
            (
                (left, top + first),
                (right, top + last),
                (right, bottom + last),
                (left, bottom + first),
            )
        )
        top += rows + 1
    if max(y for outline in outlines for _, y in outline) >= height:
        raise ValueError(f"{len(lines)} lines are too many for a page")
    return page, outlines


def write_page(
    folder,
    name,
    lines,
    flavour="page",
    suffix=".png",
    images="",
    slope=0,
    size=SIZE,
    unit="pixel",
):
    """Draws a page and writes it and its XML.

    Args:
        folder: where the XML goes.
        name: str, of both files, without suffix.
        lines: list of dicts of `HandwritingSource`, or with other `text`.
        flavour: `"page"` or `"alto"`.
        suffix: `".png"` or `".jpg"`.
        images: str, where the image goes as seen from `folder`.
        slope, size: see `draw_page`.
        unit: str, of the coordinates in ALTO.

    Returns:
        List of (text, box); a box is (left, top, right, bottom) in pixels,
        right and bottom just outside.
    """
    folder = Path(folder)
    place = folder / images
    for path in (folder, place):
        path.mkdir(parents=True, exist_ok=True)
    page, outlines = draw_page(lines, slope, size)
    Image.fromarray(page).save(place / (name + suffix), quality=95)
    texts = [line["text"] for line in lines]
    if flavour == "page":
        written = page_xml(name + suffix, texts, outlines, size)
    else:
        written = alto_xml(name + suffix, texts, outlines, size, unit)
    (folder / f"{name}.xml").write_text(written, encoding="utf-8")
    return [
        (text, box_of(outline))
        for text, outline in zip(texts, outlines, strict=True)
    ]


def write_pages(
    folder, pages, lines_per_page, flavour="page", seed=0, height=64, **options
):
    """Writes pages of embedded handwriting, `page_0001` and so on.

    Args:
        folder: path.
        pages, lines_per_page: int.
        flavour, options: see `write_page`.
        seed: int.
        height: int, pixels of a line.

    Returns:
        List of what `write_page` returns, a page each.
    """
    drawn = HandwritingSource("en", seed=seed, height=height, max_width=760)
    return [
        write_page(
            folder,
            f"page_{page + 1:04d}",
            [drawn[page * lines_per_page + i] for i in range(lines_per_page)],
            flavour,
            **options,
        )
        for page in range(pages)
    ]


def box_of(outline):
    x, y = zip(*outline, strict=True)
    return min(x), min(y), max(x) + 1, max(y) + 1


def page_xml(image, texts, outlines, size=SIZE, namespace=PAGE):
    """PAGE-XML, with words that the readers of lines should not look at."""
    lines = "".join(
        f'<TextLine id="r1l{i}"><Coords points="{points(outline)}"/>'
        '<Word id="w"><Coords points="1,1 2,1 2,2"/>'
        "<TextEquiv><Unicode>of a word</Unicode></TextEquiv></Word>"
        '<TextEquiv index="1"><Unicode>other</Unicode></TextEquiv>'
        f'<TextEquiv index="0"><Unicode>{escaped(text)}</Unicode></TextEquiv>'
        "</TextLine>\n"
        for i, (text, outline) in enumerate(
            zip(texts, outlines, strict=True), 1
        )
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<PcGts xmlns={quoteattr(namespace)}><Metadata/>"
        f"<Page imageFilename={quoteattr(image)} "
        f'imageWidth="{size[0]}" imageHeight="{size[1]}">'
        f'<TextRegion id="r1">\n{lines}</TextRegion></Page></PcGts>\n'
    )


def alto_xml(image, texts, outlines, size=SIZE, unit="pixel", namespace=ALTO):
    """ALTO; straight lines have a box only, sloping ones a polygon."""
    scale = UNITS[unit]
    lines = ""
    for i, (text, outline) in enumerate(zip(texts, outlines, strict=True), 1):
        left, top, right, bottom = box_of(outline)
        shape = ""
        if outline[0][1] != outline[1][1]:
            scaled = [(x * scale, y * scale) for x, y in outline]
            shape = f'<Shape><Polygon POINTS="{points(scaled)}"/></Shape>'
        words = "<SP/>".join(
            f"<String CONTENT={quoteattr(word)}/>" for word in text.split()
        )
        lines += (
            f'<TextLine ID="r1l{i}" HPOS="{left * scale}" '
            f'VPOS="{top * scale}" WIDTH="{(right - left) * scale}" '
            f'HEIGHT="{(bottom - top) * scale}">{shape}{words}</TextLine>\n'
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<alto xmlns={quoteattr(namespace)}><Description>"
        f"<MeasurementUnit>{unit}</MeasurementUnit><sourceImageInformation>"
        f"<fileName>{escaped(image)}</fileName></sourceImageInformation>"
        f'</Description><Layout><Page WIDTH="{size[0] * scale}" '
        f'HEIGHT="{size[1] * scale}"><PrintSpace><TextBlock ID="r1">\n'
        f"{lines}</TextBlock></PrintSpace></Page></Layout></alto>\n"
    )


def points(outline):
    return " ".join(f"{x},{y}" for x, y in outline)


def escaped(text):
    return quoteattr(text)[1:-1]


def difference(one, other):
    """Mean difference of two grey images in levels of 256."""
    return np.abs(one.astype(float) - other.astype(float)).mean()
