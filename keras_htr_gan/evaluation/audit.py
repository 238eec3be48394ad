"""Whether a model invents: ink is removed, and what is restored there counted.

Lines and pages lack a word, a letter or half of one from the beginning, so that
the paper there ages as all of it does. What is restored there was never
written: it is invented, or it is dirt, or of the other side.
"""

import dataclasses
from pathlib import Path

import numpy as np
from tqdm import tqdm

from keras_htr_gan.data.paper import find_blank_paper
from keras_htr_gan.data.recipes import RECIPES
from keras_htr_gan.data.sources import SourceOptions, open_split
from keras_htr_gan.evaluation.audit_report import format_audit, write_audit
from keras_htr_gan.evaluation.binarization import METHODS, binarize
from keras_htr_gan.evaluation.composing import PITCH
from keras_htr_gan.evaluation.erased_cases import make_case
from keras_htr_gan.evaluation.erased_spans import Spans
from keras_htr_gan.evaluation.erasing import SPANS
from keras_htr_gan.evaluation.report_folder import refuse_full
from keras_htr_gan.reading.confidence import read_with_confidence
from keras_htr_gan.restoration.evidence import find_unsupported_ink
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.runtimes.loading import load_reading_model

WHERE = ("lines", "pages")
# The height of lines that the binarisations are told.
WINDOW = round(0.95 * PITCH)
# Of a line's height, what is shown on either side of a span.
BESIDE = 1.5


@dataclasses.dataclass(frozen=True)
class Finding:
    """What came out of an `ErasedCase`.

    Attributes:
        where, severity, kind, page: see there.
        figures: dict of each of `METHODS`, and `"restored"`, to `SpanFigures`.
        unsupported: int, restored spans with ink of a letter's size that the
            scan does not support.
        read: dict of `"before"`, `"removed"`, `"aged"` and `"restored"` to int,
            letters read in the span: of the clean line before, and without it;
            empty where nothing was read.
        shown: list of `(share, picture)`: of each span with any ink the share
            of its pixels, and uint8 `(3, height, width)`: the scan before
            removal, as it aged, and restored.
    """

    where: str
    severity: str
    kind: str
    page: str
    figures: dict
    unsupported: int
    read: dict
    shown: list


def audit_model(
    model="latin_small",
    data=("synthetic",),
    lines=40,
    pages=3,
    split="all",
    split_by="auto",
    language="en",
    polarity="auto",
    paper=None,
    output=None,
):
    """Removes ink, ages what is left, restores it and looks for what is new.

    Args:
        model: see `Restorer.from_preset`.
        data: sequence of str, whose lines: see `open_split`.
        lines, pages: int, of each kind of span and each severity.
        split: str, `"all"` lines, or one split as training would make it.
        split_by, language, polarity: see `SourceOptions`.
        paper: `Path` of a folder of scans: half of all is written on blank
            paper that is cut from them; or `None` for drawn paper alone.
        output: `Path` of a folder to be written, or `None`.

    Returns:
        str, the report in Markdown.

    Raises:
        UserError: names what cannot be used.
    """
    refuse_full(output)
    options = SourceOptions(
        language=language, height=PITCH, split_by=split_by, polarity=polarity
    )
    sources = [open_split(name, options, split) for name in data]
    papers = find_blank_paper(paper)[0] if paper else ()
    restorer = Restorer.from_preset(model)
    reader = find_reader(model)
    counts = dict(zip(WHERE, (lines, pages), strict=True))
    work = [
        (where, severity, kind, number)
        for where in WHERE
        for severity in RECIPES
        for kind in SPANS
        for number in range(counts[where])
    ]
    findings = []
    for place in tqdm(work, unit=" images", disable=None):
        source = sources[place[-1] % len(sources)]
        case = make_case(source, *place, papers)
        if case is not None:
            findings.append(judge_case(case, restorer, reader))
    title = f"{', '.join(data)}, restored by {model}"
    report = format_audit(title, findings, len(work) - len(findings))
    if output is not None:
        write_audit(output, report, findings)
    return report


def find_reader(model):
    """The recogniser of a model, or `None` if it has none."""
    if str(model).endswith(".onnx"):
        return None
    if Path(model).is_file():
        from keras_htr_gan.htr_gan import HTRGAN

        return HTRGAN.from_preset(model).recognizer
    return load_reading_model(model)


def judge_case(case, restorer, reader=None):
    """Restores a case and measures it: `Finding`.

    Args:
        case: `ErasedCase`.
        restorer: `Restorer`.
        reader: see `read_with_confidence`, or `None`.
    """
    spans = Spans(case.clean, case.erased, case.kind)
    images = {name: binarize(case.aged, name, WINDOW) for name in METHODS}
    kind = "line" if case.where == "lines" else "page"
    restored = restorer.restore(case.aged, kind=kind, text_height=PITCH)
    images["restored"] = restored
    unsupported = find_unsupported_ink(case.aged, restored)
    read = {}
    # Of half a letter the other half is there to be read.
    if reader and kind == "line" and case.kind != "half strokes":
        seen = {
            **{"before": case.clean, "removed": case.erased},
            **{"aged": case.aged, "restored": restored},
        }
        readings = read_with_confidence(reader, list(seen.values()))
        read = dict(zip(seen, map(spans.count_letters, readings), strict=True))
    return Finding(
        *(case.where, case.severity, case.kind, case.page),
        {name: spans.measure(image) for name, image in images.items()},
        len(spans.find_letters(unsupported)),
        read,
        show_spans(case, restored, spans),
    )


def show_spans(case, restored, spans):
    """What is shown of spans, see `Finding`."""
    shown, beside = [], round(BESIDE * PITCH)
    for number, (rows, columns) in spans.boxes().items():
        inside = spans.labels == number
        share = float(np.mean(restored[inside] < 0.5))
        if not share:
            continue
        top = max(0, (rows.start + rows.stop - PITCH) // 2)
        left = max(0, columns.start - beside)
        part = np.s_[top : top + PITCH, left : columns.stop + beside]
        three = [image[part] for image in (case.whole, case.aged, restored)]
        shown.append((share, np.uint8(np.round(255 * np.stack(three)))))
    return shown
