import json

import pytest

from keras_htr_gan.data.lines import Line
from keras_htr_gan.data.splits import SPLITS, split_lines
from keras_htr_gan.errors import UserError


def lines(count=100, **columns):
    """Lines with texts of their own and columns made from their number."""
    return [
        Line(
            f"line {i}",
            f"text {i}",
            columns={name: value(i) for name, value in columns.items()},
        )
        for i in range(count)
    ]


def values(splits, column):
    return {s: {x.columns[column] for x in splits[s]} for s in SPLITS}


@pytest.mark.parametrize("count, pages", [(60, 20), (9, 3), (1000, 4)])
def test_no_page_is_in_two_splits(count, pages):
    splits = split_lines(lines(count, page=lambda i: f"p{i % pages}"))
    found = values(splits, "page")
    assert all(found.values())
    assert sum(map(len, found.values())) == pages
    assert sum(map(len, splits.values())) == count
    assert len(splits["train"]) >= len(splits["test"])


def test_a_tenth_is_held_out():
    splits = split_lines(lines(1000, page=lambda i: f"p{i % 100}"))
    assert len(splits["train"]) == 800
    assert len(splits["validation"]) == len(splits["test"]) == 100


def test_the_split_is_the_same_in_any_order():
    own = lines(60, page=lambda i: f"p{i % 20}")
    first, second = split_lines(own), split_lines(own[::-1])
    for split in SPLITS:
        assert set(x.name for x in first[split]) == set(
            x.name for x in second[split]
        )


def test_another_column_can_be_kept_together():
    own = lines(60, page=str, writer=lambda i: f"w{i % 6}")
    found = values(split_lines(own, by="writer"), "writer")
    assert sum(map(len, found.values())) == 6


def test_splits_of_the_data_are_kept():
    own = lines(30, split=lambda i: ("train", "dev", "test")[i % 3])
    splits = split_lines(own)
    assert [len(splits[s]) for s in SPLITS] == [10, 10, 10]
    assert values(splits, "split")["validation"] == {"dev"}


def test_a_missing_split_is_taken_from_the_training():
    own = lines(60, split=lambda i: "test" if i < 20 else "train", page=str)
    splits = split_lines(own)
    assert values(splits, "split")["test"] == {"test"}
    assert 0 < len(splits["validation"]) < len(splits["train"])


def test_texts_of_training_pages_are_not_tested():
    own = lines(40, page=lambda i: f"p{i % 10}")
    before = split_lines(own)
    known = before["train"][0].text
    tested = before["test"][0]
    moved = [
        Line(x.name, known if x is tested else x.text, columns=x.columns)
        for x in own
    ]
    assert len(split_lines(moved)["test"]) == len(before["test"]) - 1


def test_too_little_data_says_what_to_do():
    with pytest.raises(UserError, match="`validation_data`"):
        split_lines(lines(30, page=lambda i: f"p{i % 2}"), name="folder")
    with pytest.raises(UserError, match="no column 'writer', only page"):
        split_lines(lines(30, page=str), by="writer", name="folder")


def test_pages_can_be_named_in_a_file(tmp_path):
    listed = {"by": "page", "validation": ["p1", "p2"], "test": ["p7"]}
    path = tmp_path / "split.json"
    path.write_text(json.dumps(listed))
    splits = split_lines(lines(60, page=lambda i: f"p{i % 20}"), str(path))
    found = values(splits, "page")
    assert found["validation"] == {"p1", "p2"} and found["test"] == {"p7"}
    assert len(found["train"]) == 17


@pytest.mark.parametrize("content", [None, "[]", '{"by": "page"}', "{"])
def test_a_file_of_pages_that_cannot_be_used_is_named(tmp_path, content):
    path = tmp_path / "split.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match="`split_by`: .*split.json"):
        split_lines(lines(60, page=str), str(path))


def test_a_text_on_two_pages_is_in_no_held_out_split(tmp_path):
    own = lines(40, page=lambda i: f"p{i % 10}")
    own += [
        Line(f"more {i}", "again", columns={"page": f"p{i}"}) for i in (1, 7)
    ]
    path = tmp_path / "split.json"
    path.write_text(
        json.dumps({"by": "page", "validation": ["p1"], "test": ["p7"]})
    )
    splits = split_lines(own, str(path))
    for split in ("validation", "test"):
        assert len(splits[split]) == 4
        assert all(line.text != "again" for line in splits[split])


def test_own_splits_by_text_share_no_text_with_the_training():
    own = lines(30, split=lambda i: SPLITS[i % 3])
    own.append(Line("copy", "text 1", columns={"split": "train"}))
    splits = split_lines(own)
    assert "text 1" in {line.text for line in splits["train"]}
    assert "text 1" not in {line.text for line in splits["validation"]}
    assert len(splits["validation"]) == 9
