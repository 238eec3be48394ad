"""The new folder that an evaluation writes its report to."""

import contextlib

from keras_htr_gan.errors import UserError


def refuse_full(output):
    """Raises `UserError` if something is in the folder already.

    Args:
        output: `Path`, or `None` for none.
    """
    if output is not None and output.exists() and any(output.iterdir()):
        raise UserError(f"`output`: {output} is not empty; name a new folder")


@contextlib.contextmanager
def report_folder(output):
    """Makes the folder, to be written within the `with` block.

    Args:
        output: `Path`.

    Raises:
        UserError: if it cannot be made or written.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise UserError(f"`output`: {output}: {error.strerror}") from error
