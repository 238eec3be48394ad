"""Files and folders: kept, written whole, locked, and held to a folder."""

import contextlib
import hashlib
import os
import secrets
import sys
import time
from pathlib import Path

import filelock
import platformdirs

NAME = "keras_htr_gan"
PARTIAL = ".partial_"
LONGEST_SUFFIX = 16  # bytes
WINDOWS = sys.platform == "win32"
PATIENCE = 5.0  # seconds


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
    replaces what had it; after an error nothing is left of it. A process that
    is killed leaves it under the other name, see `remove_partials`. Missing
    folders are made. A pipe or a device, as `/dev/null`, is written directly.

    Args:
        path: path.

    Yields:
        `Path` to write to.

    Raises:
        OSError: if it cannot be written: what had the name is as it was.
    """
    path = Path(path)
    if path.exists() and not (path.is_file() or path.is_dir()):
        yield path
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / partial_name(path.suffix)
    try:
        yield partial
        # Windows flushes only what is open for writing.
        with open(partial, "rb+") as file:
            os.fsync(file.fileno())
        move_over(partial, path)
    except BaseException:
        # What went wrong first is what counts.
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def partial_name(suffix):
    """A new name for a file that is being written: str.

    Several threads, processes and machines may write the same file. The name
    is short, as the file's own may be as long as a name can be.
    """
    if len(os.fsencode(suffix)) > LONGEST_SUFFIX:
        suffix = ""
    return f"{PARTIAL}{secrets.token_hex(6)}{suffix}"


def move_over(partial, path):
    """Renames a file, over what has the name.

    Windows refuses while a file is open anywhere, and virus scanners and
    indexers open new files for a moment.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            os.replace(partial, path)
            return
        except PermissionError:
            if not WINDOWS or time.monotonic() > until:
                raise
            time.sleep(0.05)


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


def hash_file(path):
    """The SHA-256 of a file, read piece by piece: str, hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_partials(folder):
    """Removes what killed processes left half-written in a folder.

    Args:
        folder: path of a folder into which no other process writes now.
    """
    for path in Path(folder).glob(f"{PARTIAL}*"):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(path):
    """Holds a lock for this process within a `with` block.

    Args:
        path: path of the lock's file, made with its folders. It may stay,
            holds nothing, and cannot be read on Windows while it is locked.

    Raises:
        BlockingIOError: if another process has it, or this one already.
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
        return on_one_drive(path, folder) and (
            Path(path).resolve().is_relative_to(Path(folder).resolve())
        )
    except (OSError, RuntimeError, ValueError):
        return False


def on_one_drive(path, folder, paths=os.path):
    """Whether two paths begin alike, with a drive or a share: bool.

    Nothing is opened to know it. Windows would log in at a machine that a file
    of unknown origin names, `\\\\machine\\share\\image.png`, to follow links.
    """
    one, other = (
        paths.normcase(paths.splitdrive(paths.abspath(p))[0])
        for p in (path, folder)
    )
    return one == other
