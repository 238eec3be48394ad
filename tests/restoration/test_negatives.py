"""White writing on black is turned, and said to be."""

import numpy as np
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan.__main__ import main
from keras_htr_gan.images.documents import Page
from keras_htr_gan.restoration.documents import turn_page
from keras_htr_gan.restoration.restorer import Restorer
from tests.strips import draw_strip


class Untouched:
    """A model that gives its lines back."""

    line_height, context_rows = 32, 0

    def predict_on_batch(self, images):
        return np.minimum(images, 1.0)


def test_a_negative_is_restored_as_its_positive():
    restorer, strip = Restorer(Untouched()), draw_strip(3)
    expected = restorer.restore(strip)
    np.testing.assert_allclose(
        restorer.restore(1.0 - strip), expected, atol=1e-5
    )
    as_it_is = restorer.restore(1.0 - strip, polarity="dark")
    assert np.abs(as_it_is - expected).mean() > 0.05


def test_the_colours_of_a_page_are_turned_too():
    page = Page(np.full((2, 2), 0.25), np.full((2, 2, 3), 10, "uint8"), None)
    turned = turn_page(page)
    assert (turned.grey == 0.75).all() and (turned.colour == 245).all()
    assert turn_page(Page(page.grey, None, None)).colour is None


def invoke(*arguments):
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    return done


def test_commands_say_what_they_turn(tmp_path):
    strip = np.uint8(255 * draw_strip(1))
    for name, image in (("white", 255 - strip), ("black", strip)):
        (tmp_path / name).mkdir()
        Image.fromarray(image).save(tmp_path / name / "scan.png")
    common = ["--runtime", "onnx"]
    restore = ["restore", "--model", "latin_tiny", *common, "-o"]
    done = invoke(*restore, tmp_path / "out", tmp_path / "white")
    assert "white on black, turned: 1 pages" in done.stderr
    done = invoke(*restore, tmp_path / "same", tmp_path / "black")
    assert "turned" not in done.stderr
    images = [
        np.asarray(Image.open(tmp_path / name / "scan.png")).astype(int)
        for name in ("out", "same")
    ]
    assert abs(images[0] - images[1]).max() <= 1
    read = ["read", "--recognizer", "latin_tiny", *common]
    texts = [invoke(*read, tmp_path / name) for name in ("white", "black")]
    assert texts[0].stdout == texts[1].stdout
    assert "white on black, turned: 1 lines" in texts[0].stderr
