"""Uploads presets to the Hugging Face hub, with cards that say enough."""

import dataclasses
import fnmatch
from pathlib import Path

from keras_htr_gan.errors import UserError
from keras_htr_gan.hub import (
    HOW_TO_LOG_IN,
    parse_repository,
    require_hub,
    telling_faults,
)
from keras_htr_gan.presets import BESIDE_WEIGHTS, CARD, CHARSET, CONFIG, Preset

# What a card says in its front matter, at least.
SAID = ("license", "tags", "library_name", "metrics", "language")
LIBRARY, UNKNOWN = "keras", "unknown"


@dataclasses.dataclass(frozen=True)
class Upload:
    """What would be uploaded where.

    Args:
        uri: str, `"hf://user/name"`.
        folder: `Path` of the preset.
        files: tuple of str, names of those of its files that are uploaded.
        public: bool, whether all may see the repository.
        new: bool, whether it is made first.
    """

    uri: str
    folder: Path
    files: tuple[str, ...]
    public: bool
    new: bool

    def __str__(self):
        """What is asked for consent: repository, who sees it, and files."""
        seen = "public: all may see it" if self.public else "private"
        made = "a new repository" if self.new else "a repository that is there"
        rows = [
            f"  {name}, {(self.folder / name).stat().st_size:,} bytes"
            for name in self.files
        ]
        return "\n".join([f"{self.uri}: {made}, {seen}", *rows])


def upload_preset(preset, uri, public=False):
    """Uploads a preset to the Hugging Face hub, without asking further.

    `HTRGAN.from_preset(uri)` then loads it. A repository that is not there is
    made. Only the preset's own files are uploaded, whatever else lies beside
    them.

    Args:
        preset: str or path, see `Preset`.
        uri: str, `"hf://user/name"`.
        public: bool, whether all may see it; a repository that is there is
            left as it is, and has to be so.

    Returns:
        str, the address of the commit.

    Raises:
        UserError: see `plan_upload`; or if it cannot be uploaded.
    """
    return carry_out_upload(plan_upload(preset, uri, public))


def plan_upload(preset, uri, public=False):
    """Sees that a preset can be uploaded, and looks where it would go.

    Args: see `upload_preset`.

    Returns:
        `Upload`.

    Raises:
        UserError: if there is no such preset, its files are damaged, its card
            does not say enough, nobody is logged in, or the repository is
            seen by others than was said.
    """
    require_hub(uri)
    if parse_repository(uri).version:
        raise UserError(f"{uri}: leave out the version; it is made by this")
    preset = Preset(preset)
    for name in preset.files:
        preset.read_checked(name)
    check_card(preset.folder / CARD)
    return Upload(
        uri,
        preset.folder,
        list_preset_files(preset),
        public,
        new=not is_there(uri, public),
    )


def list_preset_files(preset):
    """The files of a `Preset` that belong to it: tuple of str."""
    beside = [
        path.name
        for path in sorted(preset.folder.iterdir())
        if any(
            fnmatch.fnmatch(path.name, pattern) for pattern in BESIDE_WEIGHTS
        )
    ]
    return (CARD, CONFIG, CHARSET, *sorted(preset.files), *beside)


def check_card(path):
    """Sees that a model card has the front matter that the hub goes by.

    Args:
        path: `Path` of the card.

    Raises:
        UserError: if it lacks some of `SAID`; names what.
    """
    import yaml
    from huggingface_hub import ModelCard

    try:
        data = ModelCard(path.read_text(encoding="utf-8")).data.to_dict()
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    except (ValueError, TypeError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: its front matter: {reason}") from error
    if lacks := [name for name in SAID if not data.get(name)]:
        raise UserError(
            f"{path}: its front matter lacks {', '.join(lacks)}; write it "
            "between two lines of --- at the top, as the shipped presets do"
        )
    if data["license"] == UNKNOWN:
        raise UserError(
            f"{path}: license: {UNKNOWN}; say under which others may use it, "
            "which the data of the training has to allow"
        )
    if data["library_name"] != LIBRARY:
        raise UserError(
            f"{path}: library_name: {data['library_name']}; it is {LIBRARY}"
        )


def is_there(uri, public):
    """Whether a repository is there, and seen by whom it should be: bool.

    Raises:
        UserError: if nobody is logged in, or it is seen by others.
    """
    from huggingface_hub import HfApi, errors, get_token

    if get_token() is None:
        raise UserError(
            f"{uri}: nobody is logged in to the hub: {HOW_TO_LOG_IN}"
        )
    with telling_faults(uri):
        try:
            info = HfApi().model_info(parse_repository(uri).name)
        except errors.RepositoryNotFoundError:
            return False
    if info.private and public:
        raise UserError(
            f"{uri}: is there and private; make it public on its page, or "
            "leave out `public`"
        )
    if not (info.private or public):
        raise UserError(
            f"{uri}: is there and public, so all would see it; say `public` "
            "if they may, or take another name"
        )
    return True


def carry_out_upload(upload):
    """Uploads what was planned, in one commit: str, its address.

    Raises:
        UserError: if it cannot be.
    """
    from huggingface_hub import CommitOperationAdd, HfApi

    name, api = parse_repository(upload.uri).name, HfApi()
    operations = [
        CommitOperationAdd(file, upload.folder / file) for file in upload.files
    ]
    with telling_faults(upload.uri):
        if upload.new:
            api.create_repo(name, private=not upload.public)
        commit = api.create_commit(
            name, operations, commit_message="Upload the preset"
        )
    return str(commit.commit_url)
