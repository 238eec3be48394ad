"""The terminal of a command, before it does anything."""

import contextlib
import sys

from keras_htr_gan.backend import hide_native_logs


def prepare_terminal():
    """Hides native log lines, and lets no character stop a command.

    To be called before Keras is imported. Output that goes to a file may be
    in an encoding that lacks characters, as on Windows.
    """
    hide_native_logs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(errors="backslashreplace")
