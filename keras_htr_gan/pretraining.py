"""Trains the recogniser that guides the GAN, and keeps it for the next run."""

import hashlib
import json
import os
from pathlib import Path

import keras

from keras_htr_gan.cache import cache_folder
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import (
    LineFormat,
    keras_input,
    pair_batches,
    recognition_batch,
    stream,
)
from keras_htr_gan.data.sources import Mixture
from keras_htr_gan.errors import UserError
from keras_htr_gan.networks.recognizer import SIZES, Recognizer


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
    """Trains a recogniser on clean and lightly worn lines.

    Args:
        source: random-access lines, see `HandwritingSource`.
        line_format: `LineFormat`; its charset becomes the recogniser's.
        size: str, see `Recognizer`.
        steps: int, batches in all.
        batch_size: int.
        learning_rate: float, reached after a short warm-up and then brought
            down to 0 along a cosine.
        seed: int, of weights and data.
        verbose: as in `keras.Model.fit`.

    Returns:
        `Recognizer`, without its optimizer.
    """
    keras.utils.set_random_seed(seed)
    recognizer = Recognizer(line_format.charset.characters, size)
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
    windows = pair_batches(source, line_format, batch_size, seed)
    windows = windows.random_map(
        lambda batches, rng: [recognition_batch(b, rng) for b in batches]
    )
    recognizer.fit(
        keras_input(stream(windows)),
        steps_per_epoch=steps,
        epochs=1,
        shuffle=False,
        verbose=verbose,
    )
    reader = Recognizer.from_config(recognizer.get_config())
    reader.set_weights(recognizer.get_weights())
    return reader


def fitting_recognizer(sources, line_format, language, **options):
    """A recogniser for the lines of a training, from the cache or trained.

    The lines of a folder alone are few: drawn ones are mixed in.

    Args:
        sources: list of sources, that of the training split first.
        line_format: `LineFormat` of the training.
        language: str, of the drawn lines.
        **options: see `cached_recognizer`.

    Returns:
        `Recognizer`.
    """
    source = sources[0]
    if source.finite:
        height = line_format.height
        drawn = HandwritingSource(
            language, "train", options["seed"], height, 8 * height
        )
        source = Mixture([drawn, source], [1, 1])
        line_format = LineFormat.covering(
            [source, *sources], height, line_format.recipe
        )
    print(
        "The recogniser for these lines: from the cache, else trained on "
        f"{options['steps']} batches of clean lines"
    )
    recognizer, path = cached_recognizer(source, line_format, **options)
    print(f"Recogniser: {path}")
    return recognizer


def given_recognizer(path, size):
    """The recogniser in a file of the user's, if it fits the training.

    Args:
        path: the `.keras` file.
        size: str, the size of the other networks.

    Raises:
        UserError: if it cannot be loaded or does not fit.
    """
    recognizer = load_recognizer(path)
    if recognizer.size != size:
        raise UserError(
            f"--recognizer: {path} is of size {recognizer.size}; "
            f"add --size {recognizer.size}"
        )
    return recognizer


def cached_recognizer(
    source, line_format, size="tiny", steps=1500, seed=0, retrain=False
):
    """The recogniser for some data: from the cache, else trained and kept.

    One in the cache has the same architecture and was trained on the same
    data in the same way.

    Args:
        source: random-access lines to train on.
        line_format: `LineFormat`.
        size, steps, seed: see `train_recognizer`.
        retrain: bool, train even if there is one, and replace it.

    Returns:
        `(Recognizer, path)`.
    """
    identity = {
        "architecture": [size, SIZES[size]],
        "training": [steps, seed],
        "data": source.identity(),
        "characters": line_format.charset.characters,
    }
    text = json.dumps(identity, sort_keys=True, ensure_ascii=False)
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = cache_folder() / f"recognizer_{key}.keras"
    if path.exists() and not retrain:
        return load_recognizer(path), path
    recognizer = train_recognizer(source, line_format, size, steps, seed=seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"partial_{os.getpid()}_{path.name}")
    recognizer.save(partial)
    os.replace(partial, path)
    return recognizer, path


def load_recognizer(path):
    """Loads a recogniser strictly: a file that does not fit is an error.

    Raises:
        UserError: names the file and says what is wrong with it.
    """
    if not Path(path).is_file():
        raise UserError(f"{path}: no such file")
    try:
        recognizer = keras.saving.load_model(
            path, compile=False, safe_mode=True
        )
    except Exception as error:
        raise UserError(f"{path}: cannot be loaded: {error}") from error
    if not isinstance(recognizer, Recognizer):
        raise UserError(
            f"{path}: holds a {type(recognizer).__name__}, not a Recognizer"
        )
    return recognizer
