import numpy as np
import pikepdf
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_htr_gan import restore_files
from keras_htr_gan.__main__ import main
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.documents import DocumentWriter, read_pages
from keras_htr_gan.restoration.restorer import Restorer
from tests.hostile import write_bomb
from tests.pdfs import (
    add_image,
    add_page,
    add_surroundings,
    draw_scan,
    look_at_pdf,
)


@pytest.fixture
def scans(tmp_path, rng):
    """A folder of scans: a line, a colour page, two pages in one file."""
    folder = tmp_path / "scans"
    (folder / "box").mkdir(parents=True)
    line = rng.integers(0, 255, (40, 300), "uint8")
    Image.fromarray(line).save(folder / "line.png", dpi=(400, 400))
    page = rng.integers(0, 255, (120, 90, 3), "uint8")
    Image.fromarray(page).save(folder / "box" / "page.jpg", quality=95)
    with DocumentWriter(folder / "box" / "two.tif") as writer:
        for _ in range(2):
            writer.write(rng.integers(0, 255, (100, 80), "uint8"), (300, 300))
    return folder


# It is there in a moment, and to files it is no matter what restores.
MODEL, RUNTIME = "latin_tiny", "onnx"


def invoke(*arguments, runtime=RUNTIME):
    command = ["restore", "--runtime", runtime, *map(str, arguments)]
    return CliRunner().invoke(main, command)


def test_a_folder_is_restored(scans, preset, tmp_path):
    command = (scans, "-o", tmp_path / "out", "--model", preset, "--preview")
    out = tmp_path / "out"
    done = invoke(*command, runtime="keras")
    assert done.exit_code == 0, done.output
    assert "3 of 3 written" in done.output
    for name in ("line.png", "box/page.jpg", "box/two.tif"):
        pairs = zip(
            read_pages(scans / name), read_pages(out / name), strict=True
        )
        for before, after in pairs:
            assert before.grey.shape == after.grey.shape
            assert after.dpi == before.dpi or after.dpi == pytest.approx(
                before.dpi, rel=0.01
            )
            assert after.colour is None
    previews = {path.name for path in out.rglob("*preview*")}
    assert previews == {
        "line_preview.png",
        "page_preview.png",
        "two_preview_001.png",
        "two_preview_002.png",
    }


def test_a_pdf_stays_what_it_is_but_for_its_scans(tmp_path):
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    with pikepdf.new() as pdf:
        scan = add_image(pdf, draw_scan(150, 100))
        add_page(pdf, [(scan, (200, 0, 0, 300, 0, 0))], Rotate=90)
        add_page(pdf, [], mode=0)
        layers = [(scan, (200, 0, 0, 300, 0, 0)), (scan, (9, 0, 0, 9, 0, 0))]
        add_page(pdf, [*layers, (scan, (200, 0, 0, 200, 0, 0))])
        add_surroundings(pdf)
        pdf.save(scans / "a.pdf")
    with pikepdf.new() as pdf:
        add_page(pdf, [], mode=0)
        pdf.save(scans / "text.pdf")
    done = invoke(scans, "-o", out, "--model", MODEL, "--preview")
    assert done.exit_code == 0, done.output
    told = done.stderr.splitlines()
    assert f"as it is: 2 pages, as page 2 of {scans / 'a.pdf'}" in told[-2]
    assert f"restored: 1 pages, as page 3 of {scans / 'a.pdf'}" in told[-1]
    for name in ("a.pdf", "text.pdf"):
        assert look_at_pdf(out / name) == look_at_pdf(scans / name)
    with pikepdf.open(out / "a.pdf") as pdf:
        scan = pdf.pages[0].resources.XObject["/X0"]
        assert (scan.Width, scan.Height) == (100, 150)
        assert scan.ColorSpace == "/DeviceGray"
    assert {path.name for path in out.iterdir()} == {
        *("a.pdf", "a_preview_001.png", "a_preview_002.png", "text.pdf"),
    }


def test_previews_of_one_name_are_two_files(tmp_path, rng):
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    for name in ("a.jpg", "a.png", "a_preview.png"):
        line = rng.integers(0, 255, (20, 90), "uint8")
        Image.fromarray(line).save(scans / name)
    with DocumentWriter(scans / "a.tif") as writer:
        for _ in range(2):
            writer.write(rng.integers(0, 255, (20, 90), "uint8"), None)
    done = invoke(scans, "-o", out, "--model", MODEL, "--preview")
    assert done.exit_code == 0, done.output
    widths = {}
    for path in out.iterdir():
        with Image.open(path) as image:
            widths[path.name] = image.width
    restored = dict.fromkeys(("a.jpg", "a.png", "a.tif", "a_preview.png"), 90)
    assert restored.items() <= widths.items()
    assert sorted(widths.keys() - restored.keys()) == [
        "a.jpg_preview.png",
        "a.png_preview.png",
        "a.tif_preview_001.png",
        "a.tif_preview_002.png",
        "a_preview_preview.png",
    ]
    assert {widths[name] for name in widths.keys() - restored.keys()} == {188}


def test_what_is_left_out_is_told(scans, tmp_path, capsys):
    (scans / "a.heic").touch()
    out = scans / "out"
    Image.new("L", (90, 20)).save(scans / "box" / "b.gif")
    done = invoke(scans, "-o", out, "--model", MODEL)
    assert done.exit_code == 0 and "4 of 4 written" in done.output
    assert (out / "box" / "b.gif.png").exists()
    assert f"other kinds: 1 .heic ({scans / 'a.heic'})" in done.stderr
    done = invoke(scans, "-o", out, "--model", MODEL)
    assert done.exit_code == 0 and "4 there already" in done.output
    assert "left out, in the folder that is written to: 1 .jpg" in done.stderr
    assert not (out / "out").exists()
    assert restore_files(scans, out, MODEL, overwrite=False) == []
    assert "a.heic" in capsys.readouterr().out
    assert restore_files(scans, out, MODEL, quiet=True) == []
    assert not capsys.readouterr().out


def test_it_is_restored_from_python_as_by_the_command(
    scans, tmp_path, monkeypatch
):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    done = invoke(scans, "-o", tmp_path / "command", "--model", MODEL)
    assert done.exit_code == 0, done.output
    restorer = Restorer.from_preset(MODEL, RUNTIME)
    (scans / "bad.png").write_bytes(b"no image")
    failed = restore_files(str(scans), str(tmp_path / "python"), restorer)
    assert [path.name for path, _ in failed] == ["bad.png"]
    written = {}
    for way in ("command", "python"):
        files = [p for p in (tmp_path / way).rglob("*") if p.is_file()]
        written[way] = {
            path.relative_to(tmp_path / way): path.read_bytes()
            for path in files
        }
    assert len(written["python"]) == 3
    assert written["python"] == written["command"]


def test_from_python_too_what_is_there_stays(scans, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "line.png").write_bytes(b"kept")
    line = scans / "line.png"
    # Nothing is to be done, so nothing is loaded.
    assert restore_files([line], out, model="nothing") == []
    assert (out / "line.png").read_bytes() == b"kept"
    options = {"overwrite": True, "mode": "binarize", "quiet": True}
    assert restore_files([line], out, MODEL, RUNTIME, **options) == []
    with Image.open(out / "line.png") as image:
        assert image.mode == "1"
    with pytest.raises(UserError, match="absent.png: no such file or folder"):
        restore_files(tmp_path / "absent.png", out, MODEL)
    with pytest.raises(UserError, match="`output`: .* written over"):
        restore_files(scans, scans, MODEL, overwrite=True)


def test_what_is_there_stays(scans, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "line.png").write_bytes(b"kept")
    arguments = (scans / "line.png", "-o", out, "--model", MODEL)
    done = invoke(*arguments)
    assert done.exit_code == 0 and "1 there already" in done.output
    assert (out / "line.png").read_bytes() == b"kept"
    done = invoke(*arguments, "--overwrite", "--binarize")
    assert done.exit_code == 0, done.output
    with Image.open(out / "line.png") as image:
        assert image.mode == "1"


def test_a_bad_file_is_told_and_the_others_are_done(scans, tmp_path):
    (scans / "bad.png").write_bytes(b"no image")
    out = tmp_path / "out"
    done = invoke(scans, "-o", out, "--model", MODEL, "--strength", 0)
    assert done.exit_code == 1
    assert "bad.png: not an image of a known kind" in done.output
    assert "3 of 4 written" in done.output and not (out / "bad.png").exists()
    assert not list(out.rglob("*partial*"))
    with Image.open(out / "line.png") as a, Image.open(scans / "line.png") as b:
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_mistakes_are_named(scans, tmp_path):
    done = invoke(scans, "-o", scans, "--model", MODEL, "--overwrite")
    assert done.exit_code == 1 and "would be written over" in done.output
    other = tmp_path / "other"
    other.mkdir()
    done = invoke(other, "-o", tmp_path / "out", "--model", MODEL)
    assert done.exit_code == 1 and "no document in this folder" in done.output
    (other / "line.png").write_bytes((scans / "line.png").read_bytes())
    done = invoke(scans, other, "-o", tmp_path / "out", "--model", MODEL)
    assert done.exit_code == 1 and "both be written" in done.output
    done = invoke(scans, "-o", tmp_path / "out", "--model", "nothing")
    assert done.exit_code == 1 and "nothing: no preset" in done.output
    assert not (tmp_path / "out").exists()


def write_odd(folder, rng):
    """One image of every odd kind; dict of name to size once upright."""
    folder.mkdir()
    line = Image.fromarray(rng.integers(0, 255, (40, 120), "uint8"))
    Image.new("L", (1, 1), 90).save(folder / "pixel.png")
    Image.new("L", (2000, 40), 90).save(folder / "long.png")
    Image.new("L", (200, 300), 255).save(folder / "white.png")
    Image.new("L", (200, 300), 0).save(folder / "black.png")
    line.convert("LA").save(folder / "alpha.png")
    line.convert("RGBA").save(folder / "rgba.webp", lossless=True)
    line.convert("CMYK").save(folder / "cmyk.jpg")
    line.convert("P").save(folder / "palette.png")
    line.convert("1").save(folder / "bits.tif", compression="group4")
    deep = rng.integers(0, 65535, (40, 120), "uint16")
    Image.fromarray(deep).save(folder / "deep.tif")
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    line.save(folder / "turned.jpg", exif=exif)
    frames = [line.convert("P"), line.transpose(1).convert("P")]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames)
    sizes = {
        "pixel.png": (1, 1),
        "long.png": (2000, 40),
        "white.png": (200, 300),
        "black.png": (200, 300),
        "turned.jpg": (40, 120),
        "moving.gif.png": (120, 40),
    }
    line_sized = ("alpha.png", "rgba.webp", "cmyk.jpg", "palette.png")
    return sizes | dict.fromkeys(
        (*line_sized, "bits.tif", "deep.tif"), line.size
    )


@pytest.mark.parametrize("mode", ["--grey", "--binarize", "--keep-colour"])
def test_odd_images_are_restored(tmp_path, rng, mode):
    folder = tmp_path / "odd"
    sizes = write_odd(folder, rng)
    out = tmp_path / "out"
    done = invoke(*folder.iterdir(), "-o", out, "--model", MODEL, mode)
    assert done.exit_code == 0, done.output
    for name, size in sizes.items():
        with Image.open(out / name) as image:
            assert image.size == size, name
            image.load()


def test_what_cannot_be_restored_is_one_line_each(tmp_path):
    folder = tmp_path / "bad"
    folder.mkdir()
    write_bomb(folder / "bomb.png")
    Image.new("L", (300, 200), 90).save(folder / "whole.png")
    whole = (folder / "whole.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.tif").touch()
    (folder / "text.pdf").write_text("no PDF")
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    out = tmp_path / "out"
    done = invoke(folder, "-o", out, "--model", MODEL)
    assert done.exit_code == 1
    told = [r for r in done.output.splitlines() if r.startswith("not restored")]
    assert len(told) == 4 and "Traceback" not in done.output
    for name, reason in {
        "bomb.png": "more than 100 million pixels",
        "cut.png": "damaged",
        "empty.tif": "empty file",
        "text.pdf": "not a PDF",
    }.items():
        assert any(name in row and reason in row for row in told), told
    assert [path.name for path in out.iterdir()] == ["whole.png"]


@pytest.mark.parametrize(
    "option, value",
    [
        ("--text-height", "nan"),
        ("--text-height", "inf"),
        ("--strength", "nan"),
        ("--strength", "2"),
    ],
)
def test_numbers_that_are_none_are_refused(tmp_path, option, value):
    Image.new("L", (30, 20)).save(tmp_path / "a.png")
    done = invoke(tmp_path / "a.png", "-o", tmp_path / "out", option, value)
    assert done.exit_code == 2 and option in done.stderr
    assert not (tmp_path / "out").exists()


def test_names_are_kept_whatever_they_are(tmp_path):
    names = ("100% é (1)/ärchiv \u4e2d\u6587.png", "n" * 240 + ".png", "-o.png")
    scans, out = tmp_path / "scans", tmp_path / "out"
    for name in names:
        (scans / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (60, 20), 200).save(scans / name)
    done = invoke(scans, "-o", out, "--model", MODEL)
    assert done.exit_code == 0, done.output
    written = {p.relative_to(out).as_posix() for p in out.rglob("*.png")}
    assert written == set(names)


def test_what_was_done_before_an_interruption_is_whole(
    scans, tmp_path, monkeypatch
):
    original, seen = Restorer.restore_seen, []

    def restore(*arguments):
        seen.append(arguments)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(Restorer, "restore_seen", restore)
    out = tmp_path / "out"
    done = invoke(scans, "-o", out, "--model", MODEL, "--preview")
    assert done.exit_code == 1 and "Aborted!" in done.stderr
    kept = {p.relative_to(out).as_posix() for p in out.rglob("*.*")}
    assert kept == {"box/page.jpg", "box/page_preview.png"}
    monkeypatch.undo()
    done = invoke(scans, "-o", out, "--model", MODEL)
    assert done.exit_code == 0 and "1 there already" in done.output


def test_a_full_disk_leaves_whole_files_alone(tmp_path, monkeypatch):
    """Linux' own full device: every write to it fails."""
    for name in ("a.png", "b.png"):
        Image.new("L", (300, 40), 90).save(tmp_path / name)
    original = DocumentWriter.open

    def full(writer):
        original(writer)
        if writer.path.name == "a.png":
            writer.partial.symlink_to("/dev/full")

    monkeypatch.setattr(DocumentWriter, "open", full)
    scans = (tmp_path / "a.png", tmp_path / "b.png")
    done = invoke(*scans, "-o", tmp_path / "out", "--model", MODEL)
    assert done.exit_code == 1
    assert "a.png: No space left on device" in done.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.png"]


def test_a_folder_that_cannot_be_written_is_named(scans, tmp_path):
    (tmp_path / "file").touch()
    inside = tmp_path / "file" / "out"
    done = invoke(scans / "line.png", "-o", inside, "--model", MODEL)
    assert done.exit_code == 1 and "Traceback" not in done.output
    assert "Not a directory" in done.output
