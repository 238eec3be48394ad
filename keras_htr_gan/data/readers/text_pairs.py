"""Line images with their texts beside them: `a.png` and `a.gt.txt`.

So kraken, Tesseract's tesstrain, OCR-D and calamari have them. A step of
Ocropus and calamari puts its name before the suffix of the image, as
`a.nrm.png` or `a.bin.png`.
"""

import dataclasses
import itertools
from pathlib import PurePath

from keras_htr_gan.data.lines import Problem
from keras_htr_gan.data.readers.encodings import decode_text
from keras_htr_gan.data.readers.file_names import fold_name, is_regular
from keras_htr_gan.data.readers.folders import TEXT, find_split
from keras_htr_gan.data.readers.tables import OUTSIDE, make_line
from keras_htr_gan.data.wording import to_one_line
from keras_htr_gan.images.decoding import IMAGE_SUFFIXES
from keras_htr_gan.storage import is_within

LARGEST = 64 * 2**10
SUFFIXES = list(IMAGE_SUFFIXES)


def read_text_pairs(folder, texts, names):
    """Reads the lines of all folders that hold texts of lines.

    A line's `page` is its folder, unless all lines are in one, or the folder
    is but a split; its `split` is what a folder above it is called.

    Args:
        folder: `Path`; nothing outside is read.
        texts: dict, see `FolderContent`.
        names: `FileNames`.

    Returns:
        Lists of `Line`, of `Problem`, and of str, what else there is to say.
    """
    lines, problems, left = [], [], 0
    for place, files in texts.items():
        columns = name_columns(place.relative_to(folder))
        pairs, unpaired, more = pair_files(place, files, names)
        problems += unpaired
        left += more
        for text, image in pairs:
            try:
                content, wrong = read_text(place / text, folder)
                problems += wrong
                row = {"text": content}
                images = {"clean": check_image(place / image, folder)}
                line = make_line(str(place / text), row, images, columns)
                lines.append(line)
            except ValueError as error:
                problems.append(Problem(str(place / text), str(error)))
    if len({line.columns.get("page") for line in lines}) == 1:
        lines = [drop_page(line) for line in lines]
    notes = [f"{left} images are left out: their texts have another image"]
    return lines, problems, notes if left else []


def check_image(path, folder):
    """The path of an image; `ValueError` says why it cannot be used."""
    if not is_within(path, folder):
        raise ValueError(f"{to_one_line(path.name)} {OUTSIDE}")
    if not is_regular(path):
        raise ValueError(f"no such image: {to_one_line(path.name)}")
    return path


def name_columns(place):
    """The columns of the lines of a folder.

    Args:
        place: `Path`, beginning at the data's folder.
    """
    columns = {}
    split = find_split(place.parts)
    if split:
        columns["split"] = split
    if any(not find_split([part]) for part in place.parts):
        columns["page"] = to_one_line(place.as_posix())
    return columns


def drop_page(line):
    columns = {k: v for k, v in line.columns.items() if k != "page"}
    return dataclasses.replace(line, columns=columns)


def pair_files(place, files, names):
    """Finds the image of each text in a folder.

    Args:
        place: `Path` of the folder.
        files: list of str, the names in it.
        names: `FileNames`, which is told of names that are spelt otherwise.

    Returns:
        List of the name of a text and of its image, list of `Problem`, and
        the number of images that are left out, as their text has another one.
    """
    texts = {n[: -len(TEXT)]: n for n in files if n.lower().endswith(TEXT)}
    images = collect_images(files, texts)
    chosen = {stem: stem for stem in texts if stem in images}
    lone_texts = group_by_spelling(texts.keys() - images.keys())
    lone_images = group_by_spelling(images.keys() - texts.keys())
    problems = []
    for key, stems in lone_texts.items():
        near = lone_images.pop(key, [])
        if len(stems) == len(near) == 1:
            chosen[stems[0]] = near[0]
            continue
        reason = "no image beside it"
        if near:
            alike = ", ".join(to_one_line(images[stem][0]) for stem in near)
            reason += f" is called so; but for capitals or accents {alike}"
        problems += [Problem(str(place / texts[s]), reason) for s in stems]
    for stem in itertools.chain(*lone_images.values()):
        reason = f"no text beside it: {to_one_line(stem + TEXT)}"
        problems += [Problem(str(place / n), reason) for n in images[stem]]
    pairs = []
    for stem, text in texts.items():
        if stem in chosen:
            image = images[chosen[stem]][0]
            pairs.append((text, image))
            if stem != chosen[stem]:
                names.respelt[place / text] = place / image
    left = sum(len(images[stem]) - 1 for stem in chosen.values())
    return pairs, problems, left


def collect_images(files, texts):
    """The images in a folder by what they are called, without their suffixes.

    Args:
        files: list of str.
        texts: collection of what texts are called, without their suffix.

    Returns:
        dict of str to a list of str; the image that is taken comes first.
    """
    known = {fold_name(stem) for stem in texts}
    found = {}
    for name in files:
        path = PurePath(name)
        if path.suffix.lower() not in SUFFIXES:
            continue
        # What stands before the suffix may be a step, or belong to the name.
        stems = [path.stem]
        if "." in path.stem:
            stems.append(path.stem.rpartition(".")[0])
        stem = next(
            (s for s in stems if s in texts),
            next((s for s in stems if fold_name(s) in known), path.stem),
        )
        rank = rank_image(path.stem[len(stem) :], path.suffix)
        found.setdefault(stem, []).append((rank, name))
    return {
        stem: [name for _, name in sorted(ranked)]
        for stem, ranked in found.items()
    }


def rank_image(step, suffix):
    """Where an image stands among those of its text: tuple, least first."""
    ranks = {"": 0, ".nrm": 1, ".bin": 3}
    return ranks.get(step.lower(), 2), SUFFIXES.index(suffix.lower())


def group_by_spelling(stems):
    """Groups names that differ in capitals or in the form of Unicode."""
    groups = {}
    for stem in sorted(stems):
        groups.setdefault(fold_name(stem), []).append(stem)
    return groups


def read_text(path, folder):
    """Reads the text of a line.

    Args:
        path: `Path`.
        folder: `Path`; nothing outside is read.

    Returns:
        str, and a list of `Problem`, see `decode_text`.

    Raises:
        ValueError: if it cannot be the text of a line.
    """
    if not is_within(path, folder):
        raise ValueError(OUTSIDE)
    if not is_regular(path):
        raise ValueError("no file")
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise ValueError(f"larger than {LARGEST >> 10} KiB: no text of a line")
    text, problems = decode_text(path, data)
    # A line ends as on Linux, Windows or an old Macintosh.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [line for line in lines if line.strip()]
    if len(lines) > 1:
        raise ValueError(
            f"a text of {len(lines)} lines, not of one: the image of a page, "
            "perhaps, to be cut into lines"
        )
    return "".join(lines), problems
