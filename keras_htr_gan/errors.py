"""Mistakes that a command answers in one line, without a traceback."""


class UserError(Exception):
    """Something the user gave cannot be used.

    The message names the file, line or option, and the mend.
    """
