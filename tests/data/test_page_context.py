import numpy as np

from keras_htr_gan.data.page_context import on_a_page

LINE = {"clean": np.full((32, 40), 0.5, "float32"), "text": "word", "page": 7}
OTHER = np.zeros((32, 30), "float32")


def drawn():
    for seed in range(200):
        yield on_a_page(LINE, np.random.default_rng(seed), OTHER)


def test_every_kind_of_band_is_met():
    blank = between = cut = 0
    for line in drawn():
        image = line["clean"]
        assert image.shape == (32, 40) and image.dtype == np.float32
        assert line["page"] == 7
        rows = (image == 0.5).all(axis=1)
        neighbours = (image == 0.0).any()
        if (image == 1.0).all():
            blank += 1
            assert line["text"] == ""
        elif line["text"]:
            between += neighbours
            assert line["text"] == "word" and rows.sum() >= 16
        else:
            cut += 1
    assert blank > 10 and between > 30 and cut > 40
    assert (LINE["clean"] == 0.5).all()


def test_a_state_gives_the_same_band():
    for a, b in zip(drawn(), drawn(), strict=True):
        np.testing.assert_array_equal(a["clean"], b["clean"])
