"""python -m keras_htr_gan dashboard [ENTITY/]PROJECT"""

from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import tells_mistakes


@click.command()
@click.argument("project", metavar="[ENTITY/]PROJECT")
@click.option(
    "--spec",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what would be saved to a JSON file, and save nothing; it needs "
    "no network and no login.",
)
@click.option("--yes", is_flag=True, help="Save without being asked.")
@tells_mistakes
def dashboard(project, spec, yes):
    """Save a W&B workspace with the panels of a training.

    PROJECT is what runs were sent to: keras_htr_gan, unless 'train
    --wandb-project' named another. It is said first what would be made, and
    then asked. Runs themselves are left alone.
    """
    # Only now, as --help should not wait for it.
    from keras_htr_gan.dashboard import (
        build_workspace,
        plan_dashboard,
        save_dashboard,
        write_spec,
    )

    if spec:
        write_spec(build_workspace(project), spec)
        click.echo(f"{spec}: what would be saved; nothing was sent")
        return
    planned = plan_dashboard(project)
    click.echo(planned)
    if not yes:
        click.confirm("Save this?", abort=True)
    click.echo(save_dashboard(planned))
