"""Whatever is read, it is taken, or refused in words; never a traceback.

Files are good ones with random damage. A few inputs in the suite; the long
version, 20,000 of each, is marked `slow`.
"""

import io
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from keras_htr_gan.callbacks.loss_annealing import SHAPES, annealed_weight
from keras_htr_gan.charset import Charset, characters_of, normalize
from keras_htr_gan.data.readers.file_names import FileNames
from keras_htr_gan.data.readers.page_xml import read_transcription
from keras_htr_gan.data.readers.safe_xml import PageError
from keras_htr_gan.data.readers.tables import read_table
from keras_htr_gan.data.readers.text_pairs import read_text_pairs
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import ImageError, load_grey
from keras_htr_gan.networks.recognizer import Recognizer
from tests import hostile
from tests.pages import alto_xml, page_xml

FEW, MANY, SECONDS = 100, 20_000, 5
FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "PPM")


def versions(strategy):
    """Makes of a check a short test and a long one; none may hang."""

    def of(check):
        def with_examples(count, check):
            limits = settings(max_examples=count, deadline=1000 * SECONDS)
            return limits(given(strategy)(check))

        @pytest.mark.parametrize(
            "check",
            [
                pytest.param(with_examples(FEW, check), id="few"),
                pytest.param(
                    with_examples(MANY, check),
                    id="many",
                    marks=pytest.mark.slow,
                ),
            ],
        )
        def test(check):
            check()

        return test

    return of


@st.composite
def damaged(draw, files):
    """One of the files (bytes), with bytes changed, cut out or put in."""
    content = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(content)))
        end = at + draw(st.sampled_from([0, 1, 1, 2, 8, 300, len(content)]))
        content[at:end] = draw(st.binary(max_size=8))
    return bytes(content)


def images():
    pixels = np.random.default_rng(0).integers(0, 255, (12, 20, 3), "uint8")
    for kind in FORMATS:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, kind)
        yield file.getvalue()


@versions(damaged(list(images())))
def test_images(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.png"
        path.write_bytes(content)
        try:
            grey = load_grey(path)
        except ImageError as error:
            assert "\n" not in str(error)
        else:
            assert grey.dtype == "float32" and grey.ndim == 2
            assert 0 <= grey.min() and grey.max() <= 1


OUTLINES = [((5, 5), (90, 5), (90, 30), (5, 30))] * 2
TEXTS = ["one & two", "œuvre"]
XML = [
    write("page.png", TEXTS, OUTLINES, (100, 80)).encode()
    for write in (page_xml, alto_xml)
]


@versions(damaged(XML))
def test_page_and_alto(content):
    with tempfile.TemporaryDirectory() as outer:
        folder = Path(outer) / "data"
        folder.mkdir()
        hostile.write_line(folder / "page.png", size=(100, 80))
        (folder / "page.xml").write_bytes(content)
        with hostile.openings() as opened:
            try:
                page = read_transcription(folder / "page.xml", folder)
            except PageError as error:
                assert "\n" not in str(error)
            else:
                assert all(line.text for line in page.lines)
        ours = [name for name in opened if str(name).startswith(outer)]
        assert all(str(name).startswith(str(folder)) for name in ours)


TABLES = [
    b'file_name,text,page\na.png,first,1\nb.png,"second, with comma",2\n',
    b"clean\ttext\na.png\tfirst\n../outside.png\tsecond\n",
    b'{"file_name": "a.png", "text": "first"}\n{"clean": "b.png"}\n',
]


@versions(st.tuples(damaged(TABLES), st.sampled_from([".csv", ".jsonl"])))
def test_tables(table):
    content, suffix = table
    with tempfile.TemporaryDirectory() as outer:
        folder = Path(outer) / "data"
        folder.mkdir()
        for path in (folder / "a.png", folder.parent / "outside.png"):
            path.touch()
        path = folder / f"metadata{suffix}"
        path.write_bytes(content)
        try:
            lines, problems = read_table(path)
        except UserError as error:
            assert str(path) in str(error)
            return
        for line in lines:
            for image in (line.clean, line.degraded):
                inside = image is None or folder in Path(image).parents
                assert inside, image
        assert all(problem.reason for problem in problems)


TEXTS = [
    "d\xe9j\xe0 vu\r\n".encode(),
    "one\ntwo".encode("utf-16"),
    b"\xef\xbb\xbfa",
]


@versions(damaged(TEXTS))
def test_texts_beside_images(content):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "a.png").touch()
        (folder / "a.gt.txt").write_bytes(content)
        texts = {folder: ["a.gt.txt", "a.png"]}
        lines, problems, _ = read_text_pairs(folder, texts, FileNames())
        assert lines or problems
        for line in lines:
            assert line.text and "\n" not in line.text
        assert all(problem.reason for problem in problems)


PRESET = {
    "config.json": json.dumps(
        {
            "format": 1,
            "networks": {"recognizer": {"size": "tiny"}},
            "options": {},
            "files": {"recognizer.safetensors": "0" * 64},
        }
    ).encode(),
    "charset.json": json.dumps(list("abc é")).encode(),
    "recognizer.safetensors": b"\x10\0\0\0\0\0\0\0" + b'{"a":{"x":[0,1]}}',
}


@versions(
    st.tuples(*(damaged([content]) for content in PRESET.values())),
)
def test_presets(contents):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in zip(PRESET, contents, strict=True):
            (Path(folder) / name).write_bytes(content)
        with pytest.raises(UserError):
            Recognizer.from_preset(folder)


@versions(st.tuples(st.text(), st.text()))
def test_charsets(texts):
    text, other = texts
    try:
        charset = Charset(text)
    except ValueError:
        assert not characters_of(text)
        return
    assert charset.decode(charset.encode(text)) == normalize(text)
    known = charset.nearest(other)
    assert not charset.unknown(known)


@versions(
    st.tuples(
        st.integers(1, 200),
        st.floats(0, 1e6),
        st.integers(0, 100),
        st.integers(0, 100),
        st.sampled_from(SHAPES),
    )
)
def test_schedules(values):
    epoch, target, warm_up, ramp, shape = values
    weight = annealed_weight(epoch, target, warm_up, ramp, shape)
    later = annealed_weight(epoch + 1, target, warm_up, ramp, shape)
    assert 0 <= weight <= later <= target * (1 + 1e-9)
    if shape != "constant" and epoch <= warm_up:
        assert weight == 0
