"""The loop: the component is polled for actions, and each is done and answered. What is to be done is decided there."""

import hashlib
import os
import secrets
import threading
import time
import weakref
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, BinaryIO, Callable, Sequence
from urllib.parse import quote

from wasmtime.component import Record, ResourceAny, Variant

from .errors import Error, NotFound, SandboxError, StoreError, TransportError, Verdict
from .sandbox import Component, Instance, record
from .source import CHUNK, HttpSource, failed
from .store import FolderStore, try_lock

class Client:
    """A client of one repository. Without sources it is offline, and uses the store alone."""

    def __init__(
        self, trusted_root: bytes, sources: Sequence[HttpSource], store: FolderStore, component: Component | None = None
    ) -> None:
        self._trusted_root, self._sources, self._store = trusted_root, list(sources), store
        self._component = component or Component()

    def refresh(self, now: int | None = None, **settings: Any) -> "Session":
        """Brings the store up to date (chapter 5), under its lock. `settings` are those of the contract, with `_` for `-`."""
        session = Session(Instance(self._component), self._sources, self._store, self._trusted_root)
        with self._store.lock():
            session._refresh(int(time.time()) if now is None else now, settings)
        return session


class Target:
    """A target as trusted metadata describes it: `path`, `length`, `hashes`, `custom`, `role`."""

    def __init__(self, session: "Session", found: Any) -> None:
        self.session = session
        self.search: int = found.search
        self.path, self.length, self.hashes = found.target.path, found.target.length, found.target.hashes
        self.custom, self.role = found.target.custom, found.target.role
        # This may be any moment, in any thread: the number is noted alone.
        weakref.finalize(self, session._dropped.append, self.search).atexit = False

    @property
    def file_name(self) -> str:
        """A name in a folder: another one for every target path, and never one that leads out of the folder."""
        name = quote(self.path, safe="")
        name = f"%2E{name[1:]}" if name.startswith(".") else name
        return name if len(name) <= 255 else f"%sha256-{hashlib.sha256(self.path.encode()).hexdigest()}"


class Session:
    """A refreshed client: every search and every check is under the metadata of one snapshot."""

    report: Record
    _client: ResourceAny

    def __init__(self, instance: Instance, sources: list[HttpSource], store: FolderStore, trusted_root: bytes) -> None:
        self._instance, self._sources, self._store = instance, sources, store
        self._held: dict[int, bytes] = {0: trusted_root}
        self._errors: dict[int, Error] = {}
        self._downloads: dict[int, _Download] = {}
        self._dropped: list[int] = []
        self._turn = threading.RLock()

    def find(self, path: str) -> Target:
        """Searches a target by its path. `NotFound` says that no trusted role lists it."""
        with self._turn:
            self._begin()
            search = self._call("find", path)
            return Target(self, self._until("found", "search-failed", search))

    def download(self, target: Target, to: str | os.PathLike[str]) -> bool:
        """Fetches a target into a file, which appears once it is verified. A file that is there and verifies stays: `False`."""
        path = Path(to)
        with suppress(Verdict, OSError):
            if path.is_file():
                self.verify(target, path)
                return False
        # Named and locked as the host in Rust does it, which takes over what a killed process left.
        listed = "".join(f"\n{listed.algorithm}:{listed.digest}" for listed in target.hashes)
        identity = hashlib.sha256(f"{target.length}{listed}".encode()).hexdigest()
        unfinished = path.with_name(f".tuf-{identity}.{secrets.token_hex(4)}.unfinished")
        try:
            with unfinished.open("xb") as file:
                # Without locks in this file system, it is written all the same.
                with suppress(OSError):
                    try_lock(file.fileno())
                self._fetch(target, file)
                file.flush()
                os.fsync(file.fileno())
                os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
        return True

    def _fetch(self, target: Target, file: BinaryIO) -> None:
        with self._turn:
            self._begin()
            download = _Download(target, file)
            transfer = self._call("receive", self._number(target), download.at_hand(), _now())
            self._downloads = {transfer: download}
            try:
                self._until("verified", "transfer-failed", transfer)
            finally:
                # Such as for want of room: nothing more may come of it. A transfer that has ended is no longer there.
                self._call("abandon", transfer)

    def verify(self, target: Target, path: str | os.PathLike[str]) -> None:
        """Verifies a file that came from elsewhere. A `Verdict` says that its bytes are not the target's."""
        with open(path, "rb") as file:
            present = _Download(target, file)
            while present.length <= target.length and (chunk := file.read(CHUNK)):
                present.count(chunk)
        with self._turn:
            self._begin()
            self._call("check", self._number(target), present.at_hand())

    def _refresh(self, now: int, changes: dict[str, Any]) -> None:
        settings, retry = self._instance.call("default-settings"), self._instance.call("default-retry")
        if unknown := vars(record(**changes)).keys() - vars(settings).keys():
            raise TypeError(f"the contract has no setting {min(unknown)}")
        vars(settings).update(vars(record(**changes)))
        mirrors = [record(kind=source.kind, retry=source.retry or retry) for source in self._sources]
        seed = secrets.randbits(64)
        options = record(settings=settings, mirrors=mirrors, parallel=8, seed=seed, resumes=False)
        self._client = self._instance.call("[static]client.start", self._held[0], now, options)
        self.report = self._until("refreshed", "refresh-failed", None)

    def _begin(self) -> None:
        self._instance.allow()
        self._errors.clear()
        while self._dropped:
            self._call("drop-target", self._dropped.pop())

    def _call(self, function: str, *arguments: Any) -> Any:
        return self._instance.call(f"[method]client.{function}", self._client, *arguments)

    def _number(self, target: Target) -> int:
        if target.session is not self:
            raise Error("foreign-target", f"the target {target.path} was found by another session")
        return target.search

    def _until(self, success: str, failure: str, number: int | None) -> Any:
        """Does what the client asks for until the search or transfer of this number has ended. Only success is returned."""
        ends = {success, failure} | ({"not-found"} if success == "found" else set())
        outcome, payload = self._ended()
        # What an interrupted operation has left ends as well.
        while outcome not in ends or _number_of(payload) != number:
            outcome, payload = self._ended()
        if outcome == success:
            return payload
        if outcome == "not-found":
            raise NotFound(payload.why.code, payload.why.message, payload.why.reason, payload.why.advice)
        error = payload if number is None else payload.error
        if error.cause.tag in ("transport", "store") and error.cause.payload in self._errors:
            own = self._errors[error.cause.payload]
            own.advice = own.advice or error.advice
            raise own
        kind = {"verdict": Verdict, "store": StoreError}.get(error.cause.tag, TransportError)
        raise kind(error.code, error.message, error.cause.payload, error.advice)

    def _ended(self) -> tuple[str, Any]:
        while (action := self._call("poll", _now())).tag != "ended":
            self._act(action.tag, action.payload)
        return action.payload.tag, action.payload.payload

    def _act(self, tag: str, what: Any) -> None:
        match tag:
            case "load" | "get" | "receive":
                self._answer(tag, what)
            case "discard":
                self._downloads[what].clear()
            case "keep":
                self._store.persist(what.name, self._held[what.answer])
            case "write":
                self._store.persist(what.name, what.bytes)
            case "forget":
                self._store.forget(what)
            case "release":
                del self._held[what]
            case "await" if what is not None:
                time.sleep(max(0, what - _now()) / 1000)
            case "tell":
                pass
            case _:
                # Every request was answered, so there is nothing to wait for.
                raise SandboxError("sandbox", f"the verifier asks for {tag}, which cannot be done")

    def _answer(self, tag: str, what: Any) -> None:
        try:
            response = {"load": self._load, "get": self._get, "receive": self._receive}[tag](what)
        except StoreError as error:
            self._remember(what.id, error)
            response = Variant("unreadable")
        except TransportError as error:
            response = Variant("failed", self._failed(what.id, error))
        if isinstance(response.payload, bytes):
            self._held[what.id] = response.payload
        self._call("answer", what.id, response, _now())

    def _load(self, what: Any) -> Variant:
        return _bytes(self._store.load(what.name))

    def _get(self, what: Any) -> Variant:
        return _bytes(_sourced(self._sources[what.mirror].metadata, what.name, vars(what)["max-length"]))

    def _receive(self, what: Any) -> Variant:
        download, path = self._downloads[what.transfer], vars(what)["fetch-path"]
        answer = _sourced(self._sources[what.mirror].target, path, what.length, what.offset, what.validator)
        if answer is None:
            return Variant("absent")
        broken = None
        with closing(answer):
            if answer.start != what.offset:
                download.clear()
            try:
                # One byte more than listed shows that there are too many.
                chunks = answer.read(what.length + 1 - answer.start)
                while chunk := _sourced(next, chunks, b""):
                    download.write(chunk)
            except TransportError as error:
                broken = self._failed(what.id, error)
        state = {"start": answer.start, "at_hand": download.at_hand(), "validator": answer.validator}
        return Variant("stream", record(**state, broken=broken))

    def _failed(self, number: int, error: TransportError) -> Record:
        self._remember(number, error)
        kind = error.cause if isinstance(error.cause, Variant) else Variant("unusable")
        return record(kind=kind, retry_after=error.retry_after, text=str(error))

    def _remember(self, number: int, error: Error) -> None:
        """Remembers an error, and nothing of what the functions had at hand that it came through."""
        error.__traceback__ = error.__cause__ = error.__context__ = None
        self._errors[number] = error


class _Download:
    """Bytes of a target that are at hand, with their digests."""

    def __init__(self, target: Target, file: BinaryIO) -> None:
        listed = {listed.algorithm for listed in target.hashes} & {"sha256", "sha384", "sha512"}
        self.length, self._file, self._digests = 0, file, {name: hashlib.new(name) for name in listed}

    def clear(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self.length, self._digests = 0, {name: hashlib.new(name) for name in self._digests}

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self.count(chunk)

    def count(self, chunk: bytes) -> None:
        self.length += len(chunk)
        for digest in self._digests.values():
            digest.update(chunk)

    def at_hand(self) -> Record:
        digests = [record(algorithm=name, digest=digest.hexdigest()) for name, digest in self._digests.items()]
        return record(length=self.length, digests=digests)


def _sourced(act: Callable[..., Any], *arguments: Any) -> Any:
    """What a source gives. Whatever else it raises says nothing about other mirrors: it is an answer as well."""
    try:
        return act(*arguments)
    except TransportError:
        raise
    except Exception as error:
        raise failed("protocol", f"the source broke off: {error!r}") from error


def _bytes(content: bytes | None) -> Variant:
    return Variant("absent") if content is None else Variant("bytes", content)


def _number_of(ended: Any) -> int | None:
    """The number of the search or transfer that has ended; `None` for a refresh."""
    return ended if isinstance(ended, int) else getattr(ended, "search", getattr(ended, "transfer", None))


def _now() -> int:
    return time.monotonic_ns() // 1_000_000
