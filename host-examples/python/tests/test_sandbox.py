"""The cache of compiled code, and the limits of the sandbox."""

import os
import tempfile
import unittest
from pathlib import Path
from typing import Callable
from unittest.mock import patch

from wasmtime import component as wit

from tuf_verifier_host import Component, Instance, SandboxError, sandbox


class Cache(unittest.TestCase):
    def setUp(self) -> None:
        self.parent = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder = self.parent / "cache"
        Component(cache=self.folder)
        (self.file,) = self.folder.iterdir()

    def loads(self, path: Path = sandbox.COMPONENT) -> bool:
        """Whether code of the cache was run; else the component was compiled anew."""
        with patch.object(wit.Component, "deserialize", side_effect=wit.Component.deserialize) as loaded:
            component = Component(path, cache=self.folder)
        self.assertEqual(Instance(component).call("default-retry").count, 2)
        return loaded.called

    def test_keeps_code_for_its_user_alone(self) -> None:
        self.assertEqual([path.stat().st_mode & 0o777 for path in (self.folder, self.file)], [0o700, 0o600])
        self.assertTrue(self.loads())

    def test_neither_loads_nor_replaces_what_others_can_change(self) -> None:
        content = self.file.read_bytes()
        cases: dict[str, Callable[[], None]] = {
            "a file that a group can write": lambda: self.file.chmod(0o620),
            "a file that everybody can read": lambda: self.file.chmod(0o604),
            "a second name": lambda: os.link(self.file, self.parent / "second"),
        }
        for case, change in cases.items():
            with self.subTest(case):
                change()
                self.assertFalse(self.loads())
                # What is put in its place is this user's own.
                self.assertTrue(self.loads())
        self.folder.chmod(0o770)
        self.file.write_bytes(b"")
        self.assertFalse(self.loads())
        self.assertEqual(self.file.read_bytes(), b"")
        self.folder.chmod(0o700)
        self.file.write_bytes(content)
        self.assertTrue(self.loads())

    def test_follows_no_link(self) -> None:
        moved = self.file.rename(self.parent / "moved")
        self.file.symlink_to(moved)
        self.assertFalse(self.loads())
        self.folder.rename(self.parent / "elsewhere")
        self.folder.symlink_to(self.parent / "elsewhere")
        self.assertFalse(self.loads())

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_loads_nothing_of_another_user(self) -> None:
        os.chown(self.file, 1, -1)
        self.assertFalse(self.loads())
        os.chown(self.folder, 1, -1)
        self.assertFalse(self.loads())

    def test_loads_no_damaged_code(self) -> None:
        content = self.file.read_bytes()
        for damaged in (b"", content[:-1], content[:-1] + b"\x00\x01", b"0" * 64 + content[64:]):
            self.file.write_bytes(damaged)
            self.assertFalse(self.loads())

    def test_loads_no_code_of_another_component(self) -> None:
        other = self.parent / "other.wasm"
        # An empty custom section: another digest, the same functions.
        other.write_bytes(sandbox.COMPONENT.read_bytes() + b"\x00\x02\x01x")
        name = sandbox.Component(other, cache=self.parent / "second").digest[:16]
        self.file.rename(self.folder / f"{name}-{sandbox.VERSION}.cwasm")
        self.assertFalse(self.loads(other))

    def test_needs_no_cache(self) -> None:
        with patch.dict(os.environ, {"XDG_CACHE_HOME": "relative"}), patch.object(Path, "home", side_effect=RuntimeError):
            Instance(Component())
        with patch.object(sandbox, "_write", side_effect=OSError(28, "no room")):
            self.folder = self.parent / "another"
            self.assertFalse(self.loads())

    def test_takes_a_pipe_for_no_cache(self) -> None:
        self.file.unlink()
        os.mkfifo(self.file, 0o600)
        self.assertFalse(self.loads())


class Limits(unittest.TestCase):
    def setUp(self) -> None:
        self.component = Component()

    def test_stops_a_long_computation(self) -> None:
        instance = Instance(self.component, fuel=1_000)
        with self.assertRaisesRegex(SandboxError, "fuel"):
            instance.call("line-files", b"{" * 10_000, Instance(self.component).call("default-settings"))

    def test_stops_at_the_memory_limit(self) -> None:
        instance = Instance(self.component, memory=2 << 20)
        settings = instance.call("default-settings")
        with self.assertRaises(SandboxError):
            instance.call("line-files", b" " * (2 << 20), settings)

    def test_names_a_function_that_is_not_there(self) -> None:
        with self.assertRaisesRegex(SandboxError, "no function nothing"):
            Instance(self.component).call("nothing")
