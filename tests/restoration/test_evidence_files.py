import json

import numpy as np
import pikepdf
import pytest
from PIL import Image

from keras_htr_gan import restore_files
from keras_htr_gan.images.documents import DocumentWriter, Page
from keras_htr_gan.restoration.evidence_files import (
    DocumentEvidence,
    find_boxes,
)
from keras_htr_gan.restoration.restorer import Restorer
from tests.pdfs import add_image, add_page

WRITTEN, INVENTED = np.s_[20:24, 30:160], np.s_[20:24, 210:290]


class Inventor:
    """A generator that finds one stroke, and writes another."""

    line_height, context_rows = 40, 0

    def predict_on_batch(self, images):
        restored = np.ones_like(images)
        for image in restored[..., 0]:
            image[WRITTEN] = image[INVENTED] = 0.0
        return restored


def draw_line(rng, negative=False):
    line = rng.integers(190, 200, (40, 320), "uint8")
    line[WRITTEN] = 90
    return 255 - line if negative else line


def restore(scans, out, trim=False, **options):
    options = {"purpose": "readers", "kind": "line", "quiet": True} | options
    options |= {"evidence": True, "trim": trim}
    assert restore_files(scans, out, Restorer(Inventor()), **options) == []


def warned(path):
    """Where a picture has the colour of warning: bool `(height, width)`."""
    with Image.open(path) as picture:
        red, green, blue = np.moveaxis(np.asarray(picture.convert("RGB")), 2, 0)
    return (red > 200) & (green < 60) & (blue > 100)


@pytest.mark.parametrize("negative", [False, True])
def test_a_picture_and_a_list_lie_beside_the_result(
    negative, tmp_path, rng, capsys
):
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    Image.fromarray(draw_line(rng, negative)).save(scans / "a.png")
    restore(scans, out, polarity="light" if negative else "dark")
    assert {path.name for path in out.iterdir()} == {
        *("a.png", "a_evidence.png", "a_evidence.json"),
    }
    mask = warned(out / "a_evidence.png")
    (page,) = json.loads((out / "a_evidence.json").read_text())["pages"]
    assert mask[INVENTED].mean() > 0.9 and not mask[WRITTEN].any()
    (box,) = page["boxes"]
    assert np.abs(np.subtract(box, [210, 20, 290, 24])).max() <= 2
    assert page["unsupported"] == pytest.approx(80 / 210, abs=0.05)
    told = capsys.readouterr().err
    assert f"% of the ink: {out / 'a.png'}" in told


def test_of_what_is_supported_nothing_is_said(tmp_path, rng, capsys):
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    line = draw_line(rng)
    line[INVENTED] = 120
    Image.fromarray(line).save(scans / "a.png")
    restore(scans, out)
    assert not warned(out / "a_evidence.png").any()
    (page,) = json.loads((out / "a_evidence.json").read_text())["pages"]
    assert page == {"page": 1, "unsupported": 0.0, "boxes": []}
    assert "not supported" not in capsys.readouterr().err


def test_each_page_of_a_document_has_its_picture(tmp_path, rng, capsys):
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    with DocumentWriter(scans / "a.tif") as writer:
        for _ in range(2):
            writer.write(draw_line(rng), None)
    with pikepdf.new() as pdf:
        add_page(pdf, [], mode=0)
        scan = add_image(pdf, draw_line(rng))
        add_page(pdf, [(scan, (320, 0, 0, 40, 0, 0))], size=(320, 40))
        pdf.save(scans / "b.pdf")
    restore(scans, out)
    names = {path.name for path in out.iterdir() if "evidence" in path.name}
    assert names == {
        *("a_evidence_001.png", "a_evidence_002.png", "a_evidence.json"),
        *("b_evidence.png", "b_evidence.json"),
    }
    pages = {
        name: json.loads((out / f"{name}_evidence.json").read_text())["pages"]
        for name in "ab"
    }
    assert [page["page"] for page in pages["a"]] == [1, 2]
    # Of a PDF it is the page's own number.
    assert [page["page"] for page in pages["b"]] == [2]
    told = capsys.readouterr().err
    assert told.count("not supported by the scan") == 2
    assert "the most of 2 pages" in told


def test_of_a_line_that_is_cut_the_same_rows_are_shown(tmp_path, rng):
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    Image.fromarray(draw_line(rng)).save(scans / "a.png")
    restore(scans, out, trim=True, polarity="dark")
    mask = warned(out / "a_evidence.png")
    with Image.open(out / "a.png") as image:
        assert mask.shape == image.size[::-1] and len(mask) < 40
    (page,) = json.loads((out / "a_evidence.json").read_text())["pages"]
    ((left, top, right, bottom),) = page["boxes"]
    assert mask[top:bottom, left:right].sum() == mask.sum() > 0


def test_a_dark_bed_is_no_paper():
    grey = np.full((200, 300), 0.8, "float32")
    restored = np.ones_like(grey)
    restored[40:160:20, 44:280] = restored[41:161:20, 44:280] = 0.0
    grey[restored < 0.5] = 0.68
    borders = np.zeros(grey.shape, bool)
    borders[:, :40] = True
    grey[borders] = 0.05
    for known in (borders, None):
        evidence = DocumentEvidence()
        evidence.add(Page(grey, None, None), restored, known)
        # Beside what is as dark as a bed, ink would seem light.
        assert bool(evidence.tell("a.png")) == (known is None)


def test_boxes_hold_all_and_are_narrow():
    mask = np.zeros((900, 1300), bool)
    assert find_boxes(mask) == []
    mask[100:120, 40:60] = mask[100:120, 66:70] = True
    mask[899, 1299] = True
    assert sorted(find_boxes(mask)) == [
        [40, 100, 70, 120],
        [1299, 899, 1300, 900],
    ]
