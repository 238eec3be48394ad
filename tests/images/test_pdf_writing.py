"""Scans of PDFs, read and put back; the rest of the PDF stays."""

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from keras_htr_gan.images.decoding import ImageError
from keras_htr_gan.images.pdf_scans import LeftPage, read_scans
from keras_htr_gan.images.pdf_writing import PdfRewriter
from tests.pdfs import (
    add_image,
    add_page,
    add_surroundings,
    draw_scan,
    look_at_pdf,
    render_pdf,
)

WHOLE = (200, 0, 0, 300, 0, 0)


@pytest.fixture
def pdf(tmp_path):
    with pikepdf.new() as opened:
        yield opened


@pytest.fixture
def path(tmp_path):
    return tmp_path / "in.pdf"


def put_back(path, change=lambda page: np.uint8(np.round(255 * page.grey))):
    """Reads the scans of a PDF and writes them again.

    Returns:
        The pages that were read, and the path of what is written.
    """
    pages, out = list(read_scans(path)), path.with_name("out.pdf")
    writer = PdfRewriter(path, out)
    writer.open()
    for page in pages:
        if not isinstance(page, LeftPage):
            writer.write(change(page), page.place)
    writer.close()
    return pages, out


def images_of(path, number=0):
    """The images of a page by their names: dict."""
    with pikepdf.open(path) as pdf:
        drawn = pdf.pages[number].resources.XObject
        return {
            name: (int(o.Width), int(o.Height), str(o.get("/Filter")))
            for name, o in drawn.items()
            if o.Subtype == "/Image"
        }


def compare_looks(path, out, most=3.0):
    for before, after in zip(render_pdf(path), render_pdf(out), strict=True):
        assert before.shape == after.shape
        assert np.abs(before.astype(int) - after).mean() < most


def test_all_but_the_scan_stays(pdf, path):
    scan = add_image(pdf, draw_scan(417, 278), Filter=Name.DCTDecode)
    for _ in range(2):
        add_page(pdf, [(scan, WHOLE)], CropBox=Array([0, 0, 190, 300]))
    add_page(pdf, [], mode=0)
    add_surroundings(pdf)
    pdf.save(path)
    pages, out = put_back(path, lambda page: np.full((417, 278), 255, "uint8"))
    assert look_at_pdf(out) == look_at_pdf(path)
    assert look_at_pdf(out)["texts"] == ["Monday morning"] * 3
    assert [isinstance(page, LeftPage) for page in pages] == [0, 0, 1]
    assert pages[0].grey.shape == (417, 278) and pages[0].colour is None
    assert pages[0].dpi == pytest.approx((100.08, 100.08))
    assert images_of(out) == {"/X0": (278, 417, "/DCTDecode")}
    first, second, third = render_pdf(out)
    assert first.min() == second.min() == 255 and third.min() < 100


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize(
    "matrix",
    [
        WHOLE,
        (0, 300, -200, 0, 200, 0),
        (-200, 0, 0, -300, 200, 300),
        (0, -300, 200, 0, 0, 300),
        (200, 0, 0, -300, 0, 300),
    ],
)
def test_scans_are_seen_upright_and_put_back_as_they_lay(
    pdf, path, rotation, matrix
):
    sides = (300, 200) if matrix[0] else (200, 300)
    scan = add_image(pdf, draw_scan(*sides))
    add_page(pdf, [(scan, matrix)], Rotate=rotation)
    pdf.save(path)
    (page,), out = put_back(path)
    (seen,) = render_pdf(path)
    np.testing.assert_allclose(255 * page.grey, seen, atol=1)
    np.testing.assert_allclose(render_pdf(out)[0], seen, atol=1)
    assert images_of(out)["/X0"][:2] == sides[::-1]


def test_strips_are_one_scan_and_stay_strips(pdf, path):
    whole = draw_scan(600, 400)
    drawn = []
    for top in range(0, 600, 130):
        strip = whole[top : top + 130]
        height = round(len(strip) / 2, 1)
        matrix = (200, 0, 0, height, 0, round(300 - top / 2 - height, 1))
        drawn.append((add_image(pdf, strip, Filter=Name.DCTDecode), matrix))
    add_page(pdf, drawn)
    pdf.save(path)
    (page,), out = put_back(path)
    assert page.grey.shape == (600, 400) and len(page.place.pieces) == 5
    assert np.abs(255 * page.grey - whole).mean() < 3
    assert images_of(out) == images_of(path)
    compare_looks(path, out)


def inverted(pdf):
    return add_image(pdf, 255 - draw_scan(300, 200), Decode=Array([1, 0]))


def cmyk(pdf):
    scan = 255 - draw_scan(300, 200)
    inks = np.stack([scan, scan, scan, scan // 4], axis=2)
    return add_image(pdf, inks, ColorSpace=Name.DeviceCMYK)


def indexed(pdf):
    palette = bytes([255, 240, 200, 20, 30, 90])
    space = Array([Name.Indexed, Name.DeviceRGB, 1, pikepdf.String(palette)])
    bits = (draw_scan(300, 200) < 100).astype("uint8")
    return add_image(pdf, bits, ColorSpace=space)


def one_bit(pdf):
    return add_image(pdf, draw_scan(300, 200) > 100)


def soft_masked(pdf):
    mask = add_image(pdf, 255 - draw_scan(300, 200))
    return add_image(pdf, np.full((300, 200), 10, "uint8"), SMask=mask)


def stencil(pdf):
    mask = add_image(pdf, draw_scan(300, 200) > 100, ImageMask=True)
    del mask.ColorSpace
    return mask


@pytest.mark.parametrize(
    "make", [inverted, cmyk, indexed, one_bit, soft_masked, stencil]
)
def test_images_of_any_kind_are_read_as_they_are_seen(pdf, path, make):
    add_page(pdf, [(make(pdf), WHOLE)])
    pdf.save(path)
    (page,), out = put_back(path)
    assert page.grey.shape == (300, 200) and len(page.place.pieces) == 1
    compare_looks(path, out, most=1.0)
    assert images_of(out)["/X0"][:2] == (200, 300)


def test_black_and_white_and_colour_are_written_as_such(pdf, path):
    colour = np.stack([draw_scan(300, 200)] * 3, axis=2)
    colour[..., 2] //= 2
    scan = add_image(pdf, colour)
    add_page(pdf, [(scan, WHOLE)])
    pdf.save(path)
    _, out = put_back(path, lambda page: page.grey > 0.5)
    assert images_of(out)["/X0"][2] == "/CCITTFaxDecode"
    ink = render_pdf(out)[0]
    np.testing.assert_array_equal(ink > 128, draw_scan(300, 200) > 150)
    _, out = put_back(path, lambda page: page.colour)
    assert images_of(out)["/X0"][2] == "/FlateDecode"
    compare_looks(path, out, most=0.5)


def test_an_image_within_a_form_is_found(pdf, path):
    """The form is shared with a page that is not put back."""
    form = pikepdf.Stream(pdf, b"100 0 0 150 0 0 cm /Im Do")
    form.Type, form.Subtype = Name.XObject, Name.Form
    form.BBox, form.Matrix = Array([0, 0, 100, 150]), Array([2, 0, 0, 2, 0, 0])
    scan = add_image(pdf, draw_scan(300, 200))
    form.Resources = Dictionary(XObject=Dictionary(Im=scan))
    form = pdf.make_indirect(form)
    for _ in range(2):
        add_page(pdf, [(form, (1, 0, 0, 1, 0, 0))])
    pdf.save(path)
    first, _ = read_scans(path)
    out = path.with_name("out.pdf")
    writer = PdfRewriter(path, out)
    writer.open()
    writer.write(np.full((300, 200), 255, "uint8"), first.place)
    writer.close()
    one, other = render_pdf(out)
    assert one.min() == 255 and other.min() < 50


@pytest.mark.parametrize("rotation", [0, 90])
def test_layers_are_drawn_as_a_whole_and_keep_their_text(pdf, path, rotation):
    paper = add_image(pdf, np.full((150, 100, 3), (240, 230, 200), "uint8"))
    ink = add_image(pdf, draw_scan(70, 95) > 100, ImageMask=True)
    del ink.ColorSpace
    add_page(
        pdf,
        [(paper, WHOLE), (ink, (190, 0, 0, 140, 0, 0))],
        mode=0,
        Rotate=rotation,
        MediaBox=Array([0, -10, 220, 300]),
    )
    add_surroundings(pdf)
    pdf.save(path)
    (page,), out = put_back(path)
    assert page.place.pieces == ()
    height, width = (155, 110)[:: -1 if rotation else 1]
    assert page.grey.shape == (height, width)
    assert look_at_pdf(out) == look_at_pdf(path)
    compare_looks(path, out)
    _, white = put_back(path, lambda page: np.full(page.grey.shape, True))
    assert render_pdf(white)[0].min() == 255


def test_a_small_picture_is_no_scan_and_a_logo_is_left_alone(pdf, path):
    picture = add_image(pdf, draw_scan(300, 200))
    logo = add_image(pdf, draw_scan(30, 30))
    add_page(pdf, [(picture, (80, 0, 0, 120, 10, 10))], mode=0)
    add_page(pdf, [(picture, WHOLE), (logo, (20, 0, 0, 20, 150, 20))])
    pdf.save(path)
    (none, scan), out = put_back(path, lambda page: page.grey > 2)
    assert isinstance(none, LeftPage) and none.number == 0
    assert scan.grey.min() < 0.2
    small, page = render_pdf(out)
    assert small.min() < 50
    # The logo is what is left of paper.
    assert page[260:280, 150:170].max() > 200
    beside = page.copy()
    beside[259:281, 149:171] = 0
    assert beside.max() == 0


def test_an_image_that_is_damaged_is_named(pdf, path):
    scan = add_image(pdf, draw_scan(300, 200), Filter=Name.DCTDecode)
    scan.write(b"no JPEG", filter=Name.DCTDecode)
    add_page(pdf, [(scan, WHOLE)])
    pdf.save(path)
    with pytest.raises(ImageError, match="page 1: an image that cannot be"):
        list(read_scans(path))


def test_nothing_is_left_of_what_was_not_finished(pdf, path):
    add_page(pdf, [(one_bit(pdf), WHOLE)])
    pdf.save(path)
    out = path.with_name("out.pdf")
    out.write_bytes(b"kept")
    writer = PdfRewriter(path, out)
    writer.open()
    writer.close(keep=False)
    assert out.read_bytes() == b"kept"
    path.write_bytes(b"no PDF")
    with pytest.raises(OSError):
        PdfRewriter(path, out).open()
    assert {p.name for p in path.parent.iterdir()} == {"in.pdf", "out.pdf"}
