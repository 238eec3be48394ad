import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.images import decoding as images
from keras_htr_gan.images.decoding import (
    ImageError,
    load_grey,
    scaled,
    scaled_width,
    stretched,
)

# Steps of grey with no symmetry; black, white and what is between them.
STEPS = np.zeros((24, 40), "uint8")
STEPS[:8] = 255
STEPS[8:, 10:20] = 119
STEPS[16:, 30:] = 204
EXPECTED = STEPS.astype("float32") / 255
ROTATION, TURNED = 274, {3: 2, 6: 1, 8: 3}


def grey():
    return Image.fromarray(STEPS)


def deep():
    return Image.fromarray(STEPS.astype("uint16") * 257)


def real(full):
    return Image.fromarray(EXPECTED * np.float32(full))


def alpha():
    """Paper is transparent, and black where it cannot be seen."""
    colour = np.zeros((*STEPS.shape, 4), "uint8")
    colour[..., 3] = 255 - STEPS
    return Image.fromarray(colour)


def palette_with_transparency():
    image = grey().quantize(4)
    white = image.getpixel((0, 0))
    image.info["transparency"] = white
    return image


@pytest.mark.parametrize(
    "name, image, tolerance",
    [
        ("grey.png", grey(), 0),
        ("grey.bmp", grey(), 0),
        ("grey.pgm", grey(), 0),
        ("grey.gif", grey(), 0),
        ("grey.jp2", grey(), 1),
        ("grey.webp", grey().convert("RGB"), 9),
        ("grey.jpg", grey(), 9),
        ("colour.png", grey().convert("RGB"), 1),
        ("colour.tif", grey().convert("RGB"), 1),
        ("alpha.png", alpha(), 1),
        ("grey_alpha.png", alpha().convert("LA"), 1),
        ("palette.png", grey().quantize(4), 1),
        ("transparent.png", palette_with_transparency(), 1),
        ("deep.png", deep(), 0),
        ("deep.tif", deep(), 0),
        ("float.tif", real(1), 0),
        ("float255.tif", real(255), 0),
        ("cmyk.tif", grey().convert("RGB").convert("CMYK"), 1),
        ("cmyk.jpg", grey().convert("RGB").convert("CMYK"), 9),
    ],
)
def test_every_kind_of_image_arrives_as_the_same(
    tmp_path, name, image, tolerance
):
    path = tmp_path / name
    options = {"quality": 95} if path.suffix in (".jpg", ".webp") else {}
    image.save(path, **options)
    loaded = load_grey(path)
    assert loaded.dtype == np.float32 and loaded.shape == STEPS.shape
    assert 0 <= loaded.min() and loaded.max() <= 1
    assert abs(loaded - EXPECTED).max() <= tolerance / 255 + 1e-6


@pytest.mark.parametrize("name", ["fax.tif", "bits.png", "bits.pbm"])
def test_one_bit(tmp_path, name):
    image = Image.fromarray(STEPS > 150)
    assert image.mode == "1"
    options = {"compression": "group4"} if name == "fax.tif" else {}
    image.save(tmp_path / name, **options)
    assert np.array_equal(load_grey(tmp_path / name), STEPS > 150)


@pytest.mark.parametrize("orientation, quarters", TURNED.items())
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_the_rotation_of_a_camera_is_undone(
    tmp_path, orientation, quarters, suffix
):
    exif = Image.Exif()
    exif[ROTATION] = orientation
    stored = Image.fromarray(np.rot90(STEPS, quarters).copy())
    options = {"quality": 95} if suffix == "jpg" else {}
    stored.save(tmp_path / f"turned.{suffix}", exif=exif, **options)
    loaded = load_grey(tmp_path / f"turned.{suffix}")
    assert loaded.shape == STEPS.shape
    assert abs(loaded - EXPECTED).mean() < 0.01


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damage_of_any_kind_is_an_image_error(tmp_path):
    path = tmp_path / "damaged"
    rng = np.random.default_rng(0)
    seen = 0
    for kind in ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP"):
        grey().save(path, kind)
        whole = path.read_bytes()
        for i in range(60):
            data = np.frombuffer(whole, "uint8").copy()
            places = rng.integers(0, len(data) if i % 2 else 60, 4)
            data[places] = rng.integers(0, 256, 4)
            end = len(data) if i % 3 else rng.integers(1, len(data))
            path.write_bytes(data[:end].tobytes())
            try:
                loaded = load_grey(path)
            except ImageError:
                seen += 1
            else:
                assert np.isfinite(loaded).all()
    assert seen > 100


def test_a_postscript_file_is_not_opened_at_all(tmp_path):
    path = tmp_path / "line.png"
    grey().save(path, "EPS")
    with pytest.raises(ImageError, match="not an image of a known kind"):
        load_grey(path)


def test_pixels_that_are_not_numbers_are_refused(tmp_path):
    values = EXPECTED.copy()
    values[3, 4] = np.nan
    Image.fromarray(values).save(tmp_path / "nan.tif")
    with pytest.raises(ImageError, match="not numbers"):
        load_grey(tmp_path / "nan.tif")


def test_what_is_too_large_is_not_decoded(tmp_path, monkeypatch):
    grey().save(tmp_path / "line.png")
    monkeypatch.setattr(images, "MAX_PIXELS", STEPS.size - 1)

    def decoding(image):
        raise AssertionError("decoded")

    monkeypatch.setattr(images.ImageOps, "exif_transpose", decoding)
    with pytest.raises(ImageError, match="million pixels"):
        load_grey(tmp_path / "line.png")


def test_a_missing_file_is_an_image_error(tmp_path):
    with pytest.raises(ImageError, match="no such file"):
        load_grey(tmp_path / "missing.png")


def test_lines_are_scaled_to_a_height_and_keep_their_shape():
    line = scaled(EXPECTED, 12)
    assert line.shape == (12, 20)
    assert abs(line.mean() - EXPECTED.mean()) < 0.01
    larger = scaled(EXPECTED, 48)
    assert larger.shape == (48, 80)
    assert 0 <= larger.min() and larger.max() <= 1


def test_very_wide_and_very_narrow_lines_have_a_width_all_the_same():
    assert scaled_width(100_000, 10, 32) == 32 * 32
    assert scaled_width(1, 1000, 32) == 8
    assert scaled_width(1463, 96, 32) == 488


def test_contrast_is_stretched():
    pale = 0.5 + 0.2 * EXPECTED
    line = stretched(pale)
    assert line.min() == 0 and line.max() == 1
    blank = stretched(np.full((8, 8), 0.7, "float32"))
    assert np.isfinite(blank).all()
