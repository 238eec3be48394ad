"""python -m keras_htr_gan publish PRESET hf://USER/NAME"""

import click

from keras_htr_gan.commands.mistakes import tells_mistakes


@click.command()
@click.argument("preset", metavar="PRESET|RUN")
@click.argument("uri", metavar="hf://USER/NAME")
@click.option(
    "--public", is_flag=True, help="All may see it; it is private otherwise."
)
@click.option("--yes", is_flag=True, help="Upload without being asked.")
@tells_mistakes
def publish(preset, uri, public, yes):
    """Upload a preset to the Hugging Face hub.

    It is said first which files are uploaded to which repository and who can
    see it, and then asked. 'restore --model hf://USER/NAME' uses it.
    """
    # Only now, as --help should not wait for it.
    from keras_htr_gan.publishing import carry_out_upload, plan_upload

    upload = plan_upload(preset, uri, public)
    click.echo(upload)
    if not yes:
        click.confirm("Upload this?", abort=True)
    click.echo(carry_out_upload(upload))
