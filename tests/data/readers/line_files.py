"""Small folders and tables of lines, and what is read of them."""

import csv

from tests import hostile


def texts(found):
    return [line.text for line in found.lines]


def write_csv(path, header, *rows, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, **options).writerows([header, *rows])


def write_folder(folder, count=3, first=0, size=(320, 40)):
    """Images `0.png` and so on; rows of file name and text for them."""
    rows = []
    for i in range(first, first + count):
        hostile.write_line(folder / f"{i}.png", i, size)
        rows.append((f"{i}.png", f"text {i}"))
    return rows


def reasons(found, path):
    """From the number of a table's row to what is wrong with it."""
    problems = {}
    for problem in found.problems:
        assert "\n" not in str(problem) and len(str(problem)) < 600
        number = problem.name.removeprefix(f"{path}: line ")
        problems[int(number)] = problem.reason
    return problems
