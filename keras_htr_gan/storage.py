"""Files and folders: kept, written whole, locked, and held to a folder."""

import contextlib
import os
import threading
from pathlib import Path

import filelock
import platformdirs

NAME = "keras_htr_gan"


def cache_folder():
    """Where things are kept that a later run can use again: `Path`.

    The user's cache folder as the system has it; on Linux
    `$XDG_CACHE_HOME/keras_htr_gan`, by default in `~/.cache`.
    """
    return platformdirs.user_cache_path(NAME, appauthor=False)


@contextlib.contextmanager
def whole_file(path):
    """A file that is there as a whole or not at all.

    Within the `with` block it has another name in the same folder, with the
    same suffix. At the end it is flushed to disk and takes its name, and
    replaces what had it; after an error nothing is left of it. Missing folders
    are made.

    Args:
        path: path.

    Yields:
        `Path` to write to.
    """
    path = Path(path)
    # Two processes, or threads, may write the same file.
    writer = f"{os.getpid()}_{threading.get_ident()}"
    partial = path.with_name(f".partial_{writer}_{path.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield partial
        with open(partial, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(path, content):
    """Writes a file, whole or not at all, see `whole_file`.

    Args:
        path: path.
        content: bytes, or str, which is written as UTF-8; what cannot be
            (half a character of a strange file's name), with a backslash.
    """
    if isinstance(content, str):
        content = content.encode(errors="backslashreplace")
    with whole_file(path) as partial:
        partial.write_bytes(content)


@contextlib.contextmanager
def locked(path):
    """Holds a lock for this process within a `with` block.

    Args:
        path: path of the lock's file, which stays.

    Raises:
        BlockingIOError: if another process has it.
    """
    try:
        lock = filelock.FileLock(path).acquire(blocking=False)
    except filelock.Timeout as error:
        raise BlockingIOError(f"{path} is locked") from error
    with lock:
        yield


def is_within(path, folder):
    """Whether a path stays in a folder once its links are followed: bool."""
    try:
        return Path(path).resolve().is_relative_to(Path(folder).resolve())
    except (OSError, RuntimeError, ValueError):
        return False
