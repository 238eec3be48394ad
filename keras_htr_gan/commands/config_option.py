"""`--config`: the settings of another run, as defaults of this one's."""

import json
from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import mistake
from keras_htr_gan.errors import UserError

CONFIG = f"{__name__}.path"


def take_config(context, parameter, path):
    """Makes the settings of a run the defaults of the command's options.

    What is given on the command line, or by an environment variable, counts
    before them.
    """
    if path is None:
        return
    known = {p.name for p in context.command.params} - {"config"}
    try:
        settings = read_settings(path, known)
    except UserError as error:
        raise mistake(error) from None
    context.meta[CONFIG] = path
    context.default_map = (context.default_map or {}) | settings


def read_settings(path, known):
    """The settings of a run's `config.json`.

    Args:
        path: `Path` of the file, or of the run's folder.
        known: set of str, those that are taken.

    Returns:
        dict of name to value.

    Raises:
        UserError: if it is no such file.
    """
    path = path / "config.json" if path.is_dir() else path
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error})") from None
    if not isinstance(settings, dict) or not known & set(settings):
        raise UserError(
            f"{path}: holds no setting of this command; name the config.json "
            "of a run, or its folder"
        )
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in settings.items()
        if name in known and value is not None
    }


config_option = click.option(
    "--config",
    type=click.Path(exists=True, path_type=Path),
    default=None,
    metavar="FILE|RUN",
    is_eager=True,
    expose_value=False,
    callback=take_config,
    help="Take the settings of another run, its config.json or its folder, as "
    "defaults of these options.",
)
