"""The plugin within the real OCRmyPDF, where that and Tesseract are here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import keras_htr_gan

REASON = "pip install -e '.[ocrmypdf]' runs this"
pikepdf = pytest.importorskip("pikepdf", reason=REASON)
pytest.importorskip("ocrmypdf", reason=REASON)

from ocrmypdf._plugin_manager import get_plugin_manager  # noqa: E402
from ocrmypdf.exceptions import BadArgsError  # noqa: E402

from keras_htr_gan.plugins.ocrmypdf import check_options, on_demand  # noqa: E402

PLUGIN = "keras_htr_gan.plugins.ocrmypdf"
INSTALLED = "[ocrmypdf]\nkeras_htr_gan = {}:on_demand\n"


@pytest.fixture
def scan():
    """An image as OCRmyPDF hands it over."""
    image = Image.new("RGB", (700, 120), (235, 225, 200))
    font = ImageFont.load_default(48)
    ImageDraw.Draw(image).text((20, 30), "Monday morning", (60,) * 3, font)
    image.info["dpi"] = (200.0, 200.0)
    return image


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The plugin as that of an installed package: its only entry point."""
    folder = tmp_path / "keras_htr_gan_plugin-0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: keras_htr_gan_plugin\nVersion: 0\n")
    (folder / "entry_points.txt").write_text(INSTALLED.format(PLUGIN))
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def page(**options):
    return SimpleNamespace(options=SimpleNamespace(tesseract=None, **options))


def test_what_is_read_is_restored_at_its_size(exported, scan):
    manager = get_plugin_manager([PLUGIN])
    model = str(exported["generator"])
    readers = manager.filter_ocr_image(page=page(htr_model=model), image=scan)
    eyes = manager.filter_ocr_image(
        page=page(htr_model=model, htr_for="eyes"), image=scan
    )
    for image, mode in ((readers, "RGB"), (eyes, "L")):
        assert image.mode == mode and image.size == scan.size
        assert image.info["dpi"] == scan.info["dpi"]
    before, after = np.asarray(scan), np.asarray(readers)
    assert 0 < np.abs(before.astype(int) - after).max() <= 128


def test_installed_it_does_nothing_unless_asked(installed, exported, scan):
    manager = get_plugin_manager([])
    untouched = manager.filter_ocr_image(page=page(), image=scan)
    assert untouched is scan
    on_demand.check_options(SimpleNamespace(htr_model=None))
    asked = page(htr_model=str(exported["generator"]))
    once = manager.filter_ocr_image(page=asked, image=scan)
    # Named as well, it works once.
    manager = get_plugin_manager([PLUGIN])
    again = manager.filter_ocr_image(page=asked, image=scan)
    np.testing.assert_array_equal(np.asarray(once), np.asarray(again))
    assert np.any(np.asarray(once) != np.asarray(scan))


def test_a_mistake_is_told_by_ocrmypdf():
    with pytest.raises(BadArgsError, match="--htr-model: nothing: no preset"):
        check_options(SimpleNamespace(htr_model="nothing"))


def test_a_pdf_gets_text_and_keeps_its_images(exported, scan, tmp_path):
    if not shutil.which("tesseract"):
        pytest.skip("Tesseract is not installed: nothing reads the page")
    sheet = Image.new("RGB", (900, 500), (235, 225, 200))
    sheet.paste(scan, (80, 150))
    sheet.save(tmp_path / "in.pdf", resolution=200)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ocrmypdf", "--plugin", PLUGIN),
            *("--htr-model", exported["generator"], "-O0", "-j1"),
            *("--output-type", "pdf", "--sidecar", tmp_path / "text.txt"),
            *(tmp_path / "in.pdf", tmp_path / "out.pdf"),
        ],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(keras_htr_gan.__file__).parents[1]),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "tensorflow" not in done.stderr.lower()
    assert "Monday" in (tmp_path / "text.txt").read_text(encoding="utf-8")
    before, after = (
        [read_images(tmp_path / name), read_boxes(tmp_path / name)]
        for name in ("in.pdf", "out.pdf")
    )
    assert before == after and before[0]


def read_images(path):
    """The encoded images of the first page of a PDF: list of bytes."""
    with pikepdf.open(path) as pdf:
        drawn = pdf.pages[0].Resources.XObject.values()
        return [o.read_raw_bytes() for o in drawn if o.Subtype == "/Image"]


def read_boxes(path):
    with pikepdf.open(path) as pdf:
        return [[float(x) for x in page.mediabox] for page in pdf.pages]
