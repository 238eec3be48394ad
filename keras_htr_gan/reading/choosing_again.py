"""What chose how much of each line is restored, made again to verify it."""

from keras_htr_gan.reading.careful import CarefulRestorer
from keras_htr_gan.reading.promise import place_promise
from keras_htr_gan.restoration.named_files import NotAtHandError
from keras_htr_gan.restoration.verifying import tell_others
from keras_htr_gan.storage import hash_file


def choose_again(name, restorer, said, calibrations=()):
    """What chooses as another did, for `Verifier`.

    Args:
        name: str or path of the model.
        restorer: its `Restorer`.
        said: dict of unknown origin, what `CarefulRestorer.describe` said of
            the other.
        calibrations: sequence of `Path`, besides that of the model.

    Returns:
        `CarefulRestorer`.

    Raises:
        NotAtHandError: names what is another here.
    """
    if "calibration" not in said:
        unknown = tell_others(["a calibration that it does not name"])
        raise NotAtHandError(unknown)
    path = find_calibration(said["calibration"], name, calibrations)
    runtime, share = restorer.identity.runtime, said["share"]
    made = CarefulRestorer.from_preset(name, share, runtime, path, restorer)
    here = made.describe()
    if here.keys() != said.keys():
        raise NotAtHandError(tell_others([]))
    if here["recognizer"] != said["recognizer"]:
        raise NotAtHandError(tell_others([f"the recogniser of {name}"]))
    if here["threshold"] != said["threshold"]:
        raise NotAtHandError(
            f"chosen otherwise: a promise of {share} has another threshold "
            f"than {said['threshold']}"
        )
    return made


def find_calibration(said, name, calibrations):
    """The file that `calibrate` wrote, by its checksum: `Path`.

    Args:
        said: dict of unknown origin, its `name` and `sha256`.
        name, calibrations, Raises: see `choose_again`.
    """
    changed = None
    for path in (*calibrations, place_promise(name)):
        if not path.is_file():
            continue
        if hash_file(path) == said["sha256"]:
            return path
        if path.name == said["name"]:
            changed = changed or path
    raise NotAtHandError(
        f"calibration changed: {changed}"
        if changed
        else f"calibration not found: {said['name']}"
    )
