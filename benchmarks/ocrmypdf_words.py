"""Words that OCRmyPDF finds in pages, with the plugin and without it.

    pip install '.[ocrmypdf]'
    python benchmarks/ocrmypdf_words.py FOLDER... [--language fra] [--pages 6]

FOLDER holds page images with their PAGE-XML or ALTO. A word of at least three
letters is found if it stands in what Tesseract has read of the page, anywhere,
as often as on the page. CER is that of the whole page in the file's order of
lines, so it counts columns that are read in another order as errors.
"""

import collections
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from PIL import Image

from keras_htr_gan.data.readers.page_files import find_page_files
from keras_htr_gan.data.readers.page_xml import read_transcription
from keras_htr_gan.evaluation.metrics.reading import character_error_rate
from keras_htr_gan.evaluation.tables import format_row, format_table

PLUGIN = ["--plugin", "keras_htr_gan.plugins.ocrmypdf"]
WAYS = {
    "as found": [],
    "for readers": PLUGIN,
    "for eyes": [*PLUGIN, "--htr-for", "eyes"],
}
DPI = 300


@click.command(context_settings={"show_default": True})
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--language", default="fra", help="Of Tesseract.")
@click.option("--pages", default=6, help="Of each folder, at most.")
@click.option("--model", default="latin_small")
def main(folders, language, pages, model):
    """Print the words found, and the CER, in the pages of FOLDERS."""
    click.echo(format_table(["", "pages", "words", *WAYS], []))
    for folder in folders:
        truths, read = [], {way: [] for way in WAYS}
        for path in find_page_files(folder)[:pages]:
            page = read_transcription(path, folder)
            truths.append(" ".join(line.text for line in page.lines))
            for way, options in WAYS.items():
                model_option = ["--htr-model", model] if options else []
                read[way].append(
                    read_page(page.image, language, options + model_option)
                )
        words = sum(len(find_words(truth)) for truth in truths)
        shares = [format_shares(truths, read[way]) for way in WAYS]
        click.echo(
            format_row([folder.name, str(len(truths)), str(words), *shares])
        )


def read_page(image, language, options):
    """What OCRmyPDF reads in an image: str."""
    with tempfile.TemporaryDirectory() as folder:
        scan, text = Path(folder) / "scan.pdf", Path(folder) / "text.txt"
        with Image.open(image) as opened:
            opened.convert("RGB").save(scan, resolution=DPI, quality=95)
        command = [sys.executable, "-m", "ocrmypdf", "--quiet", "-O0"]
        command += ["--output-type", "none", "--language", language]
        command += [*options, "--sidecar", str(text), str(scan), "-"]
        subprocess.run(command, check=True)
        return text.read_text(encoding="utf-8")


def format_shares(truths, read):
    """Share of the words that are found, and CER: str."""
    found = total = 0
    for truth, reading in zip(truths, read, strict=True):
        wanted = collections.Counter(find_words(truth))
        total += wanted.total()
        found += (wanted & collections.Counter(find_words(reading))).total()
    rate = character_error_rate(truths, [" ".join(r.split()) for r in read])
    return f"{100 * found / total:.1f} %, CER {100 * rate:.1f} %"


def find_words(text):
    """The words of at least three letters, in small ones: list of str."""
    return re.findall(r"[^\W\d_]{3,}", text.casefold())


if __name__ == "__main__":
    main()
