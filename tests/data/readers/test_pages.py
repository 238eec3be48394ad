from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from keras_htr_gan.data.readers import pages
from keras_htr_gan.data.readers.forms import read_lines
from tests import hostile
from tests.data.readers.line_files import texts


def test_hostile_pages(tmp_path):
    folder = tmp_path / "pages"
    good = hostile.write_pages_folder(folder)
    with hostile.openings() as opened:
        found = read_lines(folder)
    # The climbing page has the good page's name for its own image.
    assert texts(found) == good
    assert {Path(problem.name).name for problem in found.problems} == {
        "external.xml",
        "bomb.xml",
        "cut.xml",
        "climbing.xml",
        "linked.xml",
    }
    said = " ".join(map(str, found.problems))
    assert "DTD" in said and "not XML, or cut short" in said
    assert hostile.SECRET not in said + " ".join(texts(found))
    read = {Path(name).name for name in opened}
    assert "page_0001.xml" in read
    assert not {"secret.txt", "outside.png", "linked.xml"} & read


def test_two_threads_may_write_the_same_cut(tmp_path):
    image = np.full((10, 20), 200, "uint8")
    with ThreadPoolExecutor(8) as pool:
        path = tmp_path / "cuts" / "line.png"
        list(pool.map(lambda _: pages.write_png(path, image), range(64)))
    assert np.array_equal(np.asarray(Image.open(path)), image)
    assert [p.name for p in path.parent.iterdir()] == ["line.png"]
