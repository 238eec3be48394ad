import pytest
from PIL import Image

from keras_htr_gan.images.decoding import ImageError, load_grey
from keras_htr_gan.images.documents import read_pages


@pytest.mark.parametrize(
    "beginning, kind",
    [
        (b"\0\0\0\x24ftypheic\0\0\0\0mif1", "HEIC; convert it to PNG"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "AVIF"),
        (b"\xff\x0a\xfa\x7f", "JPEG XL"),
        (b"AT&TFORM\0\0\0\0DJVU", "DjVu"),
        (b"8BPS\0\1", "a Photoshop file"),
        (b"%PDF-1.7", "a PDF; give it the suffix .pdf"),
    ],
)
def test_what_is_called_an_image_and_is_another_is_named(
    tmp_path, beginning, kind
):
    path = tmp_path / "IMG_0001.jpg"
    path.write_bytes(beginning + bytes(500))
    with pytest.raises(ImageError, match="not an image of a known kind: ") as e:
        load_grey(path)
    assert kind in str(e.value)


def test_a_suffix_that_is_wrong_harms_nothing(tmp_path):
    Image.new("L", (30, 20), 90).save(tmp_path / "a.png", "JPEG")
    assert load_grey(tmp_path / "a.png").shape == (20, 30)


def test_photos_with_more_than_one_picture_are_one_page(tmp_path):
    """As phones and cameras write them, under the name of a JPEG."""
    small = Image.new("L", (15, 10), 90)
    photo = Image.new("L", (60, 40), 90)
    path = tmp_path / "a.jpg"
    photo.save(path, "MPO", save_all=True, append_images=[small])
    with Image.open(path) as image:
        assert image.format == "MPO" and image.n_frames == 2
    assert [page.grey.shape for page in read_pages(path)] == [(40, 60)]
    assert load_grey(path).shape == (40, 60)
