import csv

from keras_htr_gan.evaluation.tables import (
    format_row,
    format_scores,
    format_table,
    write_scores,
)

SCORES = {
    "degraded": {"CER": 0.5, "PSNR": 12.345},
    "clean": {"CER": 0.012, "judge_CER": 0.1},
}


def test_a_table_in_markdown():
    rows = [["a", "1"], ["b", "2"]]
    table = format_table(["", "n"], rows)
    assert table == "|  | n |\n| --- | --- |\n| a | 1 |\n| b | 2 |"
    grown = [format_table(["", "n"], []), *map(format_row, rows)]
    assert table == "\n".join(grown)


def test_scores_have_their_units_and_gaps():
    table = format_scores(SCORES, {"clean": "the target", "degraded": "input"})
    assert table.splitlines() == [
        "|  | CER | CER, judge | PSNR |",
        "| --- | --- | --- | --- |",
        "| the target | 1.2 % | 10.0 % | - |",
        "| input | 50.0 % | - | 12.35 dB |",
    ]


def test_scores_are_written_whole(tmp_path):
    write_scores(tmp_path / "new" / "scores.csv", SCORES)
    with open(tmp_path / "new" / "scores.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {
        "image": "degraded",
        "CER": "0.5",
        "judge_CER": "",
        "PSNR": "12.345",
    }
    assert [path.name for path in tmp_path.rglob("*.*")] == ["scores.csv"]
