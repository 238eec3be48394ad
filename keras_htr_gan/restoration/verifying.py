"""Whether results are what they say: restored again, and compared."""

import contextlib
import dataclasses
import inspect
import io
import itertools
import json
import re
import tempfile
from pathlib import Path

from keras_htr_gan.errors import UserError
from keras_htr_gan.images.decoding import ImageError
from keras_htr_gan.images.documents import SUFFIXES, count_pages
from keras_htr_gan.images.finding import find_documents
from keras_htr_gan.images.xmp import read_packets
from keras_htr_gan.presets import shipped_presets
from keras_htr_gan.restoration.by_line import (
    AS_FOUND,
    VERSIONS,
    hash_outlines,
)
from keras_htr_gan.restoration.comparing import compare_documents
from keras_htr_gan.restoration.documents import restore_documents
from keras_htr_gan.restoration.files import restore_jobs
from keras_htr_gan.restoration.jobs import Job
from keras_htr_gan.restoration.named_files import NamedFiles, NotAtHandError
from keras_htr_gan.restoration.partners import Partner
from keras_htr_gan.restoration.provenance import NOT_RECORDED, __version__
from keras_htr_gan.restoration.provenance_xmp import parse_provenance
from keras_htr_gan.restoration.restorer import Restorer
from keras_htr_gan.transcripts.finding import Transcript

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
        choose_again: function of a model's name, its `Restorer`, and a dict of
            unknown origin, see `CarefulRestorer.describe`: what chooses as
            that says, or else raises a `NotAtHandError`; or `None`.
        allow_copies: bool, whether a result may be a copy of a scan that is
            found in `scans`, as is one of which nothing was restored.
    """

    def __init__(
        self, scans=None, model=None, choose_again=None, allow_copies=False
    ):
        self.files, self.model = NamedFiles(scans), model
        self.choose_again, self.allow_copies = choose_again, allow_copies
        self.restorers, self.choosing = {}, {}

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
            return self.verify_copy(path)
        try:
            return self.verify_restored(path, provenance)
        except NotAtHandError as error:
            return Verdict(path, False, str(error))
        except Exception as error:
            # What a file of unknown origin says may be wrong in many ways.
            return Verdict(path, False, f"cannot be compared: {error}")

    def verify_copy(self, path):
        """Looks at what says nothing, as a scan does that was taken as found.

        Returns:
            `Verdict`.
        """
        source, _ = self.files.find(path, path.name, self.files.digest(path))
        if source is None or source.samefile(path):
            return Verdict(path, False, "no provenance")
        told = "same" if self.allow_copies else "no provenance"
        return Verdict(path, self.allow_copies, f"{told}, a copy of {source}")

    def verify_restored(self, path, provenance):
        """Looks at what says how it was restored.

        Returns:
            `Verdict`.

        Raises:
            NotAtHandError: if that cannot be done here.
        """
        said = provenance.source, provenance.sha256
        source = self.files.expect("source", path, *said)
        restorer, name, others = self.find_restorer(provenance)
        settings = choose_known(provenance.settings)
        if restorer is None or settings is None:
            raise NotAtHandError(tell_others(others))
        partners = self.find_other_sides(path, settings.pop("other_side", ()))
        pages = count_pages(source)
        partners = partners and map(partners.get, range(1, pages + 1))
        job = Job(source, path, pages, "", "", partners=tuple(partners))
        if "choose" in settings:
            said = settings.pop("choose")
            settings["choose"] = self.find_choosing(name, restorer, said)
            job = dataclasses.replace(
                job, outlined=self.find_outlined(path, source, said)
            )
        found, made = restore_and_compare(restorer, job, settings)
        otherwise = tell_otherwise(provenance.pages, made)
        told = [otherwise] if otherwise else []
        if not (found.same and otherwise):
            told.insert(0, found.tell())
        same = found.same and not otherwise
        if not same and others:
            told.append(tell_others(others))
        return Verdict(path, same, "; ".join(told))

    def find_other_sides(self, path, sides):
        """The pages that show the other sides of those of a source.

        Args:
            path: `Path` of the result.
            sides: see `list_other_sides`; of unknown origin.

        Returns:
            dict of the number of a page, from 1, to its `Partner`.

        Raises:
            NotAtHandError: if one is not found.
        """
        partners = {}
        for side in sides:
            said = side["source"], side["sha256"]
            found = self.files.expect("other side", path, *said)
            number = int(side["source_page"]) - 1
            partners[int(side["page"])] = Partner(found, number)
        return partners

    def find_outlined(self, path, source, said):
        """The `Transcript` by which the lines of a source were known.

        Its text may be another by now, and it may be the one beside the
        result: what counts is where lines are.

        Args:
            path, source: `Path` of the result and of its source.
            said: see `find_choosing`.

        Returns:
            `Transcript`, or `None` where there was none.

        Raises:
            NotAtHandError: if it is not found.
        """
        if "outlines" not in said:
            return None

        def open_as(file):
            return Transcript(file, file.parent, Path(file.name), source)

        said = said["outlines"]["source"], said["outlines"]["sha256"]
        return open_as(
            self.files.expect(
                "PAGE or ALTO",
                *(path, *said),
                digest=lambda file: hash_outlines(open_as(file)),
                suffix=".xml",
            )
        )

    def find_choosing(self, name, restorer, said):
        """What chooses again how much of each line is restored.

        Args:
            name: str or path of its model.
            restorer: `Restorer`.
            said: dict of unknown origin, see `CarefulRestorer.describe`.

        Raises:
            NotAtHandError: if it would be another.
        """
        if self.choose_again is None or not isinstance(said, dict):
            raise NotAtHandError("cannot be compared: a recogniser chose")
        said = {k: v for k, v in said.items() if k != "outlines"}
        key = str(name), restorer.identity.runtime, json.dumps(said)
        if key not in self.choosing:
            self.choosing[key] = self.choose_again(name, restorer, said)
        return self.choosing[key]

    def find_restorer(self, provenance):
        """What restores as a result was, and what of it is other here.

        Returns:
            `Restorer`, or `None`; the name by which it was loaded; and a list
            of str.
        """
        made = provenance.model
        others = []
        if provenance.version != __version__:
            others.append(f"keras_htr_gan {provenance.version}")
        if made is None:
            return None, None, [*others, "a model that it does not name"]
        names = [self.model] if self.model is not None else []
        names += [made.name] if made.name in shipped_presets() else []
        for name in names:
            try:
                restorer = self.load(name, made.runtime)
            except UserError as error:
                return None, None, [*others, f"{made.runtime}: {error}"]
            here = restorer.identity
            if made.is_made_of_one(here):
                if made.library != here.library:
                    others.append(made.library)
                if made.precision != here.precision:
                    others.append(f"a processor that has {made.precision}")
                if made.files != here.files:
                    others.append(f"another file of {made.name}")
                return restorer, name, others
        return None, None, [*others, f"the model {made.name}"]

    def load(self, name, runtime):
        if (name, runtime) not in self.restorers:
            restorer = Restorer.from_preset(name, runtime)
            self.restorers[name, runtime] = restorer
        return self.restorers[name, runtime]


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
        `Comparison`, and the pages as this one says them, see `Provenance`;
        none if it is a copy of its source.

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
        binary = settings.get("mode") == "binarize" and "choose" not in settings
        made = read_provenance(again)
        return (
            compare_documents(result, again, binary),
            [] if made is None else made.pages,
        )


def tell_otherwise(said, made):
    """Which lines are chosen otherwise than a result says, in a few words.

    Args:
        said, made: lists of dict, pages of unknown origin and such as they are
            made again, see `Provenance`. A line of which they say nothing is
            as found.

    Returns:
        str, or `None` if there are none.
    """
    found = []
    for page, again in itertools.zip_longest(said, made, fillvalue={}):
        number = (page or again).get("page")
        lines = [
            str(p["lines"]).split(", ") if "lines" in p else []
            for p in (page, again)
        ]
        pairs = itertools.zip_longest(*lines, fillvalue=VERSIONS[AS_FOUND])
        found += [
            f"line {line} of page {number} {now}, not {then}"
            for line, (then, now) in enumerate(pairs, 1)
            if then != now
        ]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f"chosen otherwise: {found[0]}{more}" if found else None


def tell_others(others):
    return f"made by another version or model: {', '.join(others) or 'newer'}"
