"""PDFs as scanners and OCR write them, made for tests."""

import io

import numpy as np
import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name
from PIL import Image

TEXT = "Monday morning"


def draw_scan(rows, columns):
    """A light page with a dark mark in its top left corner: uint8."""
    image = np.full((rows, columns), 230, "uint8")
    image[: rows // 4, : columns // 4] = 20
    image[::7, columns // 3 :: 5] = 60
    return image


def add_image(pdf, image, **settings):
    """An image as an object of a PDF; JPEG if its `/Filter` says so."""
    grey = image.ndim == 2
    kept = {
        "Type": Name.XObject,
        "Subtype": Name.Image,
        "Width": image.shape[1],
        "Height": image.shape[0],
        "BitsPerComponent": 1 if image.dtype == bool else 8,
        "ColorSpace": Name.DeviceGray if grey else Name.DeviceRGB,
    } | settings
    if kept.get("Filter") == Name.DCTDecode:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=95)
        content = file.getvalue()
    elif image.dtype == bool:
        content = np.packbits(image, axis=1).tobytes()
    else:
        content = image.tobytes()
    return pdf.make_indirect(pikepdf.Stream(pdf, content, Dictionary(**kept)))


def add_page(pdf, drawn, size=(200, 300), text=TEXT, mode=3, before="", **kept):
    """Adds a page.

    Args:
        pdf: `pikepdf.Pdf`.
        drawn: list of `(object, matrix)`, images or forms, and where.
        size: of the media box, points.
        text, mode: what is written over it, and how: 3 is invisible.
        before: str, operators before all of it.
        **kept: of the page's dictionary.

    Returns:
        `pikepdf.Page`.
    """
    page = pdf.add_blank_page(page_size=size)
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica
    )
    names = [f"/X{number}" for number in range(len(drawn))]
    page.Resources = Dictionary(
        Font=Dictionary(F1=font),
        XObject=Dictionary(
            dict(zip(names, (o for o, _ in drawn), strict=True))
        ),
    )
    lines = [before]
    for name, (_, matrix) in zip(names, drawn, strict=True):
        lines.append(f"q {' '.join(map(str, matrix))} cm {name} Do Q")
    if text:
        lines.append(f"BT {mode} Tr /F1 12 Tf 40 150 Td ({text}) Tj ET")
    page.Contents = pikepdf.Stream(pdf, "\n".join(lines).encode())
    for name, value in kept.items():
        page.obj[f"/{name}"] = value
    return page


def add_surroundings(pdf):
    """Bookmarks, a link, labels of pages and a title."""
    page = pdf.pages[0]
    link = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Link,
        Rect=Array([40, 140, 120, 165]),
        A=Dictionary(S=Name.URI, URI="https://example.org/"),
    )
    page.obj.Annots = Array([pdf.make_indirect(link)])
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("The letter", 0))
    labels = Dictionary(Nums=Array([0, Dictionary(S=Name.r)]))
    pdf.Root.PageLabels = labels
    pdf.docinfo["/Title"] = "Letters"


def look_at_pdf(path):
    """What of a PDF is to stay as it is: dict."""
    with pikepdf.open(path) as pdf:
        seen = {
            "boxes": [
                [[float(x) for x in box] for box in (p.mediabox, p.cropbox)]
                for p in pdf.pages
            ],
            "rotations": [int(p.obj.get("/Rotate", 0)) for p in pdf.pages],
            "labels": [p.label for p in pdf.pages],
            "links": [
                str(a.A.URI)
                for p in pdf.pages
                for a in p.obj.get("/Annots", [])
            ],
            "title": str(pdf.docinfo.get("/Title", "")),
        }
        with pdf.open_outline() as outline:
            seen["outline"] = [item.title for item in outline.root]
    document = pypdfium2.PdfDocument(path)
    seen["texts"] = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return seen


def render_pdf(path, scale=1.0):
    """The pages of a PDF as they are seen: list of uint8 `(rows, columns)`."""
    document = pypdfium2.PdfDocument(path)
    pages = [
        np.asarray(page.render(scale=scale).to_pil().convert("L"))
        for page in document
    ]
    document.close()
    return pages
