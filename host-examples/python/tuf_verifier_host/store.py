"""A trusted store in a folder, which hosts in Rust and Node may use at the same time: the same names, locks and atomic writes."""

import errno
import fcntl
import hashlib
import os
import re
import secrets
import stat
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Iterator

from .errors import StoreError

FOLDERS = ("root_history", "rotate", "floors")
TOP_LEVEL = ("root.json", "timestamp.json", "snapshot.json", "targets.json")
ROLE, VERSION = r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})*", r"[1-9][0-9]{0,19}"
IN_FOLDER = rf"root_history/{VERSION}\.root\.json|rotate/{ROLE}\.rotate\.{VERSION}|floors/(?:root|timestamp|snapshot)"
NAME = re.compile(rf"refreshed|{ROLE}\.json|{IN_FOLDER}")
OTHERS = re.compile(rf"\.unfinished-.*|\.lock|\.DS_Store|Thumbs\.db|desktop\.ini|lost\+found|targets|%sha256-.*\.json|{'|'.join(FOLDERS)}")
DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


class FolderStore:
    """A store in this folder, which is made for its owner alone if it is not there. The lock is waited for `patience` seconds."""

    def __init__(self, folder: str | os.PathLike[str], patience: float = 300, max_length: int = 1 << 30) -> None:
        self.folder, self._patience, self._max_length = Path(folder), patience, max_length
        with _failing("store-unusable", f"cannot open the trusted store {folder}"):
            _make_folder(self.folder)
            self._recognise(set(os.listdir(folder)))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps other processes and threads out of a refresh, and deletes what dead processes left unfinished."""
        path = self.folder / ".lock"
        with _failing("store-unusable", f"cannot open the trusted store {path}"):
            file = _open_lock(path)
        try:
            with _failing("store-unusable", f"cannot lock {path}"):
                is_locked = _locked(file, self._patience)
            if not is_locked:
                raise StoreError("store-busy", f"the trusted store is in use: {path} was locked for {self._patience} seconds")
            self._recognise({".lock", "floors"})
            for folder in ("", *FOLDERS):
                _clean(self.folder / folder)
            yield
        finally:
            # A process that another thread just starts may have a copy of the file: closing it would not release the lock.
            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_UN)
            os.close(file)

    def load(self, name: str) -> bytes | None:
        """The bytes of a file; `None` if it is not there."""
        path = self._path(name)
        with _failing("store-unreadable", f"cannot read {path}"), suppress(FileNotFoundError):
            # A look before the file is opened: opening a pipe would wait for its writer.
            if not stat.S_ISREG(path.stat().st_mode):
                raise OSError("this is no regular file")
            with path.open("rb") as file:
                content = file.read(self._max_length + 1)
            if len(content) > self._max_length:
                raise StoreError("store-file-too-long", f"{path} is longer than {self._max_length} bytes")
            return content
        return None

    def persist(self, name: str, content: bytes) -> None:
        """Writes a file, so that a reader and a crash see the old bytes or the new ones."""
        path = self._path(name)
        with _failing("store-unwritable", f"cannot write {path}"):
            _make_folder(path.parent)
            _replace(path, content)

    def forget(self, name: str) -> None:
        """Deletes a file, which need not be there."""
        path = self._path(name)
        with _failing("store-unwritable", f"cannot write {path}"), suppress(FileNotFoundError):
            path.unlink()
            _sync(path.parent)

    def _path(self, name: str) -> Path:
        """Where a file is: under a hash if a file system could not hold its name, or could confuse it with another."""
        if not NAME.fullmatch(name):
            raise StoreError("store-name", f"{name!r} is no name of a file of the trusted store")
        folder, _, file = name.rpartition("/")
        lower = file.lower()
        if len(file) > 255 or (file != lower in TOP_LEVEL) or DEVICE.fullmatch(lower):
            file = f"%sha256-{hashlib.sha256(file.encode()).hexdigest()}{'' if folder else '.json'}"
        return self.folder / folder / file

    def _recognise(self, names: set[str]) -> None:
        """Refuses a folder that holds anything but a store, which would be overwritten, or a link that leads out of it."""
        evidence = [f'"{name}" is a symbolic link' for name in FOLDERS if (self.folder / name).is_symlink()]
        if not (".lock" in names and names & {"root_history", "floors"}):
            strange = [name for name in names if not (OTHERS.fullmatch(name) or (NAME.fullmatch(name) and not name.split(".")[0].isdigit()))]
            evidence += [f'no store has "{name}"' for name in sorted(strange)]
            if any(NAME.fullmatch(name) for name in names) and not names & {".lock", "root_history", "root.json"}:
                evidence.append("it has neither root.json nor root_history")
        if evidence:
            raise StoreError("store-foreign-folder", f"{self.folder} is not empty and is no trusted store: {evidence[0]}")


@contextmanager
def _failing(code: str, message: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(code, f"{message}: {error.strerror or error}") from error


def _make_folder(path: Path) -> None:
    if not path.is_dir():
        _make_folder(path.parent)
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        with suppress(OSError):
            _sync(path.parent)


def _open_lock(path: Path) -> int:
    """Opens the lock file for its owner, and for a group that can write to the folder: whoever can open it can hold it."""
    allowed = 0o660 if path.parent.stat().st_mode & 0o1020 == 0o020 else 0o600
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, allowed)
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode):
        os.close(file)
        raise OSError("it is not a regular file")
    if found.st_mode & 0o777 & ~allowed and found.st_uid == os.geteuid() and found.st_nlink == 1:
        os.fchmod(file, found.st_mode & allowed)
    return file


def try_lock(file: int) -> bool:
    """Takes the lock of an opened file, if nobody holds it."""
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _locked(file: int, patience: float) -> bool:
    """Waits in a thread, since the system knows no lock with a time limit. Given up, it closes the last copy: no lock is left."""
    if try_lock(file):
        return True
    copy, locked = os.dup(file), threading.Event()

    def wait() -> None:
        with suppress(OSError):
            fcntl.flock(copy, fcntl.LOCK_EX)
            locked.set()
        os.close(copy)

    threading.Thread(target=wait, name="store lock", daemon=True).start()
    return locked.wait(patience)


def _clean(folder: Path) -> None:
    """Deletes what dead processes left. Whoever lives holds a lock on its unfinished file."""
    for path in folder.glob(".unfinished-*"):
        with suppress(OSError), path.open("r+b") as file:
            if try_lock(file.fileno()):
                path.unlink()


def _replace(path: Path, content: bytes, attempts: int = 16) -> None:
    unfinished = path.with_name(f".unfinished-{secrets.token_hex(8)}")
    try:
        with unfinished.open("xb") as file:
            # Who else holds the lock took this write for abandoned, and deletes the file: then the renaming fails.
            with suppress(OSError):
                try_lock(file.fileno())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.replace(unfinished, path)
        _sync(path.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        if not isinstance(error, FileNotFoundError) or attempts == 1:
            raise
        _replace(path, content, attempts - 1)


def _sync(folder: Path) -> None:
    """Makes the entries of a folder outlive a power failure, if the file system can."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(opened)
