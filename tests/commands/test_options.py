import click
import pytest
from click.testing import CliRunner

from keras_htr_gan.__main__ import main
from keras_htr_gan.commands.options import Finite


def every_command(group=main, name="keras_htr_gan"):
    """The commands with what is typed for them: `(str, click.Command)`."""
    context = click.Context(group)
    for part in group.list_commands(context):
        command = group.get_command(context, part)
        if isinstance(command, click.Group):
            yield from every_command(command, f"{name} {part}")
        else:
            yield f"{name} {part}", command


def test_no_option_takes_what_is_no_number():
    seen = 0
    for name, command in every_command():
        for parameter in command.params:
            if not isinstance(parameter.type, click.types.FloatParamType):
                continue
            seen += 1
            for value in ("nan", "inf", "-inf"):
                with pytest.raises(click.BadParameter):
                    parameter.type.convert(value, parameter, None)
                    pytest.fail(f"{name} {parameter.opts[0]} {value}")
    assert seen > 8


def test_a_finite_number_of_the_range_is_taken():
    @click.command()
    @click.option("--share", type=Finite(0, 1))
    def show(share):
        click.echo(share)

    run = CliRunner().invoke
    assert run(show, ["--share", "0.5"]).output == "0.5\n"
    done = run(show, ["--share", "NaN"])
    assert done.exit_code == 2
    assert "'--share': NaN is no finite number." in done.stderr
    assert run(show, ["--share", "2"]).exit_code == 2
