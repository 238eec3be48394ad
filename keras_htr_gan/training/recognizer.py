"""Trains recognisers."""

import collections
import dataclasses
import json
import time

import click
import keras

from keras_htr_gan.backend import calculate_deterministically
from keras_htr_gan.callbacks.brief_progress import BriefProgress
from keras_htr_gan.callbacks.checkpoints import Checkpoints, Position
from keras_htr_gan.callbacks.first_steps import FirstSteps
from keras_htr_gan.callbacks.history_file import HistoryFile
from keras_htr_gan.callbacks.stop_signals import StopSignals
from keras_htr_gan.callbacks.training_curves import TrainingCurves
from keras_htr_gan.callbacks.validation_scores import ValidationScores
from keras_htr_gan.callbacks.wandb_logger import WandbLogger
from keras_htr_gan.charset import Charset
from keras_htr_gan.data.pipeline import (
    BLEND,
    FixedBatches,
    LineFormat,
    for_reading,
    keras_input,
    padded_again,
    reading_batches,
    stream,
)
from keras_htr_gan.data.recipes import load_recipe
from keras_htr_gan.data.sources import (
    Mixture,
    SourceOptions,
    open_sources,
    parse_entry,
)
from keras_htr_gan.distribution.hosts import several_hosts
from keras_htr_gan.errors import UserError
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.training.model_card import recognizer_card
from keras_htr_gan.training.run_folder import (
    claimed,
    disk_errors_told,
    enough_room,
    fit_from,
    save_settings,
)

SHOWN = {"loss": "CTC", "val_CER": "CER", "val_WER": "WER"}
PANELS = (
    ("CTC, nats per character", ("loss",)),
    ("validation error rates", ("val_CER", "val_WER")),
)
BEAM_WIDTH = 20
LIGHTLY = 0.3


def pretrain(settings, run_dir, start, position=None, generator=None):
    """The whole training of a recogniser, top to bottom.

    Args:
        settings: dict, see the options of the command `pretrain`.
        run_dir: `Path` of the run's folder.
        start: `Recognizer` to begin with (compiled, if a run is resumed), or
            `None`.
        position: `Position` of a run that is resumed, or `None`.
        generator: `HTRGAN` that restores some of the training lines, or
            `None`.
    """
    started = time.monotonic()
    resumed, position = position is not None, position or Position()
    if settings["deterministic"]:
        calculate_deterministically()
    keras.utils.set_random_seed(settings["seed"])
    size, batch_size = settings["size"], settings["batch_size"]
    height, seed = SIZES[size].height, settings["seed"]

    # Data: the charset is given, or that of the data and of the start.
    characters = settings["characters"]
    sources = open_sources(
        settings["data"],
        SourceOptions(
            language=settings["language"],
            fonts=settings["fonts"],
            seed=seed,
            height=height,
            split_by=settings["split_by"],
            strict=settings["strict"],
            unknown_characters=settings["unknown_characters"],
            charset=Charset(characters) if characters else None,
            extras=characters,
        ),
        settings["validation_data"],
    )
    every_source = [sources[s] for s in ("train", "validation", "test")]
    line_format = LineFormat.covering(
        every_source, height, load_recipe(settings["degradation"])
    )
    if characters:
        charset = Charset(characters)
    else:
        known = start.charset.characters if start else ()
        charset = Charset({*known, *line_format.charset.characters})
    line_format = dataclasses.replace(line_format, charset=charset)
    if not resumed:
        save_settings(run_dir, settings)
    enough_room(run_dir)

    # Model.
    if start is None:
        recognizer = Recognizer(charset.characters, size)
    elif start.charset == charset:
        recognizer = start
    else:
        recognizer, fresh = start.with_charset(charset.characters)
        click.echo(f"New to the recogniser: {' '.join(map(repr, fresh))}")
    if not resumed:
        steps = settings["epochs"] * settings["steps_per_epoch"]
        compile_recognizer(recognizer, steps, settings["learning_rate"])

    # Batches.
    widths = collections.deque()
    blend = settings["blend"]
    if blend is None:
        blend = BLEND if settings["augmentation"] == "full" else 0.0
    windows = reading_batches(
        sources["train"],
        line_format,
        batch_size,
        seed,
        augmentation=settings["augmentation"],
        blend=blend,
        restored_share=settings["restored_share"] if generator else 0.0,
    )
    restore = None if generator is None else restoring(generator)

    def batches_from(step):
        widths.clear()
        return keras_input(for_reading(stream(windows, step), widths, restore))

    def fixed(source, lines, seed):
        return FixedBatches(source, line_format, lines, batch_size, seed).lines

    validation_lines = batch_size * settings["validation_steps"]
    validated = Evaluation(
        fixed(sources["validation"], validation_lines, seed=1), recognizer
    )

    def score(_):
        return validated.score_reading(validated.clean)

    # Callbacks and training.
    wandb_logger = WandbLogger(
        settings["wandb_project"],
        config=settings,
        mode=settings["wandb_mode"],
        folder=run_dir,
        name=run_dir.name,
        id=settings["wandb_id"],
        history=run_dir / "history.csv",
        resume="allow",
        job_type="pretrain",
    )
    click.echo(
        f"Training a recogniser of {len(charset)} characters on "
        f"{keras.config.backend()}: {settings['epochs']} epochs of "
        f"{settings['steps_per_epoch']} batches of {batch_size} lines, "
        f"{height} x {' or '.join(map(str, line_format.widths))} pixels; "
        f"see {run_dir}"
    )
    checkpoints = Checkpoints(
        run_dir / "checkpoints",
        minutes=settings["checkpoint_minutes"],
        start=position,
    )
    with (
        claimed(run_dir),
        disk_errors_told(run_dir),
        StopSignals(checkpoints) as stop_signals,
    ):
        fit_from(
            recognizer,
            position,
            settings["epochs"],
            settings["steps_per_epoch"],
            batches_from,
            callbacks=[
                ValidationScores(score),
                HistoryFile(run_dir / "history.csv"),
                TrainingCurves(
                    run_dir / "history.csv",
                    run_dir / "curves.png",
                    panels=PANELS,
                ),
                checkpoints,
                wandb_logger,
                BriefProgress(SHOWN),
                FirstSteps(widths),
                stop_signals,
            ],
            shuffle=False,
            verbose=1,
        )

    # Report, on lines that nothing has seen, and the preset.
    click.echo("Reading the test split")
    reader = recognizer.in_float32()
    scores = {}
    for name, source in parts(settings, sources["test"]):
        lines = Evaluation(
            fixed(source, settings["test_lines"], seed=2), reader
        )
        scores[name] = {
            "lines": len(lines.texts),
            "greedy": lines.score_reading(lines.clean),
            "beam": lines.score_reading(lines.clean, BEAM_WIDTH),
            "degraded": lines.score_reading(lines.degraded),
        }
    minutes = (time.monotonic() - started) / 60
    card = recognizer_card(settings, scores, minutes)
    (run_dir / "report.md").write_text(card, encoding="utf-8")
    (run_dir / "report.json").write_text(json.dumps(scores, indent=2))
    keep(reader, generator, run_dir / "preset", card)
    wandb_logger.finish(
        {
            f"test_{part}/{decoding}/{name}": value
            for part, score in scores.items()
            for decoding in ("greedy", "beam")
            for name, value in score[decoding].items()
        }
    )
    click.echo(card)
    click.echo(
        f"Written to {run_dir / 'report.md'}; the weights: {run_dir / 'preset'}"
    )


def keep(reader, model, folder, card):
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


def train_recognizer(
    source,
    line_format,
    size="tiny",
    steps=1500,
    batch_size=16,
    learning_rate=3e-3,
    seed=0,
    verbose="auto",
):
    """Trains a recogniser in one go, quickly, without a run folder.

    It sees lines as they are, and lightly worn ones.

    Args:
        source: random-access lines, see `sources.py`.
        line_format: `LineFormat`; its charset becomes the recogniser's.
        size: str, see `Recognizer`.
        steps: int, batches in all.
        batch_size: int.
        learning_rate: float, see `compile_recognizer`.
        seed: int, of weights and data.
        verbose: as in `keras.Model.fit`.

    Returns:
        `Recognizer`, not compiled.

    Raises:
        UserError: on several hosts.
    """
    if several_hosts():
        raise UserError(
            "--recognizer: one host trains it, before all train the rest: "
            "python -m keras_htr_gan pretrain, and name what that writes"
        )
    keras.utils.set_random_seed(seed)
    recognizer = Recognizer(line_format.charset.characters, size)
    compile_recognizer(recognizer, steps, learning_rate)
    windows = reading_batches(
        source,
        line_format,
        batch_size,
        seed,
        augmentation="none",
        blend=LIGHTLY,
    )
    recognizer.fit(
        keras_input(for_reading(stream(windows), collections.deque())),
        steps_per_epoch=steps,
        epochs=1,
        shuffle=False,
        verbose=verbose,
    )
    return recognizer.in_float32()


def compile_recognizer(recognizer, steps, learning_rate):
    """Compiles it with AdamW and a learning rate that rises, then falls.

    Args:
        recognizer: `Recognizer`.
        steps: int, batches in all.
        learning_rate: float, reached after a tenth of the steps and then
            brought down to a hundredth of it along a cosine.
    """
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate / 10,
        steps,
        alpha=0.01,
        warmup_target=learning_rate,
        warmup_steps=steps // 10,
    )
    recognizer.compile(
        optimizer=keras.optimizers.AdamW(
            schedule, weight_decay=1e-3, global_clipnorm=5.0
        )
    )


def restoring(model):
    """An `HTRGAN` as a function of images and widths, for `for_reading`."""

    def restore(images, widths):
        restored = keras.ops.convert_to_numpy(model.predict_on_batch(images))
        return padded_again(restored, widths)

    return restore


def parts(settings, source):
    """The entries of the data that a source is made of, with their names."""
    names = settings["validation_data"] or settings["data"]
    sources = source.sources if isinstance(source, Mixture) else [source]
    return zip((parse_entry(name)[0] for name in names), sources, strict=True)
