"""What has come of a training, on lines that nothing has seen."""

import json
import time

import keras

from keras_htr_gan.callbacks.restored_samples import sample_sheet
from keras_htr_gan.data.sources import Mixture, parse_entry
from keras_htr_gan.evaluation.comparison import (
    compare_readings,
    format_comparison,
)
from keras_htr_gan.evaluation.judge import select_judge
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.storage import write_whole
from keras_htr_gan.training.model_card import (
    write_front_matter,
    write_gan_card,
    write_recognizer_card,
)

BEAM_WIDTH = 20
PICTURES = """
![degraded, restored, clean](samples/test.png)

![curves](curves.png)
"""


def report_gan(run, model, lines, wandb_logger, started):
    """Scores, samples and weights of a trained `HTRGAN`, in its folder.

    Args:
        run: `Run` with `TrainingSettings`.
        model: the `HTRGAN`.
        lines: its `TrainingLines`.
        wandb_logger: `WandbLogger` of the run; it is finished.
        started: float, `time.monotonic` when the training began.
    """
    count = run.settings.batch_size * run.settings.test_steps
    test_lines = lines.fixed("test", count, seed=2).lines
    trained = model.in_float32()
    trained.generator.save(run.folder / "generator.keras")
    print("Reading the test split")
    judge = select_judge(run.settings.judge, trained.recognizer.charset)
    tested = Evaluation(test_lines, trained.recognizer, judge)
    images = {
        "degraded": tested.degraded,
        "restored": tested.restore(trained),
        "clean": tested.clean,
    }
    readings = {name: tested.readings(some) for name, some in images.items()}
    scores = {n: tested.score_readings(read) for n, read in readings.items()}
    for name in ("degraded", "restored"):
        scores[name] |= tested.score_pixels(images[name])
    changes = compare_readings(tested, readings)
    warm_up = run.folder / "checkpoints" / "warm_up.keras"
    if warm_up.exists():
        warm_model = keras.saving.load_model(warm_up, compile=False)
        scores["warm_up"] = tested.score(tested.restore(warm_model))
    shown = Evaluation(test_lines[:10], trained.recognizer)
    sample_sheet(shown.samples(trained)).save(
        run.folder / "samples" / "test.png"
    )
    card = write_gan_card(
        run.config, scores, len(tested.texts), minutes_since(started)
    )
    compared = format_comparison(changes, tested.pages)
    write_whole(run.folder / "report.md", f"{card}\n{compared}{PICTURES}")
    figures = json.dumps(scores | {"changes": changes}, indent=2)
    write_whole(run.folder / "report.json", figures)
    front_matter = write_front_matter(run.config, "image-to-image")
    trained.save_to_preset(run.folder / "preset", front_matter + card)
    wandb_logger.finish(
        {f"test_{k}/{name}": v for k in scores for name, v in scores[k].items()}
    )
    print(card)
    print(f"Written to {run.folder / 'report.md'}")


def report_recognizer(
    run, recognizer, lines, wandb_logger, started, restorer=None
):
    """Scores and preset of a trained `Recognizer`, in its run's folder.

    Args:
        run: `Run` with `PretrainingSettings`.
        recognizer: the `Recognizer`.
        lines: `TrainingLines`.
        wandb_logger, started: see `report_gan`.
        restorer: `HTRGAN` to whose restored lines it was adapted, or `None`.
    """
    print("Reading the test split")
    reader = recognizer.in_float32()
    scores = {}
    for name, source in name_parts(run.settings, lines.sources["test"]):
        fixed = lines.fixed_of(source, run.settings.test_lines, seed=2)
        part = Evaluation(fixed.lines, reader)
        scores[name] = {
            "lines": len(part.texts),
            "greedy": part.score_reading(part.clean),
            "beam": part.score_reading(part.clean, BEAM_WIDTH),
            "degraded": part.score_reading(part.degraded),
        }
    card = write_recognizer_card(run.config, scores, minutes_since(started))
    write_whole(run.folder / "report.md", card)
    write_whole(run.folder / "report.json", json.dumps(scores, indent=2))
    front_matter = write_front_matter(run.config, "image-to-text")
    keep_recognizer(
        reader, restorer, run.folder / "preset", front_matter + card
    )
    wandb_logger.finish(
        {
            f"test_{part}/{decoding}/{name}": value
            for part, score in scores.items()
            for decoding in ("greedy", "beam")
            for name, value in score[decoding].items()
        }
    )
    print(card)
    print(
        f"Written to {run.folder / 'report.md'}; the weights: "
        f"{run.folder / 'preset'}"
    )


def minutes_since(started):
    return (time.monotonic() - started) / 60


def keep_recognizer(reader, model, folder, card):
    """Writes the preset: with the networks that the reader was adapted to.

    Args:
        reader: `Recognizer`.
        model: `HTRGAN` that restored its lines, or `None`; one of another
            size is left out.
        folder, card: see `HTRGAN.save_to_preset`.
    """
    if model is None or model.recognizer.size != reader.size:
        reader.save_to_preset(folder, card)
        return
    model = model.in_float32()
    adapted = HTRGAN(
        model.generator, model.discriminator, reader, **model.options()
    )
    adapted.save_to_preset(folder, card)


def name_parts(settings, source):
    """The entries of the data that a source is made of, with their names."""
    names = settings.validation_data or settings.data
    sources = source.sources if isinstance(source, Mixture) else [source]
    return zip((parse_entry(name)[0] for name in names), sources, strict=True)
