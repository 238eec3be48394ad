"""Writes data sets with everything in them that should not be there."""

import contextlib
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from tests.pages import write_pages

SECRET = "the text of a file outside the data"
GOOD = {
    "good.png": "a good line",
    "noble.png": "noble line, with a comma",
    "brown.png": "le café brûlé",
}


def write_line(path, seed=0, size=(320, 40)):
    """A small grey image that no other seed gives."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, size[::-1], dtype="uint8")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)


def write_imagefolder(folder):
    """A folder of good lines and of every kind of bad one.

    Args:
        folder: path; files beside it are outside the data.

    Returns:
        dict from what is wrong with a row to its number in `metadata.csv`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True)
    for seed, name in enumerate(GOOD):
        write_line(folder / name, seed)
    write_line(folder.parent / "outside.png", 99)
    (folder / "link.png").symlink_to(folder.parent / "outside.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    write_line(folder / "cut.jpg", 3)
    whole = (folder / "cut.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("no image, only text\n")
    write_bomb(folder / "bomb.png")
    (folder / "palette.bmp").write_bytes(damaged_bmp())
    write_line(folder / "narrow.png", 4, size=(60, 40))
    bad = {
        "truncated": ("cut.jpg", "text"),
        "empty": ("empty.png", "text"),
        "not an image": ("text.png", "text"),
        "bomb": ("bomb.png", "text"),
        "damaged palette": ("palette.bmp", "text"),
        "missing": ("missing.png", "text"),
        "no text": ("good.png", "  "),
        "climbing": ("../outside.png", "text"),
        "linked": ("link.png", "text"),
        "linked to itself": ("loop.png", "text"),
        "absolute": (str(folder.parent / "outside.png"), "text"),
        "name too long": (300 * "x" + ".png", "text"),
        "a zero byte": ("go\0od.png", "text"),
        "no quotes": ("good.png", "one, two"),
        "too long": ("narrow.png", "a label longer than its line"),
    }
    rows = ["file_name,text"]
    rows += [f'{name},"{text}"' for name, text in GOOD.items()]
    numbers = {}
    for what, (name, text) in bad.items():
        rows.append(f"{name},{text}")
        numbers[what] = len(rows)
    (folder / "metadata.csv").write_text("\n".join(rows), encoding="utf-8")
    return numbers


def write_bomb(path, side=30_000):
    """A PNG of black pixels, small as a file and huge once decoded."""
    packer = zlib.compressobj(9)
    rows = bytes(100 * (1 + -(-side // 8)))
    data = b"".join(packer.compress(rows) for _ in range(side // 100))
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"IDAT", data + packer.flush()),
        (b"IEND", b""),
    )
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, body in chunks:
            check = zlib.crc32(kind + body)
            file.write(struct.pack(">I", len(body)) + kind + body)
            file.write(struct.pack(">I", check))


def damaged_bmp():
    """A BMP with a palette larger than there can be."""
    sizes = struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, 8, 0, 64, 0, 0, 99999, 0)
    return b"BM" + struct.pack("<IHHI", 118, 0, 0, 54) + sizes + bytes(64)


def write_jsonl(folder):
    """A `metadata.jsonl` with broken rows; rows 1 and 6 are good."""
    Path(folder).mkdir(parents=True)
    for seed, name in enumerate(GOOD):
        write_line(Path(folder) / name, seed)
    first, _, third = (
        json.dumps({"file_name": n, "text": t}, ensure_ascii=False)
        for n, t in GOOD.items()
    )
    # U+2028 ends a line for Python, not for JSON.
    third = third.replace("café ", "café \u2028")
    rows = [
        first,
        '{"file_name": "noble.png", "te',
        '["noble.png", "text"]',
        100_000 * "[",
        '{"file_name": "noble.png", "text": "half \\ud83d"}',
        third,
    ]
    path = Path(folder) / "metadata.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")


def write_pages_folder(folder):
    """Two good pages, and XML that should do harm, all with good images."""
    folder = Path(folder)
    written = write_pages(folder, 2, 3)
    good = (folder / "page_0001.xml").read_text(encoding="utf-8")
    secret = folder.parent / "secret.txt"
    secret.write_text(SECRET)
    bombs = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10)
    )
    for name, entities, reference in (
        ("external", f'<!ENTITY x SYSTEM "{secret.as_uri()}">', "&x;"),
        ("bomb", bombs, "&a9;"),
    ):
        head, body = good.split("\n", 1)
        body = body.replace("<Unicode>", f"<Unicode>{reference}")
        xml = f"{head}\n<!DOCTYPE PcGts [{entities}]>\n{body}"
        (folder / f"{name}.xml").write_text(xml, encoding="utf-8")
    cut = good[: len(good) // 2]
    (folder / "cut.xml").write_text(cut, encoding="utf-8")
    climbing = good.replace('"page_0001.png"', '"../outside.png"')
    (folder / "climbing.xml").write_text(climbing, encoding="utf-8")
    write_line(folder.parent / "outside.png", 99)
    (folder / "linked.xml").symlink_to(folder.parent / "linked.xml")
    (folder.parent / "linked.xml").write_text(good, encoding="utf-8")
    return [text for page in written for text, _ in page]


# An audit hook stays, so there is one, and it serves whoever listens.
LISTENERS = []


def note_opening(event, arguments):
    if event == "open" and LISTENERS:
        for listener in LISTENERS:
            listener.append(str(arguments[0]))


sys.addaudithook(note_opening)


@contextlib.contextmanager
def openings():
    """Collects the names of all files that Python opens meanwhile."""
    LISTENERS.append([])
    try:
        yield LISTENERS[-1]
    finally:
        LISTENERS.pop()
