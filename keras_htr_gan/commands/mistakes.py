"""Mistakes of the user, as a command tells them."""

import collections
import functools
import re

import click

from keras_htr_gan.errors import UserError


def tells_mistakes(function=None, exit_code=1):
    """For a command: a `UserError` ends it with a message, not a traceback.

    Place it below the options. Settings that the message names in backticks
    are shown as this command's flags.

    Args:
        function: the command's function.
        exit_code: int, the status with which the command then ends.
    """
    if function is None:
        return functools.partial(tells_mistakes, exit_code=exit_code)

    @functools.wraps(function)
    def told(*args, **settings):
        try:
            return function(*args, **settings)
        except UserError as error:
            raise mistake(error, exit_code) from error

    return told


def mistake(error, exit_code=1):
    """A `UserError` as click shows it: `click.ClickException`."""
    message = with_flags(str(error), click.get_current_context().command)
    # A file's name may hold bytes that are not UTF-8.
    message = message.encode(errors="backslashreplace").decode()
    exception = click.ClickException(message)
    exception.exit_code = exit_code
    return exception


def with_flags(message, command):
    """A message with the settings in backticks as a command's flags.

    Args:
        message: str.
        command: `click.Command`; an argument is shown as its `--help` does,
            and names that it does not know stay as they are.
    """
    flags = collections.defaultdict(list)
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            flag = parameter.human_readable_name.rstrip(".")
        else:
            flag = max(parameter.opts, key=len)
        flags[parameter.name].append(flag)
    shown = {name: "/".join(several) for name, several in flags.items()}
    return re.sub(r"`(\w+)`", lambda m: shown.get(m[1], m[0]), message)
