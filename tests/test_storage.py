import errno
import ntpath
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from keras_htr_gan import storage

IN_WHOLE_FILE = """
import sys
from keras_htr_gan.storage import whole_file
with whole_file(sys.argv[1]) as partial, open(partial, "wb") as file:
    file.write(b"new, but only ha")
    file.flush()
    print("READY", flush=True)
    sys.stdin.read()
"""
IN_LOCK = """
import sys
from keras_htr_gan.storage import locked
with locked(sys.argv[1]):
    print("READY", flush=True)
    sys.stdin.read()
"""


def start(script, path):
    """A process that has come to its `READY`."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline().strip() == b"READY"
    return process


def kill(process):
    process.kill()
    process.communicate()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_made_with_its_folders(tmp_path):
    path = tmp_path / "a" / "b" / "file.txt"
    with storage.whole_file(path) as partial:
        assert partial.parent == path.parent and partial.suffix == ".txt"
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new" and names(path.parent) == ["file.txt"]


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()]
)
def test_after_an_error_all_is_as_it_was(tmp_path, error):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with (
        pytest.raises(type(error)) as caught,
        storage.whole_file(path) as partial,
    ):
        partial.write_text("new, but only ha")
        raise error
    assert caught.value is error
    assert path.read_text() == "old" and names(tmp_path) == ["file.txt"]


def test_a_disk_that_is_full_at_the_end_leaves_the_old_file(
    tmp_path, monkeypatch
):
    """Some systems tell so only when a file is flushed."""

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    storage.write_whole(tmp_path / "file.txt", "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        storage.write_whole(tmp_path / "file.txt", "new")
    assert (tmp_path / "file.txt").read_text() == "old"
    assert names(tmp_path) == ["file.txt"]


def test_the_error_is_told_and_not_that_of_tidying_up(tmp_path, monkeypatch):
    """As on Windows, where a file that is open cannot be removed."""

    def refuses(path, **options):
        raise PermissionError(path)

    monkeypatch.setattr(Path, "unlink", refuses)
    with pytest.raises(ValueError, match="the first"):
        with storage.whole_file(tmp_path / "file.txt") as partial:
            partial.touch()
            raise ValueError("the first")


def test_a_folder_that_cannot_be_written_to_is_an_os_error(tmp_path):
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("may write everywhere")
        with pytest.raises(PermissionError):
            storage.write_whole(tmp_path / "file.txt", "new")
        assert names(tmp_path) == []
    finally:
        tmp_path.chmod(0o700)


def test_a_file_in_the_way_of_a_folder_is_an_os_error(tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(OSError):
        storage.write_whole(tmp_path / "file" / "new.txt", "new")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        storage.write_whole(tmp_path / "folder", "new")
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize(
    "name",
    [
        "n" * 240,
        "n" * 251 + ".txt",
        "n." + "s" * 240,
        "ß" * 120 + ".txt",
        ".hidden",
        "no suffix",
        "-o",
        "two\nlines.txt",
        "half a \udc80character.txt",
    ],
)
def test_long_and_strange_names(tmp_path, name):
    path = tmp_path / name
    try:
        path.touch()
    except OSError:
        pytest.skip("this system has no such names")
    storage.write_whole(path, "new")
    assert path.read_text() == "new" and names(tmp_path) == [name]


def test_text_is_utf_8_with_its_own_line_ends(tmp_path):
    storage.write_whole(tmp_path / "file.txt", "é\n\udc80\r\n")
    written = (tmp_path / "file.txt").read_bytes()
    assert written == b"\xc3\xa9\n\\udc80\r\n"


def test_two_threads_write_one_file(tmp_path):
    path, found = tmp_path / "file.txt", set()
    contents = {letter: letter * 200_000 for letter in "ab"}
    storage.write_whole(path, contents["a"])
    threads = [
        threading.Thread(
            target=lambda content=content: [
                storage.write_whole(path, content) for _ in range(20)
            ]
        )
        for content in contents.values()
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        found.add(path.read_text())
    assert found <= set(contents.values())
    assert names(tmp_path) == ["file.txt"]


def test_a_process_that_is_killed_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    kill(start(IN_WHOLE_FILE, path))
    assert path.read_text() == "old"
    assert len(names(tmp_path)) == 2
    storage.remove_partials(tmp_path)
    assert names(tmp_path) == ["file.txt"]


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    device = Path(os.devnull)
    storage.write_whole(device, "new")
    assert device.exists() and not device.is_file()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe, read = tmp_path / "pipe.txt", []
    os.mkfifo(pipe)
    thread = threading.Thread(target=lambda: read.append(pipe.read_text()))
    thread.start()
    storage.write_whole(pipe, "new")
    thread.join()
    assert read == ["new"] and pipe.is_fifo()


def test_on_windows_a_file_that_is_open_is_waited_for(tmp_path, monkeypatch):
    replace, refusals = os.replace, [None] * 3

    def refuses(*paths):
        if refusals:
            refusals.pop()
            raise PermissionError(errno.EACCES, "it is open elsewhere")
        replace(*paths)

    monkeypatch.setattr(os, "replace", refuses)
    with pytest.raises(PermissionError):
        storage.write_whole(tmp_path / "file.txt", "new")
    assert len(refusals) == 2 and names(tmp_path) == []
    monkeypatch.setattr(storage, "WINDOWS", True)
    storage.write_whole(tmp_path / "file.txt", "new")
    assert (tmp_path / "file.txt").read_text() == "new"
    refusals.extend([None] * 999)
    monkeypatch.setattr(storage, "PATIENCE", 0.1)
    with pytest.raises(PermissionError):
        storage.write_whole(tmp_path / "file.txt", "newer")
    assert (tmp_path / "file.txt").read_text() == "new"
    assert names(tmp_path) == ["file.txt"]


def test_a_lock_is_one_process_and_is_free_when_that_is_killed(tmp_path):
    lock = tmp_path / "folder" / ".lock"
    process = start(IN_LOCK, lock)
    with pytest.raises(BlockingIOError, match="lock"), storage.locked(lock):
        pass
    kill(process)
    for _ in range(2):
        with storage.locked(lock):
            # So says this process to itself, too.
            with pytest.raises(BlockingIOError), storage.locked(lock):
                pass


def test_a_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(ValueError), storage.locked(tmp_path / ".lock"):
        raise ValueError
    with storage.locked(tmp_path / ".lock"):
        pass


def test_what_is_within_a_folder(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret").touch()
    assert storage.is_within(folder / "a.png", folder)
    assert storage.is_within(folder / "deep" / ".." / "a.png", folder)
    assert storage.is_within(folder, folder)
    assert not storage.is_within(folder / ".." / "secret", folder)
    assert not storage.is_within(tmp_path / "folder_2" / "a.png", folder)
    assert not storage.is_within(folder / "nul\0", folder)


def test_links_lead_out_of_a_folder(tmp_path):
    folder, alias = tmp_path / "folder", tmp_path / "alias"
    folder.mkdir()
    (tmp_path / "secret").touch()
    try:
        (folder / "out").symlink_to(tmp_path / "secret")
    except OSError:
        pytest.skip("may not make links here")
    (folder / "inside").symlink_to(folder / "a.png")
    (folder / "loop").symlink_to(folder / "loop")
    alias.symlink_to(folder)
    assert not storage.is_within(folder / "out", folder)
    assert storage.is_within(folder / "inside", folder)
    assert storage.is_within(alias / "a.png", folder)
    assert storage.is_within(folder / "a.png", alias)
    # Nothing can be read there; that it does not hang or raise is enough.
    storage.is_within(folder / "loop", folder)


@pytest.mark.parametrize(
    "path, same",
    [
        ("C:\\lines\\a.png", True),
        ("c:/lines/a.png", True),
        ("D:\\lines\\a.png", False),
        ("\\\\machine\\share\\a.png", False),
        ("//machine/share/a.png", False),
        ("\\\\?\\UNC\\machine\\share\\a.png", False),
    ],
)
def test_another_machine_is_not_asked_for_a_file(path, same):
    assert storage.on_one_drive(path, "C:\\lines", ntpath) == same


@pytest.mark.skipif(sys.platform != "linux", reason="a custom of Linux")
def test_the_cache_is_where_the_user_wants_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert storage.cache_folder() == tmp_path / "keras_htr_gan"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert storage.cache_folder() == tmp_path / ".cache" / "keras_htr_gan"
