"""The independent reader: it scores a training and has no part in it."""

from keras_htr_gan.errors import UserError
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.presets import shipped_presets

JUDGE = "latin_judge"


def select_judge(name, charset):
    """The independent reader that scores a training and has no part in it.

    Args:
        name: `"auto"` for the shipped one, if it knows every character;
            `"none"`; or see `Recognizer.from_preset`.
        charset: `Charset` of the texts.

    Returns:
        `Recognizer` or `None`.

    Raises:
        UserError: if there is none of this name, or it is damaged.
    """
    if name == "none" or (name == "auto" and JUDGE not in shipped_presets()):
        return None
    judge = Recognizer.from_preset(JUDGE if name == "auto" else name)
    unknown = [c for c in charset.characters if c not in judge.charset]
    if unknown and name == "auto":
        print(f"No judge: {JUDGE} does not know {' '.join(unknown)}")
        return None
    return judge.in_float32()


def require_judge(name, charset):
    """The same, without which an experiment compares nothing.

    Raises:
        UserError: if there is none, too.
    """
    judge = select_judge(name, charset)
    if judge is None:
        raise UserError(
            "`judge`: this experiment needs an independent reader; the "
            "command pretrain makes one, of size judge"
        )
    return judge
