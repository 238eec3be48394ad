import numpy as np
import pytest
from PIL import Image, ImageCms

from keras_htr_gan.images import decoding
from keras_htr_gan.images.decoding import (
    FORMATS,
    MAX_PIXELS,
    ImageError,
    load_grey,
    measure_image,
)
from tests import hostile

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


def lab():
    profiles = map(ImageCms.createProfile, ("sRGB", "LAB"))
    colour = grey().convert("RGB")
    return ImageCms.profileToProfile(colour, *profiles, outputMode="LAB")


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
        ("lab.tif", lab(), 2),
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


def test_a_tiff_that_may_be_larger_than_4_gigabytes(tmp_path):
    grey().save(tmp_path / "big.tif", big_tiff=True)
    assert (tmp_path / "big.tif").read_bytes()[:4] == b"II+\0"
    assert np.array_equal(load_grey(tmp_path / "big.tif"), EXPECTED)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("kind", ["uint16", "int32", "float32"])
def test_fewer_bits_than_the_file_has_room_for(tmp_path, bits, kind):
    """As the 12 bits of a camera in a PNG of 16: not nearly black."""
    paper = round(0.9 * (2**bits - 1))
    values = np.where(STEPS > 150, paper, paper // 5).astype(kind)
    path = tmp_path / ("line.png" if kind == "uint16" else "line.tif")
    Image.fromarray(values).save(path)
    loaded = load_grey(path)
    assert loaded.max() == pytest.approx(0.9, abs=0.01)
    assert loaded.min() == pytest.approx(0.18, abs=0.01)


@pytest.mark.parametrize("paper", [16384, 30_000, 65_535])
def test_an_ordinary_scan_of_16_bits_is_as_it_is(tmp_path, paper):
    values = np.where(STEPS > 150, paper, 900).astype("uint16")
    Image.fromarray(values).save(tmp_path / "line.png")
    expected = values.astype("float32") / np.float32(65535)
    assert np.array_equal(load_grey(tmp_path / "line.png"), expected)


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
    size = measure_image(tmp_path / f"turned.{suffix}")
    assert size == STEPS.shape[::-1]


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
    monkeypatch.setattr(decoding, "MAX_PIXELS", STEPS.size - 1)

    def decode(image):
        raise AssertionError("decoded")

    monkeypatch.setattr(decoding, "turn_upright", decode)
    with pytest.raises(ImageError, match="million pixels"):
        load_grey(tmp_path / "line.png")


def test_a_missing_file_is_an_image_error(tmp_path):
    with pytest.raises(ImageError, match="no such file"):
        load_grey(tmp_path / "missing.png")


@pytest.mark.parametrize("orientation", [None, 6])
@pytest.mark.parametrize("kind", ["BMP", "GIF", "JPEG", "PNG", "PPM"])
def test_a_size_is_measured_without_decoding(tmp_path, kind, orientation):
    exif = Image.Exif()
    if orientation and kind in ("JPEG", "PNG"):
        exif[ROTATION] = orientation
    path = tmp_path / "image"
    Image.new("L", (64, 1000)).save(path, kind, exif=exif)
    # Less than half of the pixels is there.
    end = path.stat().st_size // 2
    if kind == "PNG" and orientation:
        end = path.stat().st_size
    path.write_bytes(path.read_bytes()[:end])
    turned = ROTATION in exif
    assert measure_image(path) == ((1000, 64) if turned else (64, 1000))


def test_what_has_no_usable_size_is_an_image_error(tmp_path):
    assert 30_000**2 > MAX_PIXELS
    hostile.write_bomb(tmp_path / "bomb.png", 30_000)
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "palette.bmp").write_bytes(hostile.damaged_bmp())
    for name, reason in {
        "bomb": "more than 100 million pixels",
        "empty": "empty file",
        "text": "not an image of a known kind .*" + ", ".join(sorted(FORMATS)),
        "missing": "no such file",
    }.items():
        with pytest.raises(ImageError, match=reason):
            measure_image(tmp_path / f"{name}.png")
    with pytest.raises(ImageError, match="damaged"):
        measure_image(tmp_path / "palette.bmp")
