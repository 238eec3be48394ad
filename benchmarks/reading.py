"""How well a recogniser reads clean and degraded lines it has never seen.

    python benchmarks/reading.py PRESET... [--data FOLDER] [--split-by FILE]

The test split of the data, and drawn lines of words of the languages: in the
fonts that training draws, and in those that it never does.
"""

import keras_htr_gan  # noqa: F401  isort: skip

import dataclasses

import click

from keras_htr_gan.data.feeding import FixedBatches
from keras_htr_gan.data.handwriting import (
    FONTS,
    TEST_FONTS,
    HandwritingSource,
)
from keras_htr_gan.data.pipeline import LineFormat
from keras_htr_gan.data.sources import SourceOptions, open_sources
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.evaluation.tables import format_row, format_table
from keras_htr_gan.networks.recognizer import Recognizer


@click.command(context_settings={"show_default": True})
@click.argument("recognizers", nargs=-1, required=True)
@click.option("--data", multiple=True, metavar="DATA")
@click.option("--split-by", default="auto", metavar="COLUMN|FILE")
@click.option("--language", default="fr,de,nl,es,id,en")
@click.option("--lines", default=512, help="Drawn lines of each kind.")
@click.option("--beam-width", default=20)
def main(recognizers, data, split_by, language, lines, beam_width):
    """Print CER and WER of each of the RECOGNIZERS, presets or files."""
    click.echo(format_table(["recogniser", "lines", "", "CER", "WER"], []))
    for name in recognizers:
        recognizer = Recognizer.from_preset(name)
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
                charset=recognizer.charset,
            )
            count = len(source) if source.finite else lines
            report(
                name, kind, recognizer, line_format, source, count, beam_width
            )


def report(name, kind, recognizer, line_format, source, count, beam_width):
    """Prints the rows of one kind of lines."""
    lines = Evaluation(
        FixedBatches(source, line_format, count, 16, seed=2).lines, recognizer
    )
    for title, images, width in (
        ("clean, greedy", lines.clean, 1),
        (f"clean, {beam_width} beams", lines.clean, beam_width),
        ("degraded, greedy", lines.degraded, 1),
    ):
        scores = lines.score_reading(images, width)
        rates = [f"{100 * scores[rate]:.1f} %" for rate in ("CER", "WER")]
        click.echo(format_row([name, f"{kind}, {count}", title, *rates]))


if __name__ == "__main__":
    main()
