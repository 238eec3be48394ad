"""Tables of figures, in Markdown."""

COLUMNS = {
    "CER": "CER",
    "WER": "WER",
    "judge_CER": "CER, judge",
    "judge_WER": "WER, judge",
    "PSNR": "PSNR",
    "SSIM": "SSIM",
}


def score_table(scores, titles):
    """Figures of several images of the same lines, a Markdown table.

    Args:
        scores: dict of a row's name to its figures: some of `COLUMNS`, error
            rates as fractions, PSNR in dB.
        titles: dict of row names, in their order, to what is printed.

    Returns:
        str.
    """
    rows = [(title, scores[n]) for n, title in titles.items() if n in scores]
    columns = [c for c in COLUMNS if any(c in row for _, row in rows)]
    lines = [
        ["", *(COLUMNS[c] for c in columns)],
        ["---"] * (len(columns) + 1),
        *([title, *(figure(row, c) for c in columns)] for title, row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def figure(row, column):
    if column not in row:
        return "-"
    value = row[column]
    if column == "PSNR":
        return f"{value:.2f} dB"
    return f"{value:.3f}" if column == "SSIM" else f"{100 * value:.1f} %"
