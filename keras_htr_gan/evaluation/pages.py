"""Scores a model on pages whose ink is known, as those of DIBCO."""

import numpy as np
from PIL import Image
from tqdm import tqdm

from keras_htr_gan.data.readers.file_names import fold_name
from keras_htr_gan.errors import UserError
from keras_htr_gan.evaluation.binarization import METHODS, binarize
from keras_htr_gan.evaluation.metrics.binary import score_ink
from keras_htr_gan.evaluation.report_folder import refuse_full, report_folder
from keras_htr_gan.evaluation.tables import format_scores, write_scores
from keras_htr_gan.images.decoding import ImageError, load_grey
from keras_htr_gan.images.documents import read_pages
from keras_htr_gan.images.finding import find_documents
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.storage import whole_file, write_whole

SUFFIXES_OF_TRUTH = ("_gt", "-gt", "_estgt", " gt")


def evaluate_pages(scans, truth, model, output=None, polarity="auto"):
    """Restores pages and compares their ink with the truth.

    Args:
        scans: `Path` of a folder of scans.
        truth: `Path` of a folder of binary images, black ink on white, of
            the same names but for their suffix and a final `_GT`.
        model: see `Restorer.from_preset`.
        output: `Path` of a folder to be written, or `None`.
        polarity: see `Restorer.restore`.

    Returns:
        str, the report in Markdown.

    Raises:
        UserError: names what is missing or does not fit.
    """
    refuse_full(output)
    pairs = pair_scans(scans, truth)
    restorer = Restorer.from_preset(model)
    names = ("untouched", *METHODS, "restored")
    scores = {}
    for scan, truth_path in tqdm(pairs, unit=" pages", disable=None):
        image, clean = open_pair(scan, truth_path)
        images = {
            "untouched": image,
            **{method: binarize(image, method) for method in METHODS},
            "restored": restorer.restore(image, kind="page", polarity=polarity),
        }
        scores[scan.name] = {
            name: score_ink([clean], [images[name]]) for name in names
        }
        if output is not None:
            save_restored(output, scan.stem, images["restored"])
    pages = [page for page in scores.values() if page["restored"]]
    if not pages:
        raise UserError(f"`truth`: {truth}: no image has ink (black)")
    means = {
        name: {
            measure: float(np.mean([page[name][measure] for page in pages]))
            for measure in pages[0][name]
        }
        for name in names
    }
    report = f"""# {scans}, restored by {model}

Pages: {len(pages)}. Means against {truth}; ink is what is darker than half.

{format_scores(means, {name: name for name in names})}
"""
    if output is not None:
        rows = {
            f"{page}, {name}": row
            for page, by_name in scores.items()
            for name, row in by_name.items()
        }
        with report_folder(output):
            write_whole(output / "report.md", report)
            write_scores(output / "scores.csv", rows)
    return report


def pair_scans(scans, truth):
    """The scans with their truths: list of `(Path, Path)`."""
    known = find_documents(truth).documents
    truths = {strip_name(path): path for path, _ in known}
    pairs, missing = [], []
    for path, _ in find_documents(scans).documents:
        if strip_name(path) in truths:
            pairs.append((path, truths[strip_name(path)]))
        else:
            missing.append(path.name)
    if missing or not pairs:
        named = ", ".join(missing[:3]) or "any scan"
        raise UserError(
            f"`truth`: {truth}: no truth of {named} in {scans}; name it as the "
            "scan is named, with _GT if you like"
        )
    return pairs


def strip_name(path):
    """The name of a page without what says that it is the truth."""
    name = fold_name(path.stem)
    for suffix in SUFFIXES_OF_TRUTH:
        name = name.removesuffix(suffix)
    return name


def open_pair(scan, truth):
    """The first page of a scan, and its truth, of one shape."""
    try:
        path, image = scan, next(read_pages(scan)).grey
        path, clean = truth, load_grey(truth)
    except ImageError as error:
        raise UserError(f"{path}: {error}") from error
    if image.shape != clean.shape:
        raise UserError(
            f"{truth}: {clean.shape[1]} x {clean.shape[0]} pixels, and "
            f"{scan.name} has {image.shape[1]} x {image.shape[0]}"
        )
    return image, clean


def save_restored(output, name, restored):
    """Writes a page beside the report, under a name without suffix."""
    grey = np.uint8(np.round(255 * restored))
    with (
        report_folder(output),
        whole_file(output / f"{name}.png") as partial,
    ):
        Image.fromarray(grey).save(partial)
