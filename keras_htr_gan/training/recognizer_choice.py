"""The recogniser that guides a training: shipped, named, cached or trained."""

import hashlib
import json

from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.data.pipeline import LineFormat
from keras_htr_gan.data.sources import Mixture
from keras_htr_gan.errors import UserError
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.presets import shipped_presets
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.storage import cache_folder, whole_file
from keras_htr_gan.training.recognizer import train_recognizer


def load_guide(name, size):
    """The recogniser that the user names, if it fits the training.

    Args:
        name: see `Recognizer.from_preset`.
        size: str, the size of the other networks.

    Raises:
        UserError: if it cannot be loaded or does not fit.
    """
    recognizer = Recognizer.from_preset(name)
    if recognizer.size == "judge":
        raise UserError(
            f"`recognizer`: {name} is a judge; what guides a training cannot "
            "judge it"
        )
    if recognizer.size != size:
        raise UserError(
            f"`recognizer`: {name} is of size {recognizer.size}; give `size` "
            f"{recognizer.size}"
        )
    return recognizer


def find_recognizer(sources, line_format, language, **options):
    """A recogniser for the lines of a training.

    The shipped one, if it knows every character; else one from the cache, or
    trained. The lines of a folder alone are few: drawn ones are mixed in.

    Args:
        sources: list of sources, that of the training split first.
        line_format: `LineFormat` of the training.
        language: str, of the drawn lines.
        **options: see `train_once`; with `retrain` neither the shipped one
            nor that of the cache is used.

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
    recognizer, path = train_once(source, line_format, **options)
    print(f"Recogniser: {path}")
    return recognizer


def train_once(
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
    shape = {"height": SIZES[size].height} | SIZES[size].recognizer
    identity = {
        "architecture": [size, shape],
        "training": [steps, seed],
        "data": source.identity(),
        "characters": line_format.charset.characters,
    }
    text = json.dumps(identity, sort_keys=True, ensure_ascii=False)
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    path = cache_folder() / f"recognizer_{key}.keras"
    if path.exists() and not retrain:
        return Recognizer.from_preset(path), path
    recognizer = train_recognizer(source, line_format, size, steps, seed=seed)
    with whole_file(path) as partial:
        recognizer.save(partial)
    return recognizer, path
