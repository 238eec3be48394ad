"""Repositories of the Hugging Face hub: what is asked of them, and mistakes.

They are named as Keras names them: `hf://user/name`, and with a version, which
is a branch, a tag or a commit, `hf://user/name@version`. `HF_TOKEN` or a login
opens private ones, and `HF_ENDPOINT` is another hub; `huggingface_hub` knows.
"""

import contextlib
import importlib.util
import re
import typing
from pathlib import Path

from keras_htr_gan.errors import UserError

PREFIX = "hf://"
NAME = r"\w[\w.-]*/\w[\w.-]*"
URI = re.compile(rf"{PREFIX}({NAME})(?:@([\w./-]+))?")
HOW_TO_LOG_IN = "hf auth login, or set HF_TOKEN"


class Repository(typing.NamedTuple):
    """A repository of models.

    Args:
        name: str, `"user/name"`.
        version: str, or `None` for the newest.
    """

    name: str
    version: str | None


def names_repository(name):
    """Whether a name is that of a repository, and no path: bool."""
    return str(name).startswith(PREFIX)


def parse_repository(uri):
    """What a URI names: `Repository`.

    Raises:
        UserError: if it has another form.
    """
    found = URI.fullmatch(uri)
    if not found:
        raise UserError(
            f"{uri}: not the name of a repository, which is hf://user/name, "
            "or hf://user/name@version"
        )
    return Repository(*found.groups())


def download_files(uri, choose_more, *patterns):
    """Downloads files of a repository, or finds them where they were kept.

    Without a network those of the last download are taken.

    Args:
        uri: str, see `parse_repository`.
        choose_more: function of the folder to which of its files are to be
            there, too: list of str, patterns.
        *patterns: str, of the files that are downloaded first.

    Returns:
        `Path` of a folder; others of its files may lie there, too.

    Raises:
        UserError: if there is no such repository, it cannot be reached, or
            the package is missing that asks for it.
    """
    require_hub(uri)
    from huggingface_hub import snapshot_download

    name, version = parse_repository(uri)
    with telling_faults(uri):
        folder = Path(
            snapshot_download(name, revision=version, allow_patterns=patterns)
        )
        more = choose_more(folder)
        # The folder is called as the commit: all are of one.
        snapshot_download(name, revision=folder.name, allow_patterns=more)
    return folder


def require_hub(uri):
    """Sees that what asks the hub is installed.

    Raises:
        UserError: if it is not; says how to install it.
    """
    if importlib.util.find_spec("huggingface_hub") is None:
        raise UserError(
            f"{uri}: huggingface_hub is not here, which asks for it: "
            "pip install huggingface_hub"
        )


@contextlib.contextmanager
def telling_faults(uri):
    """Within a `with` block, what the hub or the way to it lacks is a
    `UserError` of one line."""
    from huggingface_hub import errors

    try:
        yield
    except UserError:
        raise
    except errors.GatedRepoError as error:
        raise UserError(
            f"{uri}: only for those whom its owner lets in: ask on its page, "
            f"then log in: {HOW_TO_LOG_IN}"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise UserError(
            f"{uri}: no such repository, or a private one: mend the name, or "
            f"log in: {HOW_TO_LOG_IN}"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise UserError(
            f"{uri}: the repository has no such version; leave out what is "
            "behind the @ for the newest"
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise UserError(
            f"{uri}: the hub cannot be reached, and nothing of it was kept; "
            "try again with a network"
        ) from error
    except errors.HfHubHTTPError as error:
        raise UserError(f"{uri}: {describe_answer(error)}") from error
    except Exception as error:  # Of the library below, too, which changes.
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise UserError(
            f"{uri}: the hub could not be asked: {reason[0]}"
        ) from error


def describe_answer(error):
    """What the hub answered, and the mend: str."""
    status = getattr(error.response, "status_code", None)
    if status == 401:
        return f"the hub does not know the token: log in anew: {HOW_TO_LOG_IN}"
    if status == 403:
        return (
            "the token does not allow it: take one that may write to "
            "repositories of that user"
        )
    said = (error.server_message or str(error)).strip().splitlines()[0]
    return f"the hub answered {status} ({said}); try again later"
