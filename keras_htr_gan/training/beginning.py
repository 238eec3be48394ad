"""What a training of an `HTRGAN` begins with, and on what it runs."""

import dataclasses

import keras

from keras_htr_gan.errors import UserError
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.contrast import sees_contrast, widen
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.training.recognizer_choice import load_guide


def open_beginning(run):
    """The model that a run is to begin with, and the size of its networks.

    Args:
        run: `Run` with `TrainingSettings`.

    Its generator is widened, see `widen`, if it is to see contrast.

    Returns:
        The `HTRGAN`, or `None` for networks that are new; and the settings
        with their `size`.

    Raises:
        UserError: if it cannot be loaded, or is of another size than given.
    """
    settings = run.settings
    if run.resumed or not settings.load:
        size = settings.size or "tiny"
        return None, dataclasses.replace(settings, size=size)
    begun = HTRGAN.from_preset(settings.load)
    size = begun.recognizer.size
    if settings.size not in (None, size):
        raise UserError(
            f"`load`: {settings.load} is of size {size}; leave `size` "
            f"{settings.size} out"
        )
    if settings.contrast and not sees_contrast(begun.generator):
        wider = build_generator(size, contrast=True)
        widen(begun.generator, wider)
        networks = begun.networks() | {"generator": wider}
        begun = HTRGAN(**networks, **begun.options())
    return begun, dataclasses.replace(settings, size=size)


def known_recognizer(run, model=None, begun=None):
    """The recogniser of a training, if there is one before its lines are.

    Args:
        run: `Run` with `TrainingSettings`.
        model: `HTRGAN` of a run that is resumed, or `None`.
        begun: `HTRGAN` to begin with, or `None`.

    Returns:
        `Recognizer`, or `None`.
    """
    if model is not None:
        return model.recognizer
    name = run.settings.recognizer
    if begun is not None and name == "auto":
        return begun.recognizer
    if name in ("auto", "train"):
        return None
    return load_guide(name, run.settings.size)


def check_sharing(settings, hosts):
    """Refuses what Keras cannot do on this backend, or on many devices.

    Args:
        settings: `TrainingSettings`.
        hosts: `Hosts`.

    Raises:
        UserError: names the setting.
    """
    devices = settings.devices * hosts.count
    if settings.batch_size % devices:
        raise UserError(
            f"`devices`: {devices} in all cannot share batches of "
            f"{settings.batch_size} lines evenly; choose another `batch_size`"
        )
    if keras.config.backend() == "torch" and settings.steps_per_execution > 1:
        raise UserError(
            "`steps_per_execution`: Keras runs one step an execution on "
            "torch; leave it at 1"
        )


def adapt_compilation(model, settings, hosts):
    """Leaves XLA out where TensorFlow trains on several devices.

    Args:
        model: compiled `HTRGAN`.
        settings, hosts: see `check_sharing`.
    """
    several = hosts.count * settings.devices > 1
    if several and keras.config.backend() == "tensorflow":
        model.jit_compile = False  # XLA knows one device there
