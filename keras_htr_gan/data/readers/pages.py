"""Lines cut from the images of transcribed pages."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from keras_htr_gan.data.lines import Line, Problem
from keras_htr_gan.data.readers.measuring import THREADS, show_progress
from keras_htr_gan.data.readers.outlines import cut_line
from keras_htr_gan.data.readers.page_xml import read_transcription
from keras_htr_gan.data.readers.safe_xml import PageError
from keras_htr_gan.data.wording import to_one_line
from keras_htr_gan.images.decoding import ImageError, load_grey
from keras_htr_gan.storage import cache_folder, write_whole


def read_page_folder(folder, files, progress, names, polarity):
    """Reads the lines of pages; the cuts are kept in the cache.

    Args:
        folder: `Path`; nothing outside is read.
        files: list of `Path`, see `find_page_files`.
        progress, polarity: see `read_lines`.
        names: `FileNames`.

    Returns:
        Lists of `Line` and of `Problem`.
    """
    lines, problems = [], []
    with ThreadPoolExecutor(THREADS) as pool:
        pages = pool.map(
            lambda path: read_and_cut(path, folder, names, polarity), files
        )
        for found, missed in show_progress(
            pages, len(files), "pages", progress
        ):
            lines += found
            problems += missed
    return lines, problems


def read_and_cut(path, folder, names, polarity):
    """The lines of one page and its problems."""
    try:
        page = read_transcription(path, folder, names)
    except PageError as error:
        return [], [Problem(str(path), error.problem)]
    problems = [
        Problem(str(path), reason.removeprefix(f"{to_one_line(path.name)}: "))
        for reason in page.problems
    ]
    state = page.image.stat()
    identity = f"{page.image.resolve()} {state.st_mtime_ns} {state.st_size}"
    image, lines = None, []
    for line in page.lines:
        key = f"{identity} {line.polygon} {polarity}"
        digest = hashlib.sha256(key.encode()).hexdigest()[:24]
        cut = cache_folder() / "lines" / f"{digest}.png"
        if not cut.is_file():
            if image is None:
                try:
                    image = np.uint8(np.round(255 * load_grey(page.image)))
                except ImageError as error:
                    return [], [*problems, Problem(str(page.image), str(error))]
            line_image = cut_line(image, line.polygon, polarity=polarity)
            write_png(cut, line_image)
        columns = {"page": str(path.relative_to(folder).with_suffix(""))}
        lines.append(Line(line.name, line.text, cut, None, columns))
    return lines, problems


def write_png(path, image):
    """Writes a grey image, uint8 `(height, width)`, whole."""
    # OpenCV itself writes to no path with letters that Windows' code page
    # lacks.
    write_whole(path, cv2.imencode(".png", image)[1].tobytes())
