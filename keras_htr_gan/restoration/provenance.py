"""What made a restored document: its source, the model and the settings."""

import dataclasses
import datetime
import inspect
import os
from pathlib import Path

from keras_htr_gan import __version__
from keras_htr_gan.restoration.by_line import hash_outlines
from keras_htr_gan.runtimes.identity import ModelIdentity
from keras_htr_gan.storage import hash_file

AGENT = "keras_htr_gan"
# Settings that change no pixel, and what a purpose says anyway.
JSON = (bool, int, float, str)
NOT_RECORDED = {"evidence", "preview", "quiet", "record", "sharp"}


@dataclasses.dataclass(frozen=True)
class Provenance:
    """What made a restored document.

    Args:
        source: str, the path of the source as seen from the folder of the
            result, with `/`; or its name alone.
        sha256: str, of the source, hexadecimal.
        model: `ModelIdentity`, or `None` where nobody said it.
        version: str, of this package.
        settings: dict of JSON, those of `restore_jobs` that change pixels.
        when: str, date and time as XMP has them.
        pages: list of dict of JSON, what was found of each page that was
            restored, see `describe_page`.
    """

    source: str
    sha256: str
    model: ModelIdentity | None
    version: str
    settings: dict
    when: str
    pages: list = dataclasses.field(default_factory=list)


def start_provenances(identity, settings=None, text_height=None):
    """What makes the provenance of documents that are restored alike.

    Args:
        identity: `ModelIdentity` or `None`.
        settings: dict, see `choose_recorded`, or `None`.
        text_height: float, pixels, where it is said, also by PAGE or ALTO.

    Returns:
        Function of a `Job`, whose files it reads for their checksums: its
        `Provenance` before it has pages. It raises an `OSError` if one of them
        cannot be read.
    """
    settings = dict(settings or {})
    if text_height is not None:
        settings["text_height"] = float(text_height)

    def begin(job):
        # Such are not trimmed, whatever is asked for.
        known = {"trim": False} if job.transcribed else {}
        if sides := list_other_sides(job):
            known["other_side"] = sides
        if "choose" in settings and (digest := hash_outlines(job.outlined)):
            path = see_from(job.target.parent, job.outlined.path)
            outlines = {"source": path, "sha256": digest}
            known["choose"] = settings["choose"] | {"outlines": outlines}
        return Provenance(
            source=see_from(job.target.parent, job.source),
            sha256=hash_file(job.source),
            model=identity,
            version=__version__,
            settings=settings | known,
            when=tell_time(),
        )

    return begin


def list_other_sides(job):
    """What shows the other sides of a document's pages: list of dict of JSON.

    Args:
        job: `Job`.

    Raises:
        OSError: if one of them cannot be read.
    """
    digests = {
        partner.path: hash_file(partner.path)
        for partner in job.partners
        if partner is not None
    }
    return [
        {
            "page": page,
            "source": see_from(job.target.parent, partner.path),
            "sha256": digests[partner.path],
            "source_page": partner.number + 1,
        }
        for page, partner in enumerate(job.partners, 1)
        if partner is not None
    ]


def choose_recorded(settings, function):
    """Those of settings that are recorded: dict of JSON.

    Args:
        settings: dict of name to value.
        function: what takes them; where nothing is said, its defaults are.
    """
    parameters = inspect.signature(function).parameters.values()
    defaults = {
        p.name: p.default for p in parameters if p.default is not p.empty
    }
    return {
        name: describe_setting(value)
        for name, value in (defaults | settings).items()
        if name not in NOT_RECORDED and value is not None
    }


def describe_setting(value):
    """A setting as JSON; what chooses describes itself."""
    if hasattr(value, "describe"):
        return value.describe()
    return value if isinstance(value, JSON) else str(value)


def describe_page(look):
    """What was seen of a page, as it is recorded: dict of JSON.

    `kind` and `text_height` are added by who restores it, and the `VERSIONS` of
    its `lines`, if these were chosen; and `page`, from 1, and the `rows` that a
    line was cut to, by who writes it.

    Args:
        look: `Look`.
    """
    return {
        "polarity": "light" if look.negative else "dark",
        "turn": "side" if look.sideways else "none",
        "borders": bool(look.borders is not None and look.borders.any()),
    }


def see_from(folder, source):
    """The path of a file as seen from a folder: str, with `/`.

    Only its name where both have no folder in common, which would tell more
    of this machine than of the file.
    """
    folder, source = (Path(os.path.abspath(path)) for path in (folder, source))
    if folder.parts[:2] != source.parts[:2]:
        return source.name
    return Path(os.path.relpath(source, folder)).as_posix()


def tell_time():
    """Now, or `SOURCE_DATE_EPOCH`, which makes files the same anew: str."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if seconds and seconds.isdecimal():
        now = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
    else:
        now = datetime.datetime.now(datetime.UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")
