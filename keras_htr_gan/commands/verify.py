"""python -m keras_htr_gan verify RESULT..."""

from functools import partial
from pathlib import Path

import click

from keras_htr_gan.commands.mistakes import tells_mistakes
from keras_htr_gan.errors import UserError


@click.command()
@click.argument(
    "results",
    nargs=-1,
    required=True,
    metavar="RESULT...",
    type=click.Path(exists=True, path_type=Path),
)
@click.option(
    "--scans",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder of what was restored; it is known by its checksum, whatever "
    "it is called now.  [default: where each result says, or beside it]",
)
@click.option(
    "--model",
    default=None,
    metavar="PRESET|RUN|FILE",
    help="What restored, see 'restore'.  [default: what each result says, if "
    "it is shipped]",
)
@click.option(
    "--calibration",
    "calibrations",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="What 'restore --no-harm' chose by, see there; it is known by its "
    "checksum. Repeat it for several.  [default: what comes with the model]",
)
@click.option(
    "--allow-copies",
    is_flag=True,
    help="A result may be a copy of one of the --scans, too: 'restore "
    "--no-harm' copies what it takes as found.",
)
@click.pass_context
@tells_mistakes
def verify(context, results, scans, model, calibrations, allow_copies):
    """Restore again what was restored, and compare.

    RESULT is a file that 'restore' wrote, or a folder of them: each says in its
    XMP metadata what made it. A line tells of each whether it is the same; the
    exit status is 1 if one is not.
    """
    if allow_copies and scans is None:
        raise UserError("`allow_copies` is for `scans`")
    # Imported here, as --help and mistakes should not wait for the models.
    from keras_htr_gan.reading.choosing_again import choose_again
    from keras_htr_gan.restoration.verifying import Verifier, find_results

    choosing = partial(choose_again, calibrations=calibrations)
    verifier = Verifier(scans, model, choosing, allow_copies)
    paths, same = find_results(results), 0
    for path in paths:
        verdict = verifier.verify(path)
        same += verdict.same
        click.echo(f"{path}: {verdict.told}")
    click.echo(f"{same} of {len(paths)} the same")
    context.exit(0 if paths and same == len(paths) else 1)
