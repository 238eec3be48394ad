"""A promise of how many lines at most read worse once they are restored.

Of each line the version is looked at of which the recogniser is surest. It is
taken where its doubt is less than of the line as found, by a share above a
threshold. Which threshold keeps the promise was found on lines whose text is
known.

Reference:
    Angelopoulos, Bates, Fisch, Lei and Schuster 2022, "Conformal risk
    control", https://arxiv.org/abs/2208.02814.
"""

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from keras_htr_gan.errors import UserError
from keras_htr_gan.presets import CONFIG, PROMISE, find_preset
from keras_htr_gan.storage import write_whole

FORMAT = 1
LEAST_DOUBT = 1e-3


@dataclass(frozen=True)
class Trial:
    """What the choice would do to lines of one kind, whose text is known.

    Args:
        name: str, which lines.
        lines: int.
        worse: tuple of float above 0, the largest first: by what share the
            recogniser doubts versions less, see `choose_version`, that it
            reads worse than the line as found.
    """

    name: str
    lines: int
    worse: tuple[float, ...]

    def threshold(self, share):
        """The least threshold that keeps a promise.

        Of n lines let k read worse with it. Then `(k + 1) / (n + 1)` is at
        most the share, and that is the bound on what to expect of one more
        line of the same kind. k never grows with the threshold.

        Args:
            share: float, 0 to 1, of lines that may read worse.

        Returns:
            float, 0 or more; infinite if these are too few lines.
        """
        allowed = math.floor(share * (self.lines + 1) + 1e-9) - 1
        if allowed < 0:
            return math.inf
        return self.worse[allowed] if allowed < len(self.worse) else 0.0


@dataclass(frozen=True)
class Promise:
    """What is known of a model that is to do no harm.

    Args:
        model: str, see `identify_preset`.
        trials: tuple of `Trial`. Which kind a new line is of is not known, so
            the promise is kept on each.
    """

    model: str
    trials: tuple[Trial, ...]

    def threshold(self, share):
        """The least threshold that keeps a promise on lines of each kind."""
        return max(trial.threshold(share) for trial in self.trials)

    def save(self, path):
        """Writes it as JSON, see `load_promise`."""
        content = {"format": FORMAT, **asdict(self)}
        write_whole(path, (json.dumps(content) + "\n").encode())


def choose_version(readings):
    """The restored version of a line of which a recogniser is surest.

    Args:
        readings: sequence of `Reading`, one for each of `VERSIONS`.

    Returns:
        int and float: the version, and by what share it doubts that less than
        the line as found, at most 1, and below 0 if it doubts it more; doubt
        is what is left to 1 of `measure_sureness`.
    """
    found, *restored = measure_sureness(readings)
    surest = max(range(len(restored)), key=restored.__getitem__)
    gained = restored[surest] - found
    return surest + 1, gained / max(1.0 - found, LEAST_DOUBT)


def measure_sureness(readings):
    """How sure a recogniser is of readings of the same line.

    The F-measure of its characters, as far as it goes by their confidences:
    the sum of these is how many are right, of those that were read and of those
    that there are. The latter are as many as in the longest of the readings.
    So a reading is not the surer for leaving out what is hard to read.

    Args:
        readings: sequence of `Reading`.

    Returns:
        list of float, 0 to 1.
    """
    there = max(len(reading.characters) for reading in readings)
    return [
        2
        * sum(c.confidence for c in reading.characters)
        / max(1, len(reading.characters) + there)
        for reading in readings
    ]


def load_promise(model, path=None):
    """What was found out about a model by `calibrate`.

    Args:
        model: str or path, see `find_preset`.
        path: path of a file, or `None` for that beside its weights.

    Returns:
        `Promise`.

    Raises:
        UserError: if there is none, or it is of other weights.
    """
    folder = find_preset(model)
    own = path is None
    path = place_promise(model) if own else Path(path)
    how = "python -m keras_htr_gan calibrate finds it out on your lines"
    if own and not path.exists():
        raise UserError(
            f"`no_harm`: what {model} can promise is not known: {how}, and "
            "`calibration` names the file"
        )
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}")
        promise = Promise(content["model"], parse_trials(content["trials"]))
    except OSError as error:
        raise UserError(f"`calibration`: {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"`calibration`: {path}: not what calibrate wrote: {error!r}"
        ) from error
    if promise.model != identify_preset(folder):
        raise UserError(
            f"`calibration`: {path}: was found out with other weights than "
            f"those of {model}; {how}"
        )
    return promise


def place_promise(model):
    """Where a model has what can be promised of it, if it does: `Path`."""
    return find_preset(model) / PROMISE


def parse_trials(rows):
    """The `Trial`s of a file: tuple, at least one."""
    trials = tuple(
        Trial(str(row["name"]), int(row["lines"]), tuple(map(float, worse)))
        for row in rows
        for worse in [sorted(row["worse"], reverse=True)]
    )
    if not trials:
        raise ValueError("no trials")
    return trials


def identify_preset(folder):
    """What tells a preset's weights from others, by their checksums: str."""
    return hashlib.sha256((folder / CONFIG).read_bytes()).hexdigest()[:16]
