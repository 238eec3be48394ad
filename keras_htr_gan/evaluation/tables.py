"""Tables of figures, in Markdown."""

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
    "binary PSNR": "binary PSNR",
    "DRD": "DRD",
    "NRM": "NRM",
    "MCC": "MCC",
}
FORMATS = {
    "PSNR": "{:.2f} dB",
    "SSIM": "{:.3f}",
    "F-measure": "{:.1f} %",
    "binary PSNR": "{:.2f} dB",
    "DRD": "{:.2f}",
    "NRM": "{:.3f}",
    "MCC": "{:.3f}",
}


def score_table(scores, titles, some=tuple(COLUMNS)):
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
    lines = [
        ["", *(COLUMNS[c] for c in columns)],
        ["---"] * (len(columns) + 1),
        *([title, *(figure(row, c) for c in columns)] for title, row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def figure(row, column):
    if column not in row:
        return "-"
    if column in FORMATS:
        return FORMATS[column].format(row[column])
    return f"{100 * row[column]:.1f} %"
