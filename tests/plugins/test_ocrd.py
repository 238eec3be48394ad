"""The processor within the real OCR-D, where that is here."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import keras_htr_gan
from keras_htr_gan import UserError
from keras_htr_gan.plugins.ocrd_command import main

TOOL = Path(keras_htr_gan.__file__).parent / "plugins" / "ocrd-tool.json"
NAME = "ocrd-keras-htr-gan-restore"
SIZE = 480, 320


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """One page of strokes, in colour; paths begin at its folder."""
    ocrd = pytest.importorskip("ocrd", reason="pip install -e '.[ocrd]'")
    drawn = np.full((*SIZE[::-1], 3), (235, 225, 200), "uint8")
    drawn[40:280:40, 40:440:3] = 60
    opened = ocrd.Resolver().workspace_from_nothing(directory=str(tmp_path))
    (tmp_path / "IMG").mkdir()
    Image.fromarray(drawn).save(tmp_path / "IMG" / "page.png")
    opened.add_file(
        file_grp="IMG",
        file_id="p1",
        page_id="P1",
        mimetype="image/png",
        local_filename="IMG/page.png",
    )
    opened.save_mets()
    monkeypatch.chdir(tmp_path)
    return opened


def restore(workspace, source="IMG", target="RES", **parameter):
    """The page that is written, and its last image: `PageType`, uint8."""
    from ocrd.processor.helpers import run_processor
    from ocrd_modelfactory import page_from_file

    from keras_htr_gan.plugins.ocrd import RestoringProcessor

    run_processor(
        RestoringProcessor,
        workspace=workspace,
        input_file_grp=source,
        output_file_grp=target,
        parameter={"model": "latin_tiny", **parameter},
    )
    (file,) = workspace.find_files(
        file_grp=target, mimetype="application/vnd.prima.page+xml"
    )
    page = page_from_file(file).get_Page()
    return page, look(page.get_AlternativeImage()[-1].filename)


def look(path):
    """The pixels of an image: uint8, or bool."""
    with Image.open(path) as image:
        return np.asarray(image)


def list_features(page):
    return [image.comments for image in page.get_AlternativeImage()]


def test_a_page_gets_its_restored_image(workspace):
    page, image = restore(workspace)
    assert page.imageFilename == "IMG/page.png"
    assert list_features(page) == ["restored"]
    found = look("IMG/page.png")
    assert image.shape == found.shape
    assert 0 < np.abs(image.astype(int) - found).max() <= 128
    # Again: from the scan, not from what was restored.
    page, again = restore(workspace, "RES", "AGAIN")
    assert list_features(page) == ["restored", "restored"]
    np.testing.assert_array_equal(again, image)


def test_parameters_have_their_way(workspace):
    _, image = restore(workspace, target="A", **{"for": "eyes"})
    assert image.shape == SIZE[::-1]
    page, image = restore(workspace, target="B", binarize=True, text_height=40)
    assert image.dtype == bool and list_features(page) == ["restored,binarized"]
    _, image = restore(workspace, target="C", strength=0)
    found = look("IMG/page.png")
    np.testing.assert_array_equal(image, found)


def test_mistakes_are_told(workspace):
    with pytest.raises(UserError, match="nothing: no preset"):
        restore(workspace, model="nothing")
    with pytest.raises(Exception, match="nobody"):
        restore(workspace, **{"for": "nobody"})


def test_the_tool_is_described_as_ocrd_wants_it():
    validators = pytest.importorskip("ocrd_validators")
    tool = json.loads(TOOL.read_text(encoding="utf-8"))
    report = validators.OcrdToolValidator.validate(tool)
    assert report.is_valid, report.to_xml()
    assert tool["version"] == keras_htr_gan.__version__
    assert list(tool["tools"]) == [tool["tools"][NAME]["executable"]] == [NAME]


def test_without_ocrd_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ocrd", None)
    monkeypatch.delitem(
        sys.modules, "keras_htr_gan.plugins.ocrd", raising=False
    )
    with pytest.raises(SystemExit, match=r"pip install 'keras_htr_gan\[ocrd\]"):
        main()
