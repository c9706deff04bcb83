"""The component and its sandbox: compiled code in a cache, limits of memory and of computation.

Compiled code runs outside of the sandbox: whoever writes the cache runs code as this user. So its folder and its files belong to
this user, who alone can open them. That is checked at what was opened. Anything else is neither loaded nor replaced.
"""

import hashlib
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any, Iterator

from wasmtime import Config, Engine, Store, WasmtimeError
from wasmtime import component as wit

from .errors import SandboxError, Verdict

COMPONENT = Path(__file__).with_name("tuf-verifier.wasm")
VERSION = metadata.version("wasmtime")
INTERFACE = "tuf:verifier/workflow@0.2.0"
MEMORY, FUEL = 512 << 20, 60_000_000_000


def record(**fields: Any) -> wit.Record:
    """A record of the contract, with `_` for `-` in the names of its fields."""
    made = wit.Record()
    vars(made).update({name.replace("_", "-"): value for name, value in fields.items()})
    return made


class Component:
    """The compiled component. `digest` is the SHA-256 of its file."""

    def __init__(self, path: str | os.PathLike[str] = COMPONENT, cache: Path | None = None) -> None:
        wasm, config = Path(path).read_bytes(), Config()
        config.consume_fuel = True
        self.engine, self.digest = Engine(config), hashlib.sha256(wasm).hexdigest()
        name = f"{self.digest[:16]}-{VERSION}.cwasm"
        with suppress(OSError, ValueError, WasmtimeError, RuntimeError):
            self.compiled = wit.Component.deserialize(self.engine, self._code_of(_read(cache or _cache(), name)))
            return
        self.compiled = wit.Component(self.engine, wasm)
        code = bytes(self.compiled.serialize())
        with suppress(OSError, RuntimeError):
            _write(cache or _cache(), name, self._bond(code) + code)

    def _bond(self, code: bytes) -> bytes:
        """What binds code to its component. wasmtime refuses that of other versions, settings and processors."""
        return f"{self.digest} {VERSION} {hashlib.sha256(code).hexdigest()}\n".encode()

    def _code_of(self, bound: bytes) -> bytes:
        code = bound.partition(b"\n")[2]
        if bound != self._bond(code) + code:
            raise ValueError("the code is that of another component, or damaged")
        return code


class Instance:
    """A running component. `allow` lets what follows compute as much as one refresh, search or check may."""

    def __init__(self, component: Component, memory: int = MEMORY, fuel: int = FUEL) -> None:
        self._store, self._fuel = Store(component.engine), fuel
        self._store.set_limits(memory_size=memory, table_elements=10_000)
        self.allow()
        with _sandboxed():
            self._instance = wit.Linker(component.engine).instantiate(self._store, component.compiled)
        self._interface = self._instance.get_export_index(self._store, INTERFACE)

    def allow(self) -> None:
        self._store.set_fuel(self._fuel)

    def type_of(self, name: str) -> wit.FuncType:
        return self._function(name).type(self._store)

    def call(self, name: str, *arguments: Any) -> Any:
        """Calls a function such as `[method]client.poll`. What is in `err` is raised."""
        function = self._function(name)
        with _sandboxed():
            answer = function(self._store, *arguments)
        # No function that can fail succeeds with a record.
        if isinstance(answer, wit.Record) and isinstance(function.type(self._store).result, wit.ResultType):
            raise Verdict(**vars(answer))
        return answer

    def _function(self, name: str) -> wit.Func:
        index = self._instance.get_export_index(self._store, name, self._interface)
        function = index and self._instance.get_func(self._store, index)
        if not function:
            raise SandboxError("sandbox", f"the component has no function {name}")
        return function


@contextmanager
def _sandboxed() -> Iterator[None]:
    try:
        yield
    except WasmtimeError as error:
        raise SandboxError("sandbox", f"the verifier broke off: {str(error).splitlines()[-1].strip()}") from error


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME", "")
    return Path(home if os.path.isabs(home) else Path.home() / ".cache", "tuf-verifier-python")


@contextmanager
def _opened(path: str | Path, flags: int, folder: int | None = None) -> Iterator[int]:
    """Opens what this user owns and nobody else can open; no link, and no file with a second name."""
    opened = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        found = os.fstat(opened)
        is_plain = stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1)
        if found.st_uid != os.geteuid() or found.st_mode & 0o077 or not is_plain:
            raise PermissionError(f"somebody else can change {path}")
        yield opened
    finally:
        os.close(opened)


def _read(folder: Path, name: str) -> bytes:
    with _opened(folder, os.O_DIRECTORY) as cache, _opened(name, os.O_RDONLY, cache) as file:
        return b"".join(iter(lambda: os.read(file, 1 << 20), b""))


def _write(folder: Path, name: str, content: bytes) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    unfinished = f".unfinished-{secrets.token_hex(8)}"
    with _opened(folder, os.O_DIRECTORY) as cache, _opened(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, cache) as file:
        try:
            while content:
                content = content[os.write(file, content) :]
            os.fsync(file)
            os.replace(unfinished, name, src_dir_fd=cache, dst_dir_fd=cache)
        except OSError:
            os.unlink(unfinished, dir_fd=cache)
