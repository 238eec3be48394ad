"""Which scans are both sides of a sheet, by their names."""

import numpy as np
import pytest
from PIL import Image

from keras_htr_gan.errors import UserError
from keras_htr_gan.images.documents import DocumentWriter
from keras_htr_gan.restoration.jobs import list_jobs
from keras_htr_gan.restoration.partners import (
    find_partners,
    propose_other_names,
)


@pytest.mark.parametrize(
    "one, other",
    [
        ("12r", "12v"),
        ("Ms_3_R", "Ms_3_v"),
        ("f12r_001", "f12v_001"),
        ("letter-recto", "letter-verso"),
        ("front", "back"),
        ("card a", "card b"),
        ("7a", "7b"),
        ("12", "12v"),
        ("page_009", "page_010"),
        ("box p3", "box p4"),
    ],
)
def test_names_say_which_is_the_other_side(one, other):
    assert other.lower() in [n.lower() for n in propose_other_names(one)]
    assert one.lower() in [n.lower() for n in propose_other_names(other)]


@pytest.mark.parametrize("name", ["car", "alpha", "page_0_", "view", "scan-x"])
def test_other_names_say_nothing(name):
    assert not list(propose_other_names(name))


def test_leaves_and_views_are_no_pages():
    """15 and 16 may be the fronts of two sheets."""
    for name in ("img15", "f15", "0015", "DSC_0015", "01R_P1S3SS1P019_002"):
        numbers = [n for n in propose_other_names(name) if n.endswith("16")]
        assert not numbers


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("1r.png", "1V.jpg", "2r.png", "3.png", "sub.png"):
        Image.new("L", (9, 9)).save(folder / name)
    with DocumentWriter(folder / "three.tif") as writer:
        for _ in range(3):
            writer.write(np.zeros((9, 9), "uint8"), None)
    return folder


def find(paths, tmp_path, other_side, **options):
    jobs = list_jobs(paths, tmp_path / "out").jobs
    found = find_partners(jobs, other_side, **options)
    return {
        job.source.name: [
            partner and (partner.path.name, partner.number)
            for partner in job.partners
        ]
        for job in found
    }


def test_files_and_pages_are_paired_and_told(scans, tmp_path, capsys):
    assert find([scans], tmp_path, "auto") == {
        "1r.png": [("1V.jpg", 0)],
        "1V.jpg": [("1r.png", 0)],
        "2r.png": [None],
        "3.png": [None],
        "sub.png": [None],
        "three.tif": [("three.tif", 1), ("three.tif", 0), None],
    }
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 2
    assert told[0].startswith("both sides of a sheet: 1")
    assert "1V.jpg" in told[0] and "three.tif, 1 with 2" in told[0]
    assert told[1].startswith("without another side, by their names: 4 pages")
    # The other side need not be restored itself.
    one = find([scans / "1r.png"], tmp_path, "auto", quiet=True)
    assert one == {"1r.png": [("1V.jpg", 0)]}
    assert not capsys.readouterr().out


def test_one_page_has_the_other_side_that_is_given(scans, tmp_path):
    found = find([scans / "3.png"], tmp_path, str(scans / "sub.png"))
    assert found == {"3.png": [("sub.png", 0)]}


def test_mistakes_are_named_before_anything_is_done(scans, tmp_path):
    def refuse(match, paths, other_side, **options):
        with pytest.raises(UserError, match=f"`other_side`: {match}"):
            find(paths, tmp_path, other_side, **options)

    one = [scans / "3.png"]
    refuse(
        "(.*)sub.png is the other side of one page, and there are 8",
        [scans],
        scans / "sub.png",
    )
    refuse("(.*)gone.png: no such file", one, scans / "gone.png")
    refuse("(.*)three.tif: 3 pages; one is wanted", one, scans / "three.tif")
    refuse("(.*)3.png is the page itself", one, scans / "3.png")
    refuse("not with `engine` ray", one, "auto", engine="ray")
