"""The trusted store in a folder. That it is the same store for Rust and Node is tested by `host-examples/conformance-client`."""

import errno
import os
import tempfile
import threading
import unittest
from pathlib import Path
from unittest.mock import patch

from tuf_verifier_host import FolderStore, StoreError


class Store(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()), "a", "store")
        self.store = FolderStore(self.folder, patience=0.01)

    def refuses(self, code: str, act) -> None:  # type: ignore[no-untyped-def]
        with self.assertRaises(StoreError) as raised:
            act()
        self.assertEqual(raised.exception.code, code)

    def test_keeps_files_for_its_owner(self) -> None:
        self.assertEqual(self.folder.stat().st_mode & 0o777, 0o700)
        self.assertIsNone(self.store.load("root.json"))
        for name in ("root.json", "root_history/3.root.json", "rotate/a%2Fb.rotate.1", "floors/root", "refreshed"):
            self.store.persist(name, name.encode())
            self.assertEqual((self.folder / name).read_bytes(), name.encode())
            self.assertEqual(self.store.load(name), name.encode())
            self.store.forget(name)
            self.store.forget(name)
            self.assertIsNone(self.store.load(name))

    def test_refuses_names_of_no_store(self) -> None:
        names = ["", "root", "../root.json", "/root.json", "a/b.json", "root_history/0.root.json", "root_history/x.root.json"]
        names += ["floors/targets", "floors/../root.json", "a%2.json", "a b.json", "a\n.json", "root.json\n", "rotate/a.rotate.01"]
        for name in names:
            for act in (lambda: self.store.load(name), lambda: self.store.persist(name, b""), lambda: self.store.forget(name)):
                self.refuses("store-name", act)

    def test_hides_names_that_a_file_system_could_confuse(self) -> None:
        for name in ("ROOT.json", "con.json", "COM1.json", "x" * 251 + ".json"):
            self.store.persist(name, b"x")
            self.assertEqual(self.store.load(name), b"x")
            self.assertFalse((self.folder / name[:255]).exists(), name)
        self.assertTrue(all(name.startswith("%sha256-") for name in os.listdir(self.folder)))

    def test_says_that_another_holds_the_lock(self) -> None:
        with FolderStore(self.folder).lock():
            self.refuses("store-busy", lambda: self.store.lock().__enter__())
        with self.store.lock():
            self.assertEqual((self.folder / ".lock").stat().st_mode & 0o777, 0o600)

    def test_waits_for_the_lock(self) -> None:
        other, entered = FolderStore(self.folder), threading.Event()

        def wait() -> None:
            with other.lock():
                entered.set()

        with self.store.lock():
            waiting = threading.Thread(target=wait)
            waiting.start()
            self.assertFalse(entered.is_set())
        waiting.join()
        self.assertTrue(entered.is_set())

    def test_writes_where_there_are_no_locks(self) -> None:
        with patch("fcntl.flock", side_effect=OSError(errno.ENOTSUP, "no locks")):
            self.store.persist("root.json", b"x")
            self.refuses("store-unusable", lambda: self.store.lock().__enter__())
        self.assertEqual(self.store.load("root.json"), b"x")

    def test_deletes_what_dead_processes_left(self) -> None:
        self.store.persist("floors/root", b"x")
        for name in (".unfinished-1", "floors/.unfinished-2"):
            (self.folder / name).write_bytes(b"half")
        with self.store.lock():
            self.assertEqual(sorted(os.listdir(self.folder)), [".lock", "floors"])
            self.assertEqual(os.listdir(self.folder / "floors"), ["root"])

    def test_follows_no_link(self) -> None:
        elsewhere = self.folder.with_name("elsewhere")
        elsewhere.mkdir()
        (self.folder / "floors").symlink_to(elsewhere)
        self.refuses("store-foreign-folder", lambda: FolderStore(self.folder))
        self.refuses("store-foreign-folder", lambda: self.store.lock().__enter__())
        (self.folder / "floors").unlink()
        (self.folder / ".lock").unlink()
        (self.folder / ".lock").symlink_to(elsewhere / "made")
        self.refuses("store-unusable", lambda: self.store.lock().__enter__())
        self.assertEqual(os.listdir(elsewhere), [])

    def test_refuses_a_folder_of_something_else(self) -> None:
        for names in (["notes.txt"], ["2.root.json"], ["timestamp.json"], ["root.json", "main.py"]):
            with tempfile.TemporaryDirectory() as folder:
                for name in names:
                    Path(folder, name).touch()
                self.refuses("store-foreign-folder", lambda: FolderStore(folder))

    def test_reads_regular_files_within_the_limit(self) -> None:
        os.mkfifo(self.folder / "root.json")
        self.refuses("store-unreadable", lambda: self.store.load("root.json"))
        self.store.persist("targets.json", b"123")
        self.refuses("store-file-too-long", lambda: FolderStore(self.folder, max_length=2).load("targets.json"))
