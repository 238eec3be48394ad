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


CONTEXT, ROOM = 16, 24


def seen_around(seeds=400, room=0):
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        yield on_a_page(LINE, rng, OTHER, CONTEXT, room)


def test_rows_above_and_below_hold_the_neighbours():
    above = below = blank = cut = 0
    for line in seen_around():
        image = line["clean"]
        assert len(image) == 32 + 2 * CONTEXT and image.shape[1] <= 40
        assert image.dtype == np.float32 and line["page"] == 7
        blank += (image == 1.0).all()
        if line["text"]:
            rows = np.flatnonzero((image == 0.5).any(axis=1))
            # Neighbours of a close spacing lie on the line's first rows.
            assert CONTEXT - 3 <= rows.min() and rows.max() < 3 + 32 + CONTEXT
            above += (image[:CONTEXT] == 0.0).any()
            below += (image[-CONTEXT:] == 0.0).any()
        else:
            cut += 1
    assert min(above, below) > 100 and blank > 10 and cut > 100
    assert (LINE["clean"] == 0.5).all()


def test_neighbours_are_near_and_far_and_of_other_sizes():
    gaps, sizes = [], []
    narrow = np.ones((32, 30), "float32")
    narrow[10:20] = 0.0
    for seed in range(400):
        line = on_a_page(LINE, np.random.default_rng(seed), narrow, 128)
        if not line["text"]:
            continue
        dark = np.concatenate([[0], (line["clean"][:, 0] < 0.3), [0]])
        starts, ends = np.flatnonzero(np.diff(dark)).reshape(-1, 2).T
        sizes += list(ends - starts)
        gaps += list(np.diff(starts))
    # A third of the neighbours' height is dark: 10 rows of 32.
    assert min(sizes) <= 6 and max(sizes) >= 15
    assert min(gaps) < 24 and max(gaps) > 80


def test_some_pages_have_a_margin_where_there_is_room():
    widths = {line["clean"].shape[1] for line in seen_around(room=ROOM)}
    assert 40 in widths and max(widths) == 40 + ROOM
    left = right = 0
    for line in seen_around(room=ROOM):
        image = line["clean"]
        if image.shape[1] == 40 + ROOM and not (image == 1.0).all():
            left += (image[:, :ROOM] == 1.0).all()
            right += (image[:, -ROOM:] == 1.0).all()
    assert left > 5 and right > 5


def test_some_hands_are_smaller_and_some_are_larger():
    heights, read = [], []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        blank = np.ones_like(OTHER)
        page = on_a_page(LINE, rng, blank, 64, ROOM)
        dark = (page["clean"] < 0.9).any(axis=1).sum()
        heights += [dark] if dark else []
        read += [dark] if page["text"] else []
    assert min(heights) <= 22 and max(heights) >= 48
    assert np.mean(np.equal(heights, 32)) > 0.5
    assert 26 <= min(read) and max(read) <= 36


def test_a_state_gives_the_same_rows_around():
    for a, b in zip(seen_around(9), seen_around(9), strict=True):
        np.testing.assert_array_equal(a["clean"], b["clean"])


def test_some_lines_are_by_broader_pens_and_those_hard_to_read_have_no_text():
    fine = np.ones((64, 40), "float32")
    fine[:, 20:22] = 0.0
    line, widths, read = {"clean": fine, "text": "word"}, [], []
    for seed in range(400):
        shown = on_a_page(line, np.random.default_rng(seed), np.ones((64, 9)))
        width = (shown["clean"] == 0.0).any(axis=0).sum()
        widths.append(width)
        read += [width] if shown["text"] else []
    there = np.array(widths)[np.array(widths) > 0]
    assert 0.7 < (there == 2).mean() < 0.9
    assert max(read) <= 2 + 3 < there.max() == 2 + 6
