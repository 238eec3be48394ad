"""XMP in files as others write them, too."""

import io

import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.images.decoding import ImageError
from keras_htr_gan.images.xmp import (
    JPEG2000_BOX,
    append_packet,
    read_packets,
    with_packet,
)

PACKET = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>é</x:xmpmeta>".encode()


@pytest.fixture
def image(rng):
    return Image.fromarray(rng.integers(0, 255, (30, 40), "uint8"))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
def test_what_is_written_is_read(kind, image, tmp_path):
    path = tmp_path / "a"
    image.save(path, kind)
    assert read_packets(path) == [None]
    image.save(path, kind, **with_packet(kind, PACKET))
    assert read_packets(path) == [PACKET]


def test_a_png_may_have_it_behind_its_pixels(image, tmp_path):
    path = tmp_path / "a.png"
    image.save(path, **with_packet("PNG", PACKET))
    content = path.read_bytes()
    start, end = (content.index(name) - 4 for name in (b"iTXt", b"IDAT"))
    last = content.index(b"IEND") - 4
    path.write_bytes(
        content[:start]
        + content[end:last]
        + content[start:end]
        + content[last:]
    )
    assert read_packets(path) == [PACKET]


def test_the_box_of_a_jpeg2000_is_found_among_others(image, tmp_path):
    path = tmp_path / "a.jp2"
    image.save(path, "JPEG2000")
    assert read_packets(path) == [None]
    with open(path, "ab") as file:
        file.write((24).to_bytes(4) + b"uuid" + bytes(16))
        file.write((1).to_bytes(4) + b"free" + (20).to_bytes(8) + bytes(4))
    append_packet(path, PACKET)
    assert read_packets(path) == [PACKET]
    with Image.open(path) as opened:
        np.testing.assert_array_equal(np.asarray(opened), np.asarray(image))
    content = path.read_bytes()
    path.write_bytes(content[: content.index(JPEG2000_BOX) - 4] + bytes(30))
    assert read_packets(path) == [None]
    file = io.BytesIO()
    image.save(file, "JPEG2000", no_jp2=True)
    path.write_bytes(file.getvalue())
    assert read_packets(path) == [None]


@pytest.mark.parametrize("name", ["a.png", "a.pdf"])
def test_what_cannot_be_read_is_told(name, tmp_path):
    with pytest.raises(ImageError, match="no such file"):
        read_packets(tmp_path / name)
    (tmp_path / name).write_bytes(b"neither")
    with pytest.raises(ImageError, match="^not a"):
        read_packets(tmp_path / name)
