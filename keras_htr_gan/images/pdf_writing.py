"""Puts restored scans back into a PDF, of which the rest stays as it is."""

import contextlib
import io
import zlib

import numpy as np
import pikepdf
from PIL import Image

from keras_htr_gan.images.documents import OPTIONS
from keras_htr_gan.images.pdf_drawing import measure_sheet, turn_as_stored
from keras_htr_gan.images.xmp import get_pdf_packet
from keras_htr_gan.storage import whole_file

NAME = "/RestoredScan"
ROWS_PER_STRIP, STRIP_STARTS, STRIP_LENGTHS, PHOTOMETRIC = 278, 273, 279, 262
# Of a drawing's operators: those that paint, and those that end a path.
PAINTING = {"f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "n"}
LEFT_OUT = {"sh", "INLINE IMAGE", "Tr"}
DEEPEST = 8


class PdfRewriter:
    """Writes a PDF again with restored scans; it is there when all are.

    Page sizes, text, links, bookmarks and what else there is stay.

    Args:
        source, path: `Path` of the PDF that was read and of the new one.
        describe: function of the XMP that the PDF has, bytes, or `None`, that
            returns what it is to have, or `None` to leave it; it is called at
            the end. `None` to leave it.

    Raises:
        OSError: if the folder cannot be written to.
    """

    def __init__(self, source, path, describe=None):
        self.source, self.path, self.describe = source, path, describe

    def open(self):
        self.files = contextlib.ExitStack()
        self.partial = self.files.enter_context(whole_file(self.path))
        try:
            with told_as_one():
                self.pdf = self.files.enter_context(pikepdf.open(self.source))
        except OSError:
            self.close(keep=False)
            raise

    def write(self, image, place):
        """Puts a scan back.

        Args:
            image: uint8 `(height, width)` or `(height, width, 3)`, or bool
                `(height, width)`, true for white.
            place: `Place`.

        Raises:
            OSError: if the PDF is damaged.
        """
        with told_as_one():
            page = self.pdf.pages[place.number]
            for piece in place.pieces:
                left, top, right, bottom = piece.box
                part = image[top:bottom, left:right]
                part = turn_as_stored(part, piece.turn)
                new = encode_image(self.pdf, part, piece.lossy)
                replace_resource(self.pdf, page, piece.path, new)
            if not place.pieces:
                redraw_page(self.pdf, page, image)

    def write_packet(self):
        """Gives the PDF the XMP that it is to have."""
        if get_pdf_packet(self.pdf) is None and "/Info" in self.pdf.trailer:
            # Where there is XMP, readers may heed the older way no more.
            with self.pdf.open_metadata(
                set_pikepdf_as_editor=False, update_docinfo=False
            ) as said:
                said.load_from_docinfo(self.pdf.docinfo)
        packet = self.describe(get_pdf_packet(self.pdf))
        if packet is not None:
            self.pdf.Root.Metadata = self.pdf.make_stream(
                packet, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
            )

    def close(self, keep=True):
        """Ends the file, or removes what there is of it.

        Raises:
            OSError: if it cannot be written.
        """
        try:
            if keep:
                with told_as_one():
                    if self.describe is not None:
                        self.write_packet()
                    self.pdf.save(
                        self.partial,
                        deterministic_id=True,
                        fix_metadata_version=False,
                    )
        except OSError as error:
            self.files.__exit__(OSError, error, None)
            raise
        if keep:
            self.files.close()
        else:
            self.files.__exit__(OSError, OSError("not to be kept"), None)


@contextlib.contextmanager
def told_as_one():
    """Within a `with` block, what pikepdf raises is an `OSError`."""
    try:
        yield
    except pikepdf.PdfError as error:
        raise OSError(f"a PDF that cannot be written ({error})") from error


def encode_image(pdf, image, lossy=True):
    """An image as an object of a PDF.

    Args:
        pdf: `pikepdf.Pdf`.
        image: see `PdfRewriter.write`.
        lossy: bool, whether it may lose a little: JPEG.

    Returns:
        `pikepdf.Stream`: black and white as Group 4 of fax, else JPEG, or
        else deflated.
    """
    image = np.ascontiguousarray(image)
    settings = {}
    if image.dtype == bool:
        content, settings["/DecodeParms"] = encode_fax(image)
        kind = pikepdf.Name.CCITTFaxDecode
    elif lossy:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", **OPTIONS["JPEG"])
        content, kind = file.getvalue(), pikepdf.Name.DCTDecode
    else:
        content, kind = zlib.compress(image.tobytes()), pikepdf.Name.FlateDecode
    grey = image.ndim == 2
    settings |= {
        "/Type": pikepdf.Name.XObject,
        "/Subtype": pikepdf.Name.Image,
        "/Width": image.shape[1],
        "/Height": image.shape[0],
        "/BitsPerComponent": 1 if image.dtype == bool else 8,
        "/ColorSpace": pikepdf.Name("/DeviceGray" if grey else "/DeviceRGB"),
        "/Filter": kind,
    }
    return pdf.make_indirect(pikepdf.Stream(pdf, content, settings))


def encode_fax(image):
    """An image of one bit in Group 4: bytes, and how to decode them."""
    rows, columns = image.shape
    file = io.BytesIO()
    Image.fromarray(image).save(
        file, "TIFF", compression="group4", tiffinfo={ROWS_PER_STRIP: rows}
    )
    with Image.open(file) as tiff:
        (start,), (length,) = (
            tiff.tag_v2[tag] for tag in (STRIP_STARTS, STRIP_LENGTHS)
        )
        black_is_1 = tiff.tag_v2[PHOTOMETRIC] == 1
    how = {"/K": -1, "/Columns": columns, "/Rows": rows}
    return file.getvalue()[start : start + length], pikepdf.Dictionary(
        how | {"/BlackIs1": black_is_1}
    )


def replace_resource(pdf, page, path, new):
    """Lets a name of a page's resources be another object.

    What another page may use as well, resources and forms, is copied.
    """
    resources = pikepdf.Dictionary(page.resources)
    page.obj.Resources = resources
    for name in path[:-1]:
        resources.XObject = pikepdf.Dictionary(resources.XObject)
        form = copy_stream(pdf, resources.XObject[name])
        form.Resources = pikepdf.Dictionary(form.get("/Resources", resources))
        resources.XObject[name] = form
        resources = form.Resources
    resources.XObject = pikepdf.Dictionary(resources.XObject)
    old = resources.XObject[path[-1]]
    for name in ("/OC", "/StructParent", "/StructParents", "/Metadata"):
        if name in old:
            new[name] = old[name]
    resources.XObject[path[-1]] = new


def copy_stream(pdf, stream, content=None):
    """A copy of a form, with other content if that is given."""
    if content is None:
        content = stream.read_bytes()
    kept = {
        name: stream[name]
        for name in stream.keys()
        if name not in ("/Filter", "/DecodeParms", "/Length")
    }
    return pdf.make_indirect(pikepdf.Stream(pdf, content, kept))


def redraw_page(pdf, page, image):
    """Lets a page be an image, with its text invisible behind it."""
    sheet = measure_sheet(page)
    unturned = np.rot90(image, sheet.rotation // 90)
    resources = pikepdf.Dictionary(page.resources)
    try:
        text = keep_text(pdf, page, resources)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError):
        text = b""
    drawn = pikepdf.Dictionary(resources.get("/XObject", {}))
    drawn[NAME] = encode_image(pdf, unturned)
    resources.XObject = drawn
    page.obj.Resources = resources
    (x, y), (width, height) = sheet.corner, sheet.unturned
    place = f"q {width:f} 0 0 {height:f} {x:f} {y:f} cm {NAME} Do Q\n".encode()
    page.obj.Contents = pikepdf.Stream(pdf, place + b"q\n" + text + b"\nQ\n")


def keep_text(pdf, stream, resources, depth=0):
    """The drawing of a page or a form with its text alone, invisible.

    Args:
        pdf, stream: `pikepdf.Pdf`, and its page or form.
        resources: `pikepdf.Dictionary`, in which forms are exchanged.
        depth: int, forms around it.

    Returns:
        bytes.
    """
    kept = []
    drawn = resources.get("/XObject", {})
    for operands, operator in pikepdf.parse_content_stream(stream):
        word = str(operator)
        if word == "Do":
            inner = drawn.get(str(operands[0]))
            if inner is None or inner.get("/Subtype") != "/Form":
                continue
            if depth == DEEPEST:
                continue
            own = pikepdf.Dictionary(inner.get("/Resources", resources))
            text = keep_text(pdf, inner, own, depth + 1)
            form = copy_stream(pdf, inner, text)
            form.Resources = own
            name = f"{NAME}{depth}x{len(kept)}"
            resources.XObject = pikepdf.Dictionary(resources.XObject)
            resources.XObject[name] = form
            operands = [pikepdf.Name(name)]
        elif word in LEFT_OUT:
            continue
        elif word in PAINTING:
            operator = pikepdf.Operator("n")
        kept.append((operands, operator))
        if word == "BT":
            kept.append(([3], pikepdf.Operator("Tr")))
    return pikepdf.unparse_content_stream(kept)
