import numpy as np
import pytest

from keras_htr_gan.data.drawing import draw_line, list_glyphs
from keras_htr_gan.data.handwriting import (
    FONTS,
    TEST_FONTS,
    HandwritingSource,
    choose_split,
)


def test_a_line_depends_on_its_number_and_seed_alone():
    one, two = HandwritingSource(seed=3), HandwritingSource(seed=3)
    two[7]
    first, second = one[12], two[12]
    assert first["text"] == second["text"]
    np.testing.assert_array_equal(first["clean"], second["clean"])
    assert HandwritingSource(seed=4)[12]["text"] != first["text"]


def test_lines_are_ink_on_paper_within_their_bounds():
    source = HandwritingSource("en", height=32, max_width=200)
    for i in range(30):
        line = source[i]
        clean = line["clean"]
        assert clean.dtype == np.float32 and clean.shape[0] == 32
        assert (
            clean.shape[1] <= 200 and 0 < len(line["text"]) <= source.longest()
        )
        assert clean.min() < 0.2 and clean.max() == 1.0
        assert 0.02 < (clean < 0.5).mean() < 0.5
        assert set(line["text"]) <= set(source.characters())


@pytest.mark.parametrize("max_width", [96, 928])
def test_narrow_and_wide_lines_can_be_drawn(max_width):
    source = HandwritingSource("fr", max_width=max_width)
    widths = [source[i]["clean"].shape[1] for i in range(10)]
    assert 0.3 * max_width < max(widths) <= max_width


def test_splits_share_no_text():
    texts = {
        split: {
            HandwritingSource("en", split, seed)[i]["text"]
            for seed in range(2)
            for i in range(60)
        }
        for split in ("train", "validation", "test")
    }
    for split, own in texts.items():
        assert {choose_split(text) for text in own} == {split}


def test_test_fonts_are_drawn_in_test_alone(monkeypatch):
    import keras_htr_gan.data.handwriting as module

    drawn = []

    def spy(text, font, height, rng):
        drawn.append(font)
        return draw_line(text, font, height, rng)

    monkeypatch.setattr(module, "draw_line", spy)
    for i in range(60):
        HandwritingSource("en", "train")[i]
    assert set(drawn) <= set(FONTS) and not set(drawn) & set(TEST_FONTS)
    drawn.clear()
    for i in range(60):
        HandwritingSource("en", "test")[i]
    assert set(TEST_FONTS) <= set(drawn)


@pytest.mark.parametrize("language", ["id", "nl", "fr", "de", "es"])
def test_other_languages_have_words_and_glyphs(language):
    source = HandwritingSource(language)
    (words,) = source.vocabularies
    assert len(words) > 10_000
    writable = set.intersection(*map(set, map(list_glyphs, FONTS)))
    assert set("".join(words)) <= writable
    assert source[0]["text"]


def test_an_unknown_language_lists_those_there_are():
    with pytest.raises(ValueError, match="id, "):
        HandwritingSource("xx")


def test_a_language_the_fonts_cannot_write_is_refused():
    with pytest.raises(ValueError, match="cannot write language 'ja'"):
        HandwritingSource("ja")


def test_a_line_is_in_one_of_several_languages():
    both = HandwritingSource("fr,de", max_width=512)
    french, german = (HandwritingSource(x) for x in ("fr", "de"))
    vocabularies = [set(s.vocabularies[0]) for s in (french, german)]
    only = [
        vocabularies[0] - vocabularies[1],
        vocabularies[1] - vocabularies[0],
    ]
    seen = set()
    for i in range(30):
        words = set(both[i]["text"].lower().split())
        of = [k for k in (0, 1) if words & only[k]]
        assert len(of) < 2, both[i]["text"]
        seen.update(of)
    assert seen == {0, 1}
    assert both.characters() == french.characters() | german.characters()


def test_rare_characters_are_drawn_in_fonts_that_have_them():
    extras = "«»œ°ć☃"
    source = HandwritingSource("en", "test", max_width=256, extras=extras)
    assert set("«»œ°ć") <= source.characters()
    assert "☃" not in source.characters()
    seen = "".join(source[i]["text"] for i in range(200))
    assert set("«»œ°ć") <= set(seen)


def test_a_font_without_a_glyph_is_not_used_for_its_word(monkeypatch):
    used = []

    def note(text, font, *arguments):
        used.append((text, font))
        return draw_line(text, font, *arguments)

    monkeypatch.setattr("keras_htr_gan.data.handwriting.draw_line", note)
    source = HandwritingSource("en", "test", extras="ć")
    for i in range(150):
        source[i]
    rare = [font for text, font in used if "ć" in text]
    assert rare and not set(rare) & set(TEST_FONTS)
    assert all(set(text) <= list_glyphs(font) for text, font in used)
