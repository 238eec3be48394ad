import keras
import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.charset import LATIN
from keras_htr_gan.errors import UserError
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.images.documents import DocumentWriter
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.restoration.restorer import (
    Restorer,
    cut_side,
    restore_lines,
)


@pytest.fixture(scope="module")
def restorer():
    """A model whose every weight says something."""
    model = HTRGAN(
        build_generator(),
        build_discriminator(),
        Recognizer(LATIN),
    )
    rng = np.random.default_rng(0)
    for variable in model.generator.weights:
        value = keras.ops.convert_to_numpy(variable)
        variable.assign(value + rng.normal(0, 0.02, value.shape))
    return Restorer(model)


def test_tiles_leave_no_seam(restorer, rng, monkeypatch):
    page = rng.random((100, 448)).astype("float32")
    whole = restorer.restore_page(page)
    monkeypatch.setattr("keras_htr_gan.restoration.restorer.WIDEST", 256)
    monkeypatch.setattr("keras_htr_gan.restoration.restorer.BATCH", 80_000)
    assert len(cut_side(448)) == 4
    done = []
    tiled = restorer.restore_page(page, done.append)
    np.testing.assert_allclose(tiled, whole, atol=1 / 255)
    assert sum(done) == pytest.approx(1.0)


def test_a_page_is_restored_as_its_lines_are(restorer, rng):
    page = rng.random((96, 256)).astype("float32")
    restored = restorer.restore_page(page)
    (line,) = restore_lines(restorer.model, [page[32:64]])
    # In the middle of a band that is the line nearly nothing else counts.
    np.testing.assert_allclose(restored[47:49], line[15:17], atol=0.02)


@pytest.mark.parametrize("rows", [20, 64, 200, 333])
def test_bands_with_context_cover_a_page(restorer, rng, monkeypatch, rows):
    page = rng.random((rows, 256)).astype("float32")
    monkeypatch.setattr(restorer.model, "context_rows", 16)
    step, above, fade = restorer.cut_bands(rows)
    assert len(fade) == step + 2 * above and step % 32 == 0
    # Each row counts fully where two bands meet, and where one is alone.
    np.testing.assert_allclose(fade[12:20] + fade[-20:-12], 0.5, atol=1e-6)
    restored = restorer.restore_page(page)
    assert restored.shape == page.shape and np.isfinite(restored).all()
    # Whether a page is cut makes little difference.
    monkeypatch.setattr("keras_htr_gan.restoration.restorer.BAND_LINES", 99)
    whole = restorer.restore_page(page)
    np.testing.assert_allclose(restored, whole, atol=0.03)


def test_its_parts_cover_a_side():
    for side in (64, 2048, 2112, 3968, 4992, 7040):
        pieces = cut_side(side)
        assert len({piece.wide for piece in pieces}) == 1
        assert pieces[0].wide <= 2048 and pieces[0].wide % 64 == 0
        covered = np.zeros(side, int)
        for left, wide, inner in pieces:
            assert left >= 0 and left + wide <= side
            covered[left + inner.start : left + inner.stop] += 1
            # What is cut off has a margin to look at.
            assert left == 0 or inner.start >= 96
            assert left + wide == side or wide - inner.stop >= 96
        assert (covered == 1).all()


@pytest.mark.parametrize("shape", [(50, 700), (333, 211), (8, 8), (900, 30)])
def test_an_image_keeps_its_size(restorer, rng, shape):
    image = rng.random(shape).astype("float32")
    restored = restorer.restore(image)
    assert restored.shape == shape and restored.dtype == "float32"
    assert 0 <= restored.min() and restored.max() <= 1


def test_an_empty_page_is_restored(restorer):
    assert restorer.restore(np.ones((300, 200), "float32")).shape == (300, 200)


def test_a_file_is_restored_as_its_image(restorer, rng, tmp_path):
    pixels = rng.integers(0, 255, (120, 90), "uint8")
    Image.fromarray(pixels).save(tmp_path / "page.png")
    expected = restorer.restore(pixels.astype("float32") / 255)
    for path in (tmp_path / "page.png", str(tmp_path / "page.png")):
        restored = restorer.restore(path)
        assert restored.dtype == "float32" and restored.shape == (120, 90)
        np.testing.assert_array_equal(restored, expected)


def test_a_file_that_is_no_page_is_named(restorer, rng, tmp_path):
    with pytest.raises(UserError, match="absent.png: no such file"):
        restorer.restore(tmp_path / "absent.png")
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(UserError, match="text.png: not an image"):
        restorer.restore(tmp_path / "text.png")
    with DocumentWriter(tmp_path / "two.tif") as writer:
        for _ in range(2):
            writer.write(rng.integers(0, 255, (40, 60), "uint8"), None)
    with pytest.raises(UserError, match="two.tif: 2 pages; restore_files"):
        restorer.restore(tmp_path / "two.tif")


def test_a_preset_and_a_file_restore_alike(preset, rng, tmp_path):
    image = rng.random((40, 300)).astype("float32")
    HTRGAN.from_preset(preset).save(tmp_path / "model.keras")
    one, two = (
        Restorer.from_preset(name, "keras").restore(image)
        for name in (preset, tmp_path / "model.keras")
    )
    np.testing.assert_array_equal(one, two)
