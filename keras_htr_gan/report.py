"""The report of a run: what was reached, in Markdown with pictures."""

ROWS = {
    "degraded": "degraded (input)",
    "warm_up": "restored, end of the warm-up",
    "restored": "restored, end of the training",
    "clean": "clean (the target)",
}
COLUMNS = {
    "CER": "CER",
    "WER": "WER",
    "judge_CER": "CER, judge",
    "judge_WER": "WER, judge",
    "PSNR": "PSNR",
    "SSIM": "SSIM",
}


def report_markdown(scores, settings, lines, minutes):
    """Writes up a run.

    Args:
        scores: dict of dicts: for each of `ROWS` that there is, its figures
            on the test split, see `score_table`.
        settings: dict, the configuration of the run.
        lines: int, test lines.
        minutes: float, time of the training.

    Returns:
        str, Markdown.
    """
    ratio = scores["restored"]["CER"] / max(scores["degraded"]["CER"], 1e-9)
    judge = "judge_CER" in scores["clean"]
    readers = "the recogniser that guided the training" + (
        " and a judge\nthat had no part in it" if judge else ""
    )
    return f"""# Restored handwriting

{lines} lines of the test split of {", ".join(settings["data"])},
read by {readers}; size `{settings["size"]}`,
backend {settings["backend"]}, seed {settings["seed"]},
{settings["epochs"]} epochs of
{settings["steps_per_epoch"]} batches of {settings["batch_size"]} lines,
{minutes:.1f} minutes.

{score_table(scores, ROWS)}

Restored lines are read with {ratio:.2f} times the character errors of the
degraded ones.

![degraded, restored, clean](samples/test.png)

![curves](curves.png)
"""


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
