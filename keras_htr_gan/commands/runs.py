"""Runs as commands begin and end them."""

import contextlib

import click

from keras_htr_gan import callbacks, distribution, training
from keras_htr_gan.commands.config_option import CONFIG
from keras_htr_gan.commands.mistakes import mistake
from keras_htr_gan.errors import UserError

STOPPED = 75  # EX_TEMPFAIL of sysexits.h: try again later


@contextlib.contextmanager
def open_run(context, kind, options, hosts=None):
    """A new run, or the one to resume, within a `with` block.

    A training that is stopped in the block ends the command with the status
    `STOPPED` and says how to go on.

    Args:
        context: `click.Context` of the command.
        kind: `TrainingSettings` or `PretrainingSettings`.
        options: dict of the command's options: the settings, `run_dir` and
            `resume`.
        hosts: `Hosts` that train together, or `None`.

    Yields:
        `Run`.

    Raises:
        UserError: if the run cannot be resumed, or the folder is not empty.
    """
    hosts = hosts or distribution.Hosts()
    folder, resume = options.pop("run_dir"), options.pop("resume")
    settings = kind.from_json(
        {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in options.items()
        }
    )
    given = [
        name
        for name in options
        if context.get_parameter_source(name)
        is click.core.ParameterSource.COMMANDLINE
    ]
    try:
        if hosts.count > 1 and not (folder or resume):
            raise UserError("`run_dir`: name one, the same on all `hosts`")
        if resume and CONFIG in context.meta:
            raise UserError(
                "`resume`: a run goes on with its own settings; leave "
                "--config out"
            )
        if resume:
            run = training.Run.resume(resume, settings, given, hosts.first)
        else:
            run = training.Run.begin(settings, folder, hosts.first)
        yield run
    except UserError as error:
        if hosts.count > 1:
            failure = mistake(error)
            failure.show()
            hosts.leave(failure.exit_code)
        raise
    except (callbacks.Stopped, distribution.HostLost) as error:
        lost = f": another host is gone ({error})" if str(error) else ""
        program = context.command_path if context.parent else "python train.py"
        click.echo(
            f"Stopped{lost}; go on with: {program} --resume {run.folder}"
        )
        hosts.leave(STOPPED)
        context.exit(STOPPED)
