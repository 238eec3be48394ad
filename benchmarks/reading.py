"""How well a recogniser reads clean and degraded lines it has never seen.

    python benchmarks/reading.py PRESET... [--data FOLDER] [--split-by FILE]

The test split of the data, and drawn lines of words of the languages: in the
fonts that training draws, and in those that it never does.
"""

import keras_htr_gan  # noqa: F401  isort: skip

import dataclasses

import click

from keras_htr_gan.charset import Charset
from keras_htr_gan.data.handwriting import (
    FONTS,
    TEST_FONTS,
    HandwritingSource,
)
from keras_htr_gan.data.pipeline import FixedBatches, LineFormat
from keras_htr_gan.data.sources import SourceOptions, open_sources
from keras_htr_gan.metrics.reading import (
    character_error_rate,
    word_error_rate,
)
from keras_htr_gan.reading import read
from keras_htr_gan.recognizers import load_recognizer


@click.command(context_settings={"show_default": True})
@click.argument("recognizers", nargs=-1, required=True)
@click.option("--data", multiple=True, metavar="DATA")
@click.option("--split-by", default="auto", metavar="COLUMN|FILE")
@click.option("--language", default="fr,de,nl,es,id,en")
@click.option("--lines", default=512, help="Drawn lines of each kind.")
@click.option("--beam-width", default=20)
def main(recognizers, data, split_by, language, lines, beam_width):
    """Print CER and WER of each of the RECOGNIZERS, presets or files."""
    click.echo("| recogniser | lines | | CER | WER |\n|---|---|---|---|---|")
    for name in recognizers:
        recognizer = load_recognizer(name)
        height = recognizer.height
        sources = {
            kind: HandwritingSource(
                language,
                "test",
                height=height,
                max_width=8 * height,
                charset=recognizer.charset,
                fonts=fonts,
            )
            for kind, fonts in (
                ("drawn, fonts of the training", FONTS),
                ("drawn, other fonts", TEST_FONTS),
            )
        }
        options = SourceOptions(
            height=height,
            split_by=split_by,
            charset=recognizer.charset,
            unknown_characters="drop-line",
        )
        for path in data:
            sources[path] = open_sources([path], options)["test"]
        for kind, source in sources.items():
            line_format = dataclasses.replace(
                LineFormat.covering([source], height),
                charset=Charset(recognizer.charset.characters),
            )
            count = len(source) if source.finite else lines
            report(
                name, kind, recognizer, line_format, source, count, beam_width
            )


def report(name, kind, recognizer, line_format, source, count, beam_width):
    """Prints the rows of one kind of lines."""
    batches = FixedBatches(source, line_format, count, 16, seed=2)
    pairs = {"clean": [], "degraded": []}
    texts = []
    for (batch,) in (batches[i] for i in range(len(batches))):
        for i, width in enumerate(batch["widths"]):
            for look, found in pairs.items():
                found.append(batch[look][i, :, :width, 0])
            labels = batch["labels"][i, : batch["label_lengths"][i]]
            texts.append(recognizer.charset.decode(labels))
    for title, look, width in (
        ("clean, greedy", "clean", 1),
        (f"clean, {beam_width} beams", "clean", beam_width),
        ("degraded, greedy", "degraded", 1),
    ):
        readings = read(recognizer, pairs[look], width)
        click.echo(
            f"| {name} | {kind}, {count} | {title} "
            f"| {100 * character_error_rate(texts, readings):.1f} % "
            f"| {100 * word_error_rate(texts, readings):.1f} % |"
        )


if __name__ == "__main__":
    main()
