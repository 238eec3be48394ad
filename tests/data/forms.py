"""The same lines in every form that users bring them in."""

import csv
import json

import datasets
import numpy as np
from PIL import Image

from keras_htr_gan.data.handwriting import HandwritingSource
from tests.pages import write_pages

FORMS = ("imagefolder", "manifest", "parquet", "page", "alto", "pairs")
PAGES, LINES = 10, 5


def write_lines(form, folder):
    """Writes lines of embedded handwriting on ten pages.

    Args:
        form: one of `FORMS`.
        folder: path; made.

    Returns:
        What to give as `--data`, and a dict from text to the line as it was
        drawn: uint8 `(height, width)`.
    """
    pages = folder / "pages"
    flavour = "alto" if form == "alto" else "page"
    written = write_pages(pages, PAGES, LINES, flavour)
    rows, drawn = [], {}
    for number, lines in enumerate(written, 1):
        name = f"page_{number:04d}"
        with Image.open(pages / f"{name}.png") as page:
            for i, (text, box) in enumerate(lines):
                image = page.convert("L").crop(box)
                drawn[text] = np.asarray(image)
                file = f"{name}_{i}.png"
                image.save(folder / file)
                rows.append({"file_name": file, "text": text, "page": name})
    if form in ("page", "alto"):
        return pages, drawn
    if form == "imagefolder":
        path = folder / "metadata.csv"
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return folder, drawn
    if form == "manifest":
        path = folder / "lines.jsonl"
        with open(path, "w", encoding="utf-8") as file:
            for row in rows:
                row = {"clean": row.pop("file_name"), **row}
                file.write(json.dumps(row) + "\n")
        return path, drawn
    if form == "pairs":
        for row in rows:
            image = folder / row["file_name"]
            place = folder / "pairs" / row["page"]
            place.mkdir(parents=True, exist_ok=True)
            image.rename(place / image.name)
            text = place / f"{image.stem}.gt.txt"
            text.write_text(row["text"] + "\n", encoding="utf-8")
        return folder / "pairs", drawn
    path = folder / "lines.parquet"
    for row in rows:
        data = (folder / row.pop("file_name")).read_bytes()
        row["image"] = {"bytes": data, "path": None}
    table = datasets.Dataset.from_list(rows)
    table.cast_column("image", datasets.Image()).to_parquet(str(path))
    return path, drawn


def write_even_lines(folder, width=128):
    """Writes an `imagefolder` of ten pages whose lines all have one width.

    Args:
        folder: path; made.
        width: int, pixels at a height of 32.

    Returns:
        The folder.
    """
    folder.mkdir()
    source = HandwritingSource("en", max_width=width)
    with open(
        folder / "metadata.csv", "w", newline="", encoding="utf-8"
    ) as file:
        table = csv.writer(file)
        table.writerow(["file_name", "text", "page"])
        for i in range(PAGES * LINES):
            line, image = source[i], Image.new("L", (width, 32), 255)
            clean = np.rint(255 * line["clean"]).astype("uint8")
            image.paste(Image.fromarray(clean))
            image.save(folder / f"{i}.png")
            table.writerow([f"{i}.png", line["text"], i % PAGES])
    return folder
