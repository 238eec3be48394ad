import json

import pytest

from keras_htr_gan.evaluation.comparison import (
    compare_readings,
    count_drawn,
    format_comparison,
    show_character,
)
from keras_htr_gan.evaluation.scoring import Evaluation

TEXT = "tell the tale"  # Of its 13 characters 3 are a t, and 2 a space.


def of_pages(pages):
    lines = [{"text": TEXT, "degraded": None, "page": page} for page in pages]
    return Evaluation(lines, recognizer=None)


@pytest.fixture
def evaluation():
    """Forty lines of ten pages."""
    return of_pages([f"page {i // 4}" for i in range(40)])


@pytest.fixture
def readings():
    """The judge gains two characters a line, on the last five pages four."""
    lost = ["lell lhe lale"] * 20 + ["lelltheta"] * 20
    won = ["tell lhe tale"] * 20 + ["tell the tal"] * 20
    return {
        "degraded": {"recogniser": [TEXT] * 40, "judge": lost},
        "restored": {"recogniser": [TEXT] * 40, "judge": won},
    }


def test_changes_have_their_interval(evaluation, readings):
    changes = compare_readings(evaluation, readings)
    same = {"difference": 0.0, "low": 0.0, "high": 0.0, "relative": 0.0}
    assert changes["recogniser"] == {"CER": same, "confusions": []}
    change = changes["judge"]["CER"]
    # From 3 and 5 errors a line to 1.
    assert change["difference"] == pytest.approx(-3 / 13)
    assert change["relative"] == pytest.approx(-3 / 4)
    assert -4 / 13 < change["low"] < -3 / 13 < change["high"] < -2 / 13
    assert json.loads(json.dumps(changes)) == changes


def test_lines_of_a_page_are_drawn_together(evaluation, readings):
    by_page = compare_readings(evaluation, readings)["judge"]["CER"]
    for pages in ([None] * 40, ["all of one"] * 40):
        by_line = compare_readings(of_pages(pages), readings)["judge"]["CER"]
        assert by_line["difference"] == by_page["difference"]
        assert by_page["low"] < by_line["low"] < by_line["high"]
        assert by_line["high"] < by_page["high"]


def test_confusions_of_before_and_after(evaluation, readings):
    rows = compare_readings(evaluation, readings)["judge"]["confusions"]
    found = {(r.pop("written"), r.pop("read")): r for r in rows}
    assert found == {
        ("t", "l"): {"occurrences": 120, "before": 80, "after": 20},
        ("e", ""): {"occurrences": 120, "before": 20, "after": 20},
        (" ", ""): {"occurrences": 80, "before": 40, "after": 0},
        ("l", ""): {"occurrences": 120, "before": 20, "after": 0},
    }


def test_a_comparison_in_markdown(evaluation, readings):
    changes = compare_readings(evaluation, readings)
    text = format_comparison(changes, evaluation.pages, "as found")
    assert "Restored less as found" in text and "(10 pages, drawn" in text
    assert (
        "| the recogniser that guided it | +0.0 [+0.0, +0.0] | +0 % |" in text
    )
    assert "| the judge | -23.1 [-" in text and "] | -75 % |" in text
    assert "What the judge confuses" in text
    assert "| `t` | `l` | 80 (66.7 %) | 20 (16.7 %) |" in text
    assert "| space | - | 40 (50.0 %) | 0 (0.0 %) |" in text


def test_what_is_drawn_is_named():
    assert count_drawn(["a", "b", "a"]) == "2 pages"
    assert count_drawn(["a", None, "b", None, None]) == "2 pages and 3 lines"


def test_every_character_is_seen_in_a_table():
    shown = ("", "|", "`", " ", "\u00a0", "\u0301", "\u200d", "é")
    assert [show_character(c) for c in shown] == [
        *("-", "vertical line", "grave accent", "space", "no-break space"),
        *("combining acute accent", "zero width joiner", "`é`"),
    ]
