"""What an audit shows: tables with intervals, and the worst spans."""

import dataclasses

import numpy as np
from PIL import Image

from keras_htr_gan.evaluation.binarization import METHODS
from keras_htr_gan.evaluation.metrics.resampling import (
    find_interval,
    resample_rates,
)
from keras_htr_gan.evaluation.report_folder import report_folder
from keras_htr_gan.evaluation.tables import format_table, write_csv
from keras_htr_gan.storage import whole_file, write_whole

WAYS = (*METHODS, "restored")
# Shares that are measured, each with its figures: parts and wholes.
MEASURES = {
    "ink": ("ink", "pixels"),
    "letters": ("letters", "spans"),
    "lost": ("lost", "written"),
}
# If there was none among n, there may be as many among n, with 95 % confidence.
AMONG_NONE = 3.0
READ = {
    "before": "before removal",
    "removed": "removed, clean",
    "aged": "as aged",
    "restored": "restored",
}
WORST, ACROSS, GAP = 24, 2, 4


def format_audit(title, findings, missing=0):
    """The report in Markdown: str.

    Args:
        title: str.
        findings: list of `Finding`.
        missing: int, cases that could not be made.
    """
    if not findings:
        return f"# {title}\n\nNo line has a span that could be removed.\n"
    groups = group_findings(findings)
    spans = sum(f.figures["restored"].spans for f in findings)
    tables = {
        measure: format_measure(groups, measure)
        for measure in ("letters", "ink")
    }
    lost = format_measure(group_findings(findings, kinds=False), "lost")
    without = (
        f" {missing} lines or pages had no such span and are left out."
        if missing
        else ""
    )
    text = f"""# {title}

{spans} words, letters, and upper or lower halves of letters ("half strokes")
were removed from {len(findings)} lines and pages before these were aged by the
recipes light, medium and heavy.{without} The model, Otsu, Sauvola and Wolf are
told the height of lines. Intervals of 95 %, of what is restored, come of
drawing anew: lines, those of a page together, and pages. If there was none
among n, it ends at 3 / n.

Removed spans in which connected ink of a letter's size was found: as long as a
quarter of a line's height, or an eighth for half strokes. Last, those where the
scan does not support such ink:

{tables["letters"]}

Share of the pixels of removed spans that became ink:

{tables["ink"]}

Ink of the clean line that was lost elsewhere:

{lost}
"""
    if any(finding.read for finding in findings):
        text += f"""
Letters that the model's recogniser read in removed spans of lines, in 100 of
them: of the clean line before and after removal, as it aged, and restored:

{format_read(groups)}
"""
    return text


def group_findings(findings, kinds=True):
    """Findings by what they are of: dict of str to lists, sums last.

    Args:
        kinds: bool, whether kinds of spans are told apart.
    """
    groups = {}
    for finding in findings:
        kind = f", {finding.kind}" if kinds else ""
        name = f"{finding.where}, {finding.severity}{kind}"
        groups.setdefault(name, []).append(finding)
    for finding in findings:
        groups.setdefault(f"all {finding.where}", []).append(finding)
    return groups


def format_measure(groups, measure):
    """A table of one of `MEASURES`: str."""
    rows = []
    for name, findings in groups.items():
        cells = [
            f"{100 * part.sum() / max(whole.sum(), 1):.1f} %"
            for part, whole in (
                count_measure(findings, way, measure) for way in METHODS
            )
        ]
        cells.append(format_share_of(findings, measure))
        if measure == "letters":
            count = sum(f.figures["restored"].spans for f in findings)
            made_up = sum(f.unsupported for f in findings)
            cells = [str(count), *cells, f"{100 * made_up / count:.1f} %"]
        rows.append([name, *cells])
    spans = ["spans"] if measure == "letters" else []
    last = ["not supported"] if measure == "letters" else []
    return format_table(["", *spans, *WAYS, *last], rows)


def count_measure(findings, way, measure):
    """Parts and wholes of one of `MEASURES`: two int arrays."""
    return [
        np.array([getattr(f.figures[way], name) for f in findings])
        for name in MEASURES[measure]
    ]


def format_share_of(findings, measure):
    """The share of what is restored, with its 95 % interval: str."""
    part, whole = count_measure(findings, "restored", measure)
    share = part.sum() / max(whole.sum(), 1)
    rates = resample_rates(part, whole, [f.page for f in findings])
    low, high = find_interval(rates)
    if measure == "letters" and not share:
        high = min(1.0, AMONG_NONE / whole.sum())
    return "{:.1f} % [{:.1f}, {:.1f}]".format(
        *(100 * x for x in (share, low, high))
    )


def format_read(groups):
    """A table of the letters that were read in removed spans: str."""
    rows = []
    for name, findings in groups.items():
        some = [f for f in findings if f.read]
        if some:
            means = (
                100 * np.mean([f.read[image] for f in some]) for image in READ
            )
            rows.append([name, *(f"{mean:.0f}" for mean in means)])
    return format_table(["", *READ.values()], rows)


def write_audit(output, report, findings):
    """Writes the report, its figures and a picture of the worst spans.

    Args:
        output: `Path` of the folder.
        report: str, the report in Markdown.
        findings: list of `Finding`.

    Raises:
        UserError: if the folder cannot be written.
    """
    worst = sorted(
        (span for finding in findings for span in finding.shown),
        key=lambda span: -span[0],
    )[:WORST]
    with report_folder(output):
        if worst:
            with whole_file(output / "worst.png") as partial:
                draw_worst([picture for _, picture in worst]).save(partial)
            report += (
                "\nThe worst spans: the scan before removal, as it aged "
                "without, and restored.\n\n![worst](worst.png)\n"
            )
        write_whole(output / "report.md", report)
        write_csv(output / "spans.csv", list_rows(findings))


def list_rows(findings):
    """The figures of each line and page and way, to be written: list."""
    rows = []
    for finding in findings:
        place = [finding.where, finding.severity, finding.kind, finding.page]
        for way, figures in finding.figures.items():
            rows.append([*place, way, *dataclasses.astuple(figures)])
    names = [field.name for field in dataclasses.fields(figures)]
    header = ["where", "severity", "removed", "page", "image", *names]
    return [header, *rows]


def draw_worst(pictures):
    """Spans one below the other, see `Finding`: `PIL.Image.Image`."""
    height, width = np.max([picture.shape[1:] for picture in pictures], axis=0)
    rows = []
    for picture in pictures:
        frame = np.full((3, height + GAP, width + GAP), 128, "uint8")
        frame[:, : picture.shape[1], : picture.shape[2]] = picture
        rows.append(np.hstack(list(frame)))
    rows += [np.full_like(rows[0], 128)] * (-len(rows) % ACROSS)
    sheet = [
        np.hstack(rows[first : first + ACROSS])
        for first in range(0, len(rows), ACROSS)
    ]
    return Image.fromarray(np.vstack(sheet))
