import ast
import re

import click
import pytest
from click.testing import CliRunner

from keras_htr_gan.__main__ import main
from keras_htr_gan.commands.mistakes import tells_mistakes, with_flags
from keras_htr_gan.errors import UserError
from tests.test_architecture import library


def command(message, raised=UserError, **options):
    """A command that fails with a message."""

    @click.command()
    @click.argument("data")
    @click.argument("inputs", nargs=-1, metavar="INPUT...")
    @click.option("--output", "-o", "output")
    @click.option("-v", "--split-by")
    @click.option("--strategy", "strategies", multiple=True)
    @click.option("--as-found/--aged", default=True)
    @click.option("--binarize", "mode", flag_value="binarize")
    @click.option("--grey", "mode", flag_value="grey")
    @click.pass_context
    @tells_mistakes(**options)
    def fail(context, **settings):
        """Fails."""
        raise raised(message)

    return fail


def told(message, **options):
    return CliRunner().invoke(command(message, **options), ["lines"])


@pytest.mark.parametrize(
    "named, shown",
    [
        ("`split_by`: no column 'hand'", "--split-by: no column 'hand'"),
        ("name another `output`", "name another --output"),
        ("`strategies`: no such", "--strategy: no such"),
        ("`as_found` or `split_by`", "--as-found or --split-by"),
        ("`data`: no such folder", "DATA: no such folder"),
        ("`inputs`: none is there", "INPUT: none is there"),
        ("`mode`: there is no such", "--binarize/--grey: there is no such"),
        ("`hosts`: one alone", "`hosts`: one alone"),
        ("split_by, `split by`, ``", "split_by, `split by`, ``"),
        (r"a\1 {data} \g<0>", r"a\1 {data} \g<0>"),
    ],
)
def test_settings_are_shown_as_flags(named, shown):
    assert with_flags(named, command("")) == shown
    done = told(named)
    assert done.exit_code == 1
    assert done.output == f"Error: {shown}\n"


def test_the_mistake_stays_the_cause():
    with pytest.raises(click.ClickException) as raised:
        command("`data`: empty").main(["lines"], standalone_mode=False)
    assert raised.value.message == "DATA: empty"
    assert isinstance(raised.value.__cause__, UserError)
    assert str(raised.value.__cause__) == "`data`: empty"


def test_the_exit_status_may_be_another():
    assert told("no room", exit_code=75).exit_code == 75


def test_names_that_are_no_text_are_told():
    """A file's name on Linux may be any bytes; not all consoles take it."""
    name = b"scan_\xff.png".decode("utf-8", "surrogateescape")
    with pytest.raises(click.ClickException) as raised:
        command(f"{name}: no image; é").main(["x"], standalone_mode=False)
    assert raised.value.message == "scan_\\udcff.png: no image; é"


def test_what_is_no_mistake_of_the_user_is_not_hidden():
    done = told("a bug", raised=ValueError)
    assert isinstance(done.exception, ValueError)


def test_help_is_the_command_s():
    assert "Fails." in CliRunner().invoke(command(""), ["--help"]).output


def settings_of(command):
    names = {parameter.name for parameter in command.params}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            names |= settings_of(command.get_command(context, name))
    return names


def test_settings_that_messages_name_are_a_command_s():
    """Else no user of a command knows which flag is meant."""
    known = settings_of(main)
    strange = [
        module.at(part.lineno, f"`{name}`")
        for module in library()
        for call in module.nodes(ast.Call)
        if getattr(call.func, "id", None) == "UserError"
        for part in ast.walk(call)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
        for name in re.findall(r"`(\w+)`", part.value)
        if name not in known
    ]
    assert not strange, "\n".join(strange)
