"""Presets: trained weights that are shipped, and folders of the same kind.

A preset is a folder of plain files: `config.json` (the networks' settings and
the checksums), `charset.json`, a `.safetensors` file of float16 weights a
network, and `README.md`, its model card. Nothing in it is ever executed.
"""

import hashlib
import json
import os
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np

from keras_htr_gan.errors import UserError
from keras_htr_gan.hub import download_files, names_repository

SHIPPED = Path(__file__).parent / "shipped"
FORMAT = 1
CONFIG, CHARSET, CARD = "config.json", "charset.json", "README.md"
# Written by the callback that keeps checkpoints.
BEST_OF_RUN = Path("checkpoints", "best.keras")
WEIGHTS = re.compile(r"\w+\.safetensors")
# Beside the weights: networks that were exported, and what it can promise.
PROMISE = "no_harm.json"
BESIDE_WEIGHTS = ("*_float32.onnx", "*_int8.onnx", PROMISE)


def shipped_presets():
    """Names of the presets that are shipped with the package: list of str."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{CONFIG}"))


class Preset:
    """A preset on disk.

    Args:
        name: str or path, a shipped preset's name, its folder, that of the
            run which wrote it, or `"hf://user/name"` of the Hugging Face hub.

    Attributes:
        networks: dict of a network's name to its settings, a dict.
        options: dict, settings of the whole.
        charset: list of str, the characters in the order of their labels.

    Raises:
        UserError: if there is no such preset, or it is damaged.
    """

    def __init__(self, name):
        self.folder = find_preset(name)
        config = self.read_json(CONFIG)
        try:
            version, self.networks = config["format"], config["networks"]
            self.files, self.options = config["files"], config["options"]
        except (KeyError, TypeError) as error:
            raise UserError(
                f"{self.folder / CONFIG}: not the settings of a preset: "
                f"{error} is missing"
            ) from error
        if version != FORMAT:
            raise UserError(
                f"{self.folder / CONFIG}: format {version}; this version "
                f"reads format {FORMAT}"
            )
        tables = (self.networks, self.files, self.options)
        if not all(isinstance(t, dict) for t in tables):
            raise UserError(
                f"{self.folder / CONFIG}: not the settings of a preset: "
                "networks, files and options must be objects"
            )
        # They say what is downloaded and uploaded.
        if not all(WEIGHTS.fullmatch(name) for name in self.files):
            raise UserError(
                f"{self.folder / CONFIG}: not the settings of a preset: files "
                "must be named as weights, NETWORK.safetensors"
            )
        self.charset = self.read_json(CHARSET)

    def built(self, network, build, *arguments):
        """One of its networks, without its weights.

        Args:
            network: str.
            build: function of the arguments and the network's settings.

        Raises:
            UserError: if the preset has no such network, or there is none of
                these settings.
        """
        try:
            return build(*arguments, **self.settings(network))
        except (TypeError, ValueError) as error:
            raise UserError(f"{self.folder}: {network}: {error}") from error

    def settings(self, network):
        """The settings of one of its networks.

        Raises:
            UserError: if the preset has no such network.
        """
        if network not in self.networks:
            raise UserError(
                f"{self.folder}: this preset has no {network}, only "
                + ", ".join(self.networks)
            )
        return self.networks[network]

    def load_weights(self, network, model):
        """Fills a model with the weights of a network, strictly.

        Args:
            network: str.
            model: built `keras.Model`.

        Raises:
            UserError: if the file is damaged or does not fit the model.
        """
        # Imported here, as exported models come without it.
        from safetensors import SafetensorError
        from safetensors.numpy import load

        path = self.folder / name_weights(network)
        content = self.read_checked(path.name)
        try:
            arrays = load(content)
        except SafetensorError as error:
            raise UserError(f"{path}: {error}") from error
        variables = {v.path: v for v in model.weights}
        wrong = variables.keys() ^ arrays.keys() | {
            name
            for name in variables.keys() & arrays.keys()
            if tuple(variables[name].shape) != arrays[name].shape
        }
        if wrong:
            raise UserError(
                f"{path}: does not fit the {network} at "
                + ", ".join(sorted(wrong)[:5])
            )
        for name, variable in variables.items():
            variable.assign(arrays[name].astype("float32"))

    def read_checked(self, name):
        """A file of weights, which is the one that was written: bytes.

        Raises:
            UserError: if it is another, or cannot be read.
        """
        path = self.folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UserError(f"{path}: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != self.files.get(name):
            raise UserError(
                f"{path}: the checksum is not the one in {CONFIG}; the file "
                "is damaged: copy or install it again"
            )
        return content

    def read_json(self, name):
        try:
            return json.loads((self.folder / name).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{self.folder / name}: {error}") from error


def find_preset(name):
    """The folder of a preset: `Path`.

    Args:
        name: str or path, see `Preset`.

    Raises:
        UserError: if there is none.
    """
    if str(name) in shipped_presets():
        return SHIPPED / str(name)
    if names_repository(name):
        return download_preset(str(name))
    for folder in (Path(name), Path(name) / "preset"):
        if is_preset(folder):
            return folder
    best = Path(name) / BEST_OF_RUN
    if best.is_file():
        raise UserError(
            f"{name}: this run has not ended, and has no preset yet: resume "
            f"it, or take its best so far, {best}"
        )
    raise UserError(
        f"{name}: no preset: neither a folder with {CONFIG} and {CHARSET} nor "
        f"one of {', '.join(shipped_presets()) or '(none is shipped)'}"
    )


def is_preset(folder):
    """Whether a folder has what says of what kind it is: bool."""
    return (folder / CONFIG).is_file() and (folder / CHARSET).is_file()


def download_preset(uri):
    """Downloads the preset of a repository: `Path` of its folder.

    Of a repository that is something else next to nothing is downloaded.

    Args:
        uri: str, see `parse_repository`.

    Raises:
        UserError: if there is none; see `download_files`, too.
    """

    def choose_more(folder):
        if not is_preset(folder):
            raise UserError(
                f"{uri}: no preset: the repository has no {CONFIG} and "
                f"{CHARSET} of this program"
            )
        return [CARD, *BESIDE_WEIGHTS, *Preset(folder).files]

    return download_files(uri, choose_more, CONFIG, CHARSET)


def names_model_file(name):
    """Whether a name is that of a file that Keras saved: bool."""
    if names_repository(name):
        return False
    path = Path(name)
    return path.is_file() or (path.suffix == ".keras" and not path.exists())


def load_model_file(path, kind):
    """Loads a model that Keras saved, strictly: what does not fit is an error.

    Nothing in the file is executed (Keras' `safe_mode`).

    Args:
        path: str or path of a `.keras` file.
        kind: class that it must be of.

    Returns:
        The model, not compiled.

    Raises:
        UserError: names the file and says what is wrong with it.
    """
    # Imported here, as to find a preset should not wait for Keras.
    import keras

    if not Path(path).exists():
        raise UserError(f"{path}: no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            held = json.loads(archive.read("config.json"))["class_name"]
        if held == kind.__name__:
            return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise UserError(f"{path}: cannot be loaded: {error}") from error
    raise UserError(f"{path}: holds a {held}, not a {kind.__name__}")


def save_preset(folder, networks, charset, card, options=None):
    """Writes a preset, whole or not at all.

    Args:
        folder: path; a preset that is there is replaced.
        networks: dict of name to `(keras.Model, settings)`; the settings are
            a dict for JSON.
        charset: sequence of str.
        card: str, the model card in Markdown.
        options: dict for JSON, settings of the whole.

    Raises:
        UserError: if something else is in the folder, it cannot be written,
            or weights do not fit float16.
    """
    # Imported here, as exported models come without it.
    from safetensors.numpy import save

    folder = Path(folder)
    if folder.exists() and not (folder / CONFIG).is_file():
        raise UserError(f"{folder}: exists and is not a preset; not replaced")
    contents = {
        name_weights(name): save(to_float16(name, model))
        for name, (model, _) in networks.items()
    }
    config = {
        "format": FORMAT,
        "networks": {name: s for name, (_, s) in networks.items()},
        "options": options or {},
        "files": {
            name: hashlib.sha256(content).hexdigest()
            for name, content in contents.items()
        },
    }
    contents[CONFIG] = json.dumps(config, indent=2).encode()
    contents[CHARSET] = json.dumps(list(charset), ensure_ascii=False).encode()
    contents[CARD] = card.encode()
    partial = folder.with_name(f"{folder.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for name, content in contents.items():
            (partial / name).write_bytes(content)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(partial, folder)
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror}") from error


def to_float16(name, model):
    """A model's weights by their paths, float16."""
    # Imported here, as to find a preset should not wait for Keras.
    from keras.ops import convert_to_numpy

    arrays = {v.path: convert_to_numpy(v) for v in model.weights}
    if len(arrays) != len(model.weights):
        raise ValueError(f"two weights of the {name} have one path")
    limit = np.finfo("float16").max
    for path, array in arrays.items():
        if not np.all(np.abs(array) <= limit):
            raise UserError(f"{name}: {path} does not fit float16")
    return {path: a.astype("float16") for path, a in arrays.items()}


def name_weights(network):
    return f"{network}.safetensors"
