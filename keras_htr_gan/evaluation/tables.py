"""Tables of figures, in Markdown and as CSV files."""

import csv

from keras_htr_gan.storage import whole_file

COLUMNS = {
    "CER": "CER",
    "WER": "WER",
    "judge_CER": "CER, judge",
    "judge_WER": "WER, judge",
    "outside_CER": "CER, outside reader",
    "outside_WER": "WER, outside reader",
    "PSNR": "PSNR",
    "SSIM": "SSIM",
    "F-measure": "F-measure",
    "pseudo F-measure": "p-FM",
    "binary PSNR": "binary PSNR",
    "DRD": "DRD",
    "NRM": "NRM",
    "MCC": "MCC",
}
FORMATS = {
    "PSNR": "{:.2f} dB",
    "SSIM": "{:.3f}",
    "F-measure": "{:.1f} %",
    "pseudo F-measure": "{:.1f} %",
    "binary PSNR": "{:.2f} dB",
    "DRD": "{:.2f}",
    "NRM": "{:.3f}",
    "MCC": "{:.3f}",
}


def format_table(header, rows):
    """A Markdown table.

    Args:
        header: sequence of str, the columns.
        rows: iterable of sequences of str.

    Returns:
        str, without a line's end after the last row.
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(format_row(line) for line in lines)


def format_row(cells):
    """A row of such a table, for one that is printed as it grows: str."""
    return f"| {' | '.join(cells)} |"


def format_scores(scores, titles, some=tuple(COLUMNS)):
    """Figures of several images of the same lines, a Markdown table.

    Args:
        scores: dict of a row's name to its figures: some of `COLUMNS`, error
            rates as fractions, PSNR in dB.
        titles: dict of row names, in their order, to what is printed.
        some: the keys of `COLUMNS` to show, where any row has them.

    Returns:
        str.
    """
    rows = [(title, scores[n]) for n, title in titles.items() if n in scores]
    columns = [c for c in some if any(c in row for _, row in rows)]
    return format_table(
        ["", *(COLUMNS[c] for c in columns)],
        [
            [title, *(format_figure(row, c) for c in columns)]
            for title, row in rows
        ],
    )


def format_figure(row, column):
    """One of a row's figures with its unit, or `"-"` if it has none: str."""
    if column not in row:
        return "-"
    if column in FORMATS:
        return FORMATS[column].format(row[column])
    return f"{100 * row[column]:.1f} %"


def format_change(difference, low, high):
    """How an error rate changes, in points, with its interval: str."""
    points = (100 * x for x in (difference, low, high))
    return "{:+.1f} [{:+.1f}, {:+.1f}]".format(*points)


def write_scores(path, scores):
    """Writes the same figures to a CSV file, one row an image.

    Args:
        path: path.
        scores: see `format_scores`.
    """
    names = [c for c in COLUMNS if any(c in row for row in scores.values())]
    rows = [
        [image, *(row.get(name, "") for name in names)]
        for image, row in scores.items()
    ]
    write_csv(path, [["image", *names], *rows])


def write_csv(path, rows):
    """Writes a CSV file, whole or not at all.

    Args:
        path: path.
        rows: iterable of sequences, the names of the columns first.
    """
    with (
        whole_file(path) as partial,
        open(partial, "w", newline="", encoding="utf-8") as file,
    ):
        csv.writer(file).writerows(rows)
