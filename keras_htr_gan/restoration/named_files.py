"""Files that a result names, found by their checksums."""

import os
from pathlib import Path

from keras_htr_gan.data.readers.safe_xml import is_file
from keras_htr_gan.errors import UserError
from keras_htr_gan.images.finding import find_documents
from keras_htr_gan.storage import hash_file, on_one_drive


class NotAtHandError(UserError):
    """Names what a result cannot be made again without."""


class NamedFiles:
    """Finds files by their checksums, each read once.

    Args:
        folder: path, or `None`.
    """

    def __init__(self, folder):
        self.folder = None if folder is None else Path(folder)
        self.digests, self.listed = {}, None

    def find(self, result, source, sha256, digest=None, suffix=""):
        """A file that a result names, by its checksum.

        Args:
            result: `Path`.
            source, sha256: str, see `Provenance`.
            digest: function of a `Path`, its checksum if it is not that of all
                its bytes; or `None`.
            suffix: str, on which its name ends.

        Returns:
            `Path`, or `None`; and then that of a file that has its name and
            is another, or `None`.
        """
        changed = None
        for path in self.propose(result, source):
            if not path.name.lower().endswith(suffix):
                continue
            found = (digest or self.digest)(path)
            if found is not None and found == sha256:
                return path, None
            if path.name == Path(source).name:
                changed = changed or path
        return None, changed

    def expect(self, what, result, source, *how, **more):
        """The same, which has to be there.

        Args:
            what: str, what it is to the result.

        Returns:
            `Path`.

        Raises:
            NotAtHandError: if it is not found.
        """
        found, changed = self.find(result, source, *how, **more)
        if found is None:
            name = source.rpartition("/")[2]
            raise NotAtHandError(
                f"{what} changed: {changed}"
                if changed
                else f"{what} not found: {name}"
            )
        return found

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
                self.listed += [
                    path
                    for path in found.others
                    if path.suffix.lower() == ".xml"
                ]
        return self.listed

    def digest(self, path):
        if path not in self.digests:
            try:
                self.digests[path] = hash_file(path)
            except OSError:
                self.digests[path] = None
        return self.digests[path]
