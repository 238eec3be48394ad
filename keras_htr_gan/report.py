"""The report of a run: what was reached, in Markdown with pictures."""

ROWS = {
    "degraded": "degraded (input)",
    "warm_up": "restored, end of the warm-up",
    "restored": "restored, end of the training",
    "clean": "clean (the target)",
}


def report_markdown(scores, settings, lines, minutes):
    """Writes up a run.

    Args:
        scores: dict of dicts: for each of `ROWS` that there is, its `CER`,
            `WER` and, but for clean lines, `PSNR` and `SSIM` on the test
            split.
        settings: dict, the configuration of the run.
        lines: int, test lines.
        minutes: float, time of the training.

    Returns:
        str, Markdown.
    """
    rows = "\n".join(
        f"| {title} | {100 * s['CER']:.1f} % | {100 * s['WER']:.1f} % "
        f"| {figure(s.get('PSNR'), '.2f', ' dB')} "
        f"| {figure(s.get('SSIM'), '.3f')} |"
        for name, title in ROWS.items()
        if (s := scores.get(name))
    )
    ratio = scores["restored"]["CER"] / max(scores["degraded"]["CER"], 1e-9)
    return f"""# Restored handwriting

{lines} lines of the test split of {", ".join(settings["data"])},
read by the recogniser that guided the training; size `{settings["size"]}`,
backend {settings["backend"]}, seed {settings["seed"]},
{settings["epochs"]} epochs of
{settings["steps_per_epoch"]} batches of {settings["batch_size"]} lines,
{minutes:.1f} minutes.

| | CER | WER | PSNR | SSIM |
|---|---|---|---|---|
{rows}

Restored lines are read with {ratio:.2f} times the character errors of the
degraded ones.

![degraded, restored, clean](samples/test.png)

![curves](curves.png)
"""


def figure(value, spec, unit=""):
    return "-" if value is None else f"{value:{spec}}{unit}"
