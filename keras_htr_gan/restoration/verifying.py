"""Whether results are what they say: restored again, and compared."""

import contextlib
import dataclasses
import inspect
import io
import os
import re
import tempfile
from pathlib import Path

from keras_htr_gan.data.readers.safe_xml import is_file
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import ImageError
from keras_htr_gan.images.documents import SUFFIXES, count_pages
from keras_htr_gan.images.finding import find_documents
from keras_htr_gan.images.xmp import read_packets
from keras_htr_gan.presets import shipped_presets
from keras_htr_gan.restoration.comparing import compare_documents
from keras_htr_gan.restoration.documents import restore_documents
from keras_htr_gan.restoration.files import restore_jobs
from keras_htr_gan.restoration.jobs import Job
from keras_htr_gan.restoration.partners import Partner
from keras_htr_gan.restoration.provenance import NOT_RECORDED, __version__
from keras_htr_gan.restoration.provenance_xmp import parse_provenance
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.storage import hash_file, on_one_drive

# Arguments of ours that no file may say.
OURS = {"restorer", "jobs", "model", "runtime", "engine", "workers", "options"}


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What was found of a result.

    Args:
        path: `Path`.
        same: bool, whether it is what it says.
        told: str, a few words.
    """

    path: Path
    same: bool
    told: str


class Verifier:
    """Restores the sources of results again, and compares.

    Models are loaded once. A file of unknown origin names its own: of these
    only such as are shipped are loaded, and what else it names only where its
    checksum is that of a source.

    Args:
        scans: path of the folder of sources, or `None` where they are beside
            their results or where these say.
        model: str or path, see `Restorer.from_preset`: what restored, where
            it is not shipped; or `None`.
    """

    def __init__(self, scans=None, model=None):
        self.sources, self.model = Sources(scans), model
        self.restorers = {}

    def verify(self, path):
        """Looks at a result.

        Args:
            path: `Path`.

        Returns:
            `Verdict`.
        """
        try:
            provenance = read_provenance(path)
        except (ImageError, OSError) as error:
            return Verdict(path, False, f"cannot be read: {error}")
        if provenance is None:
            return Verdict(path, False, "no provenance")
        source, changed = self.sources.find(path, provenance)
        if source is None:
            name = provenance.source.rpartition("/")[2]
            told = (
                f"source changed: {changed}"
                if changed
                else (f"source not found: {name}")
            )
            return Verdict(path, False, told)
        if "choose" in provenance.settings:
            told = "cannot be compared: a reader chose what was restored"
            return Verdict(path, False, told)
        restorer, others = self.find_restorer(provenance)
        settings = choose_known(provenance.settings)
        if restorer is None or settings is None:
            return Verdict(path, False, tell_others(others))
        try:
            sides = settings.pop("other_side", ())
            partners, missing = self.find_other_sides(path, provenance, sides)
            if missing:
                return Verdict(path, False, f"other side not found: {missing}")
            pages = count_pages(source)
            partners = partners and map(partners.get, range(1, pages + 1))
            job = Job(source, path, pages, "", "", partners=tuple(partners))
            found = restore_and_compare(restorer, job, settings)
        except Exception as error:
            # Settings of unknown origin may be wrong in many ways.
            return Verdict(path, False, f"cannot be compared: {error}")
        told = found.tell()
        if not found.same and others:
            told = f"{told}; {tell_others(others)}"
        return Verdict(path, found.same, told)

    def find_other_sides(self, path, provenance, sides):
        """The pages that show the other sides of those of a source.

        Args:
            path: `Path` of the result.
            provenance: its `Provenance`.
            sides: see `list_other_sides`; of unknown origin.

        Returns:
            dict of the number of a page, from 1, to its `Partner`; and the
            name of a file that is not found, or `None`.
        """
        partners = {}
        for side in sides:
            said = {name: side[name] for name in ("source", "sha256")}
            shown = dataclasses.replace(provenance, **said)
            found, _ = self.sources.find(path, shown)
            if found is None:
                return {}, side["source"].rpartition("/")[2]
            number = int(side["source_page"]) - 1
            partners[int(side["page"])] = Partner(found, number)
        return partners, None

    def find_restorer(self, provenance):
        """What restores as a result was, and what of it is other here.

        Returns:
            `Restorer`, or `None`, and a list of str.
        """
        made = provenance.model
        others = []
        if provenance.version != __version__:
            others.append(f"keras_htr_gan {provenance.version}")
        if made is None:
            return None, [*others, "a model that it does not name"]
        names = [self.model] if self.model is not None else []
        names += [made.name] if made.name in shipped_presets() else []
        for name in names:
            try:
                restorer = self.load(name, made.runtime)
            except UserError as error:
                return None, [*others, f"{made.runtime}: {error}"]
            here = restorer.identity
            if made.is_made_of_one(here):
                if made.library != here.library:
                    others.append(made.library)
                if made.precision != here.precision:
                    others.append(f"a processor that has {made.precision}")
                if made.files != here.files:
                    others.append(f"another file of {made.name}")
                return restorer, others
        return None, [*others, f"the model {made.name}"]

    def load(self, name, runtime):
        if (name, runtime) not in self.restorers:
            restorer = Restorer.from_preset(name, runtime)
            self.restorers[name, runtime] = restorer
        return self.restorers[name, runtime]


class Sources:
    """Finds sources by their checksums, each file read once.

    Args:
        folder: path, or `None`.
    """

    def __init__(self, folder):
        self.folder = None if folder is None else Path(folder)
        self.digests, self.listed = {}, None

    def find(self, result, provenance):
        """The source of a result.

        Args:
            result: `Path`.
            provenance: `Provenance`.

        Returns:
            `Path`, or `None`; and then that of a file that has its name and
            is another, or `None`.
        """
        changed = None
        for path in self.propose(result, provenance.source):
            if self.digest(path) == provenance.sha256:
                return path, None
            if path.name == Path(provenance.source).name:
                changed = changed or path
        return None, changed

    def propose(self, result, source):
        """Yields files, the likeliest first: `Path`."""
        name = source.rpartition("/")[2]
        for seen in (source, name):
            path = Path(os.path.normpath(result.parent / seen))
            # A file of unknown origin must not make us log in elsewhere.
            if not Path(source).is_absolute() and on_one_drive(path, result):
                if is_file(path) and not path.samefile(result):
                    yield path
        listed = self.list()
        yield from (path for path in listed if path.name == name)
        yield from (path for path in listed if path.name != name)

    def list(self):
        if self.listed is None:
            self.listed = []
            if self.folder is not None:
                found = find_documents(self.folder)
                self.listed = [path for path, _ in found.documents]
        return self.listed

    def digest(self, path):
        if path not in self.digests:
            try:
                self.digests[path] = hash_file(path)
            except OSError:
                self.digests[path] = None
        return self.digests[path]


def find_results(paths):
    """The documents to look at, without the pictures beside them.

    Args:
        paths: sequence of `Path` of files and folders.

    Returns:
        list of `Path`.
    """
    found = []
    for path in paths:
        documents = [file for file, _ in find_documents(path).documents]
        if path.is_dir():
            documents = [f for f in documents if not is_picture(f)]
        found += documents
    return found


def is_picture(path):
    """Whether a file is beside a document of whose pictures it is called one:
    of before and after, or of ink that the scan does not support: bool."""
    named = re.fullmatch(r"(.+)_(?:preview|evidence)(?:_\d+)?\.png", path.name)
    return bool(named) and any(
        path.with_name(named[1] + suffix).exists() for suffix in ("", *SUFFIXES)
    )


def read_provenance(path):
    """What a result says of how it was made.

    Args:
        path: `Path`.

    Returns:
        `Provenance`, with the pages of all its packets, or `None`.

    Raises:
        ImageError: if it cannot be read.
    """
    said = [parse_provenance(packet) for packet in read_packets(path)]
    if None in said:
        return None
    pages = [page for provenance in said for page in provenance.pages]
    return dataclasses.replace(said[0], pages=pages)


def choose_known(settings):
    """Settings that a file says, as `restore_jobs` takes them.

    Args:
        settings: dict of JSON of unknown origin.

    Returns:
        dict, or `None` if one of them is of another version.
    """
    known = set()
    for function in (restore_jobs, restore_documents):
        known |= inspect.signature(function).parameters.keys()
    known -= OURS | NOT_RECORDED
    return dict(settings) if settings.keys() <= known else None


def restore_and_compare(restorer, job, settings):
    """Restores a source into a folder that is gone afterwards.

    Args:
        restorer: `Restorer`.
        job: `Job`, whose target is there.
        settings: dict, see `restore_jobs`.

    Returns:
        `Comparison`.

    Raises:
        ImageError: if it cannot be restored, or the result not be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder, f"again{job.target.suffix}")
        result, job = job.target, dataclasses.replace(job, target=again)
        # What is odd about a page was told when it was restored first.
        with contextlib.redirect_stderr(io.StringIO()):
            failed = restore_jobs([job], restorer, quiet=True, **settings)
        for _, reason in failed:
            raise ImageError(reason)
        return compare_documents(
            result, again, settings.get("mode") == "binarize"
        )


def tell_others(others):
    return f"made by another version or model: {', '.join(others) or 'newer'}"
