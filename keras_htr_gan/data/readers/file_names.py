"""Finds files that are named a little otherwise than they are called.

A zip of macOS holds "é" as two characters (Unicode NFD) where a table has one
(NFC); and what was written on Windows or macOS says `a.png` of `a.PNG`.
"""

import os
import stat
import unicodedata

from keras_htr_gan.data.wording import shorten, to_one_line
from keras_htr_gan.storage import is_within


class FileNames:
    """The files of one data set.

    A folder is listed if a name in it is not found, and only once.

    Attributes:
        respelt: dict of a path as it was named to the path that was found
            for it.
    """

    def __init__(self):
        self.listings = {}
        self.respelt = {}

    def find(self, path, folder, others=frozenset()):
        """Finds a file by its name, or the one file whose name is nearly it.

        Args:
            path: `Path`.
            folder: `Path` that it begins with; nothing outside is listed.
            others: collection of `Path` that are the files of other names.

        Returns:
            `Path`, or `None` if there is no such file. It may lie outside the
            folder if it was named so.

        Raises:
            ValueError: if several files are nearly called so.
        """
        if is_regular(path):
            return path
        if path in self.respelt:
            return self.respelt[path]
        depth = len(folder.parts)
        if path.parts[:depth] != folder.parts:
            return None
        places = [folder]
        for part in path.parts[depth:]:
            places = [
                place / name
                for place in places
                for name in self.spellings(part, place, folder)
            ]
        fitting = [p for p in places if p not in others and is_regular(p)]
        if len(fitting) > 1:
            names = ", ".join(
                to_one_line(p.relative_to(folder).as_posix()) for p in fitting
            )
            raise ValueError(
                f"no file is called {to_one_line(shorten(path.name))}, and "
                f"several are but for capitals or accents: {names}"
            )
        if not fitting:
            return None
        self.respelt[path] = fitting[0]
        return fitting[0]

    def spellings(self, name, place, folder):
        """The names in a folder that are a name but for their spelling."""
        if name == "..":
            return [name]
        if place not in self.listings:
            found = {}
            if is_within(place, folder):
                for each in list_names(place):
                    found.setdefault(fold_name(each), []).append(each)
            self.listings[place] = found
        return self.listings[place].get(fold_name(name), [])

    def describe(self):
        """What was found under another name: list of str, at most one."""
        if not self.respelt:
            return []
        named, found = (p.name for p in next(iter(self.respelt.items())))
        if compose(named) == compose(found):
            # Nobody sees a difference.
            named, found = map(show_code_points, (named, found))
        count = len(self.respelt)
        return [
            f"{count} file{'s' * (count > 1)} named with other capitals, or in "
            f"another form of Unicode: {to_one_line(named)} for "
            f"{to_one_line(found)}"
        ]


def list_names(folder):
    """The names in a folder, sorted; none if it cannot be listed."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def is_regular(path):
    """Whether a path is a file's: bool.

    Raises:
        ValueError: if no file can be called so.
    """
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        # None, or a name too long, or a link to itself.
        return False


def fold_name(name):
    """A name without what spellings of it differ in: str."""
    return compose(compose(name).lower())


def compose(name):
    return unicodedata.normalize("NFC", name)


def show_code_points(name):
    return name.encode("ascii", "backslashreplace").decode()
