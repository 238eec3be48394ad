"""What of restored documents the scans do not support, as files beside them:
a picture of each page, and a list for programs."""

import io
import json

import cv2
import numpy as np
from PIL import Image

from keras_htr_gan.restoration.borders import cover_borders
from keras_htr_gan.restoration.evidence import (
    find_unsupported_ink,
    measure_share,
)
from keras_htr_gan.storage import write_whole

# The palette's last entry is the warning; all others are grey.
WARNING, MAGENTA = 255, (255, 0, 160)
# How far apart, of the longer side, marks of one box are.
TOGETHER = 1 / 100


class DocumentEvidence:
    """The evidence of a document's pages, to be written when all are known.

    Attributes:
        pages: list of dict, for JSON: `page`, from 1; `unsupported`, the share
            of its restored ink; `boxes`, lists of left, top, right and bottom,
            pixels of what is written.
    """

    def __init__(self):
        self.pages, self.pictures = [], []

    def add(self, page, restored, borders=None, rows=None):
        """Takes a page.

        Args:
            page: `Page`, dark ink on light.
            restored, borders: see `render_page`.
            rows: slice, those that are written; `None` for all.
        """
        scan = cover_borders(page.grey, borders)
        mask = find_unsupported_ink(scan, restored)
        share = measure_share(mask, restored)
        if rows is not None:
            mask, restored = mask[rows], restored[rows]
        place = page.place
        number = len(self.pages) if place is None else place.number
        self.pages.append(
            {
                "page": number + 1,
                "unsupported": round(share, 6),
                "boxes": find_boxes(mask),
            }
        )
        self.pictures.append(encode_picture(restored, mask))

    def write(self, path):
        """Writes the pictures and the list beside a document.

        Args:
            path: `Path` of what they are called, without a suffix.

        Raises:
            OSError: if they cannot be written.
        """
        for number, picture in enumerate(self.pictures, 1):
            page = f"_{number:03d}" if len(self.pictures) > 1 else ""
            write_whole(path.with_name(f"{path.name}{page}.png"), picture)
        told = json.dumps({"pages": self.pages}, indent=1)
        write_whole(path.with_name(f"{path.name}.json"), f"{told}\n")

    def tell(self, path):
        """What is said of the document: str, empty if all is supported.

        Args:
            path: `Path` of its result.
        """
        odd = [page for page in self.pages if page["boxes"]]
        if not odd:
            return ""
        worst = max(odd, key=lambda page: page["unsupported"])
        of_page = ""
        if len(self.pages) > 1:
            of_page = f" on page {worst['page']}, the most of {len(odd)} pages"
        return (
            f"not supported by the scan: {100 * worst['unsupported']:.2f} % of "
            f"the ink{of_page}: {path}"
        )


def find_boxes(mask):
    """Boxes around what lies together in a mask: lists of four int.

    Args:
        mask: bool `(height, width)`.

    Returns:
        list of `[left, top, right, bottom]`, the last two not inside.
    """
    if not mask.any():
        return []
    # Coarsely, as a page is large, and only then as narrowly as it is.
    step = max(1, round(TOGETHER * max(mask.shape)))
    rows, columns = (-(-side // step) for side in mask.shape)
    size = ((0, rows * step - len(mask)), (0, columns * step - mask.shape[1]))
    cells = np.pad(mask, size).reshape(rows, step, columns, step)
    cells = np.uint8(cells.any(axis=(1, 3)))
    _, _, stats, _ = cv2.connectedComponentsWithStats(cells)
    boxes = []
    for left, top, width, height, _ in stats[1:] * step:
        part = mask[top : top + height, left : left + width]
        down, along = (np.flatnonzero(part.any(axis=i)) for i in (1, 0))
        box = left + along[0], top + down[0], left + along[-1], top + down[-1]
        boxes.append([int(n) + (i > 1) for i, n in enumerate(box)])
    return boxes


def encode_picture(restored, mask):
    """A restored page with a mask in a colour of warning: bytes, a PNG.

    Args:
        restored: float32 `(height, width)`, 0 = ink, 1 = paper.
        mask: bool of the same shape.
    """
    grey = np.uint8(np.round((WARNING - 1) * restored))
    grey[mask] = WARNING
    picture = Image.fromarray(grey, "P")
    levels = np.arange(256) * 255 // (WARNING - 1)
    palette = np.repeat(np.uint8(np.minimum(levels, 255)), 3)
    palette[-3:] = MAGENTA
    picture.putpalette(palette.tobytes())
    file = io.BytesIO()
    picture.save(file, format="PNG")
    return file.getvalue()
