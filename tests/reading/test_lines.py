import keras
import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.charset import LATIN
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.errors import UserError
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.reading.lines import read

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("size", ["tiny", "judge"])
def test_a_line_is_read_alike_alone_and_among_others(size, rng):
    reader = Recognizer(LATIN, size)
    reader.set_weights(
        [w + rng.normal(0, 0.05, w.shape) for w in reader.get_weights()]
    )
    source = HandwritingSource("fr", height=40, max_width=300)
    lines = [source[i]["clean"] for i in range(17)]  # two batches
    together = read(reader, lines)
    assert len(together) == 17 and any(together)
    # The first as wide as the batch, which is compiled, the second less.
    assert [read(reader, [lines[i]])[0] for i in (6, 7)] == together[6:8]


def test_nothing_is_read_in_no_lines():
    assert read(Recognizer("ab"), []) == []


def test_files_are_read_by_a_named_recogniser(preset, rng, tmp_path):
    reader = Recognizer.from_preset(preset)
    pixels = [rng.integers(0, 255, (40, n), "uint8") for n in (200, 300)]
    paths = [tmp_path / f"{i}.png" for i in range(2)]
    for path, image in zip(paths, pixels, strict=True):
        Image.fromarray(image).save(path)
    expected = read(reader, [p.astype("float32") / 255 for p in pixels])
    assert any(expected) and read(reader, paths) == expected
    reader.save(tmp_path / "reader.keras")
    assert read(str(tmp_path / "reader.keras"), paths[1]) == expected[1:]
    with pytest.raises(UserError, match="absent.png: no such file"):
        read(reader, [tmp_path / "absent.png"])


def test_a_beam_search_is_never_less_likely(rng):
    reader = Recognizer("abc ")
    logits = np.zeros((1, 3, 5), "float32")
    # Greedy: blank, blank, blank; but all alignments of "a" together are
    # likelier.
    logits[0, :, 0], logits[0, :, 1] = 1.0, 0.8
    logits[0, :, 2:] = -9.0
    widths = np.array([12], "int32")
    greedy = keras.ops.convert_to_numpy(reader.decode(logits, widths))[0]
    beam = keras.ops.convert_to_numpy(
        reader.decode(logits, widths, beam_width=10)
    )[0]
    assert reader.charset.decode(greedy) == ""
    assert reader.charset.decode(beam) == reader.charset.characters[0]
