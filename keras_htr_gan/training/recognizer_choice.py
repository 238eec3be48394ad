"""The recogniser of a training: shipped, given, cached or trained."""

import hashlib
import json
import os
from pathlib import Path

import keras

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import LineFormat
from keras_htr_gan.data.sources import Mixture
from keras_htr_gan.errors import UserError
from keras_htr_gan.evaluation.judge import select_judge as chosen_judge  # noqa: F401
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.presets import shipped_presets
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.storage import cache_folder
from keras_htr_gan.training.recognizer import train_recognizer


def fitting_recognizer(sources, line_format, language, **options):
    """A recogniser for the lines of a training.

    The shipped one, if it knows every character; else one from the cache, or
    trained. The lines of a folder alone are few: drawn ones are mixed in.

    Args:
        sources: list of sources, that of the training split first.
        line_format: `LineFormat` of the training.
        language: str, of the drawn lines.
        **options: see `cached_recognizer`; with `retrain` neither the shipped
            one nor that of the cache is used.

    Returns:
        `Recognizer`.
    """
    shipped = f"latin_{options['size']}"
    if shipped in shipped_presets() and not options["retrain"]:
        recognizer = Recognizer.from_preset(shipped)
        characters = line_format.charset.characters
        unknown = [c for c in characters if c not in recognizer.charset]
        if not unknown:
            print(f"Recogniser: {shipped}, as shipped")
            return recognizer
        print(
            f"{shipped}, the shipped recogniser, does not know "
            f"{' '.join(unknown)}: another is needed"
        )
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
    """The recogniser that the user names, if it fits the training.

    Args:
        path: see `load_recognizer`.
        size: str, the size of the other networks.

    Raises:
        UserError: if it cannot be loaded or does not fit.
    """
    recognizer = load_recognizer(path)
    if recognizer.size == "judge":
        raise UserError(
            f"--recognizer: {path} is a judge; what guides a training cannot "
            "judge it"
        )
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
        "architecture": [
            size,
            {"height": SIZES[size].height} | SIZES[size].recognizer,
        ],
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


def load_recognizer(name):
    """Loads a recogniser strictly: a file that does not fit is an error.

    Args:
        name: a preset's name or folder, or a `.keras` file.

    Raises:
        UserError: names the file and says what is wrong with it.
    """
    return loaded(name, Recognizer)


def loaded_gan(name):
    """Loads an `HTRGAN`, see `load_recognizer`."""
    return loaded(name, HTRGAN)


def loaded(name, kind):
    if str(name).endswith(".keras") and not Path(name).exists():
        raise UserError(f"{name}: no such file")
    if not Path(name).is_file():
        return kind.from_preset(name)
    try:
        model = keras.saving.load_model(name, compile=False, safe_mode=True)
    except Exception as error:
        raise UserError(f"{name}: cannot be loaded: {error}") from error
    if not isinstance(model, kind):
        raise UserError(
            f"{name}: holds a {type(model).__name__}, not a {kind.__name__}"
        )
    return model
