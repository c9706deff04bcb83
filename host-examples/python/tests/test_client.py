"""What a client does if the component, the store or a mirror does not do what it should. That it does what the others do is tested by
`host-examples/conformance-client`."""

import errno
import gc
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

from wasmtime.component import Variant

from tuf_verifier_host import Client, Error, FolderStore, HttpSource, Instance, SandboxError, Session, StoreError, Target, TransportError, Verdict, record

TARGET = record(path="a/b", length=1, hashes=[record(algorithm="sha256", digest="0" * 64)], custom=None, role="targets")


class Loop(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.store = FolderStore(self.folder / "store")
        self.answered: list[Any] = []
        self.called: list[str] = []

    def session(self, *actions: Variant) -> Session:
        """A session whose component asks for these actions."""
        left = iter([*actions, Variant("await")])
        instance = Mock(Instance)

        def call(name: str, *arguments: Any) -> Any:
            self.called.append(name)
            if name.endswith(".answer"):
                self.answered.append(arguments[1:3])
            return next(left) if name.endswith(".poll") else 1

        instance.call.side_effect = call
        session = Session(instance, [], self.store, b"root")
        session._client = Mock()
        return session

    def ended(self, tag: str, payload: Any = None) -> Variant:
        return Variant("ended", Variant(tag, payload))

    def test_nothing_that_was_not_checked_is_a_success(self) -> None:
        target = record(search=1, target=TARGET)
        nothing = [Variant("await"), Variant("unknown"), self.ended("refreshed"), self.ended("unknown"), self.ended("verified", 2)]
        for action in nothing:
            session = self.session(action)
            with self.assertRaises(SandboxError, msg=action):
                session.download(Target(session, target), self.folder / "to")
            if action.payload is None or action.payload.tag != "verified":
                with self.assertRaises(SandboxError, msg=action):
                    self.session(action).find("a")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["store"])

    def test_drops_the_targets_that_nobody_has(self) -> None:
        found = self.ended("found", record(search=1, target=TARGET))
        session = self.session(found, found, found)
        kept = session.find("a/b")
        session.find("a/b")
        gc.collect()
        self.assertNotIn("[method]client.drop-target", self.called)
        session.find("a/b")
        self.assertEqual(self.called.count("[method]client.drop-target"), 1)
        self.assertEqual(kept.search, 1)

    def test_threads_enter_the_component_one_after_the_other(self) -> None:
        inside = threading.Lock()
        session = self.session(*[self.ended("found", record(search=1, target=TARGET))] * 200)
        call = session._instance.call.side_effect

        def entered(name: str, *arguments: Any) -> Any:
            if not inside.acquire(blocking=False):
                raise AssertionError("another thread is inside")
            try:
                time.sleep(0)
                return call(name, *arguments)
            finally:
                inside.release()

        session._instance.call.side_effect = entered
        with ThreadPoolExecutor(8) as threads:
            self.assertEqual(len(list(threads.map(lambda _: session.find("a/b"), range(200)))), 200)

    def test_takes_no_other_search_for_its_own(self) -> None:
        other = self.ended("found", record(search=2, target=record(**vars(TARGET) | {"path": "other"})))
        session = self.session(other, self.ended("not-found", record(search=2)), self.ended("found", record(search=1, target=TARGET)))
        self.assertEqual(session.find("a/b").path, "a/b")

    def test_answers_for_a_source_that_breaks_off(self) -> None:
        receive = record(id=4, transfer=1, mirror=0, fetch_path="a", offset=0, length=1, validator=None)
        get = Variant("get", record(id=3, mirror=0, name="a", max_length=1))
        session = self.session(get, Variant("receive", receive), Variant("receive", receive), self.ended("verified", 1))
        source = Mock(HttpSource)
        source.metadata.side_effect = ValueError("odd")
        source.target.side_effect = [OverflowError("odd"), Mock(start=0, validator=None, read=Mock(return_value=map(int, "x")))]
        session._sources = [source]
        session.download(Target(session, record(search=1, target=TARGET)), self.folder / "to")
        self.assertEqual([response.tag for _, response in self.answered], ["failed", "failed", "stream"])
        kinds = [self.answered[0][1].payload.kind, self.answered[1][1].payload.kind, self.answered[2][1].payload.broken.kind]
        self.assertEqual([kind.tag for kind in kinds], ["protocol"] * 3)
        # What is remembered keeps nothing else.
        for error in session._errors.values():
            self.assertEqual((error.__traceback__, error.__cause__, error.__context__), (None, None, None))
        with self.assertRaises(SandboxError):
            session.find("a/b")
        self.assertEqual(session._errors, {})

    def test_raises_an_error_that_it_has_forgotten(self) -> None:
        for tag, kind in (("transport", TransportError), ("store", StoreError)):
            failed = record(search=1, error=record(code="code", message="text", advice="", cause=Variant(tag, 3)))
            with self.assertRaisesRegex(kind, "text"):
                self.session(self.ended("search-failed", failed)).find("a")

    def test_gives_a_transfer_up_that_cannot_be_written(self) -> None:
        receive = record(id=4, transfer=1, mirror=0, fetch_path="a", offset=0, length=1, validator=None)
        session = self.session(Variant("receive", receive))
        source = Mock(HttpSource)
        answer = source.target.return_value = Mock(start=0, read=Mock(return_value=iter([b"x"])))
        session._sources = [source]
        with patch("tuf_verifier_host.client._Download.write", side_effect=OSError(28, "no room")), self.assertRaises(OSError):
            session.download(Target(session, record(search=1, target=TARGET)), self.folder / "to")
        answer.close.assert_called_once_with()
        self.assertEqual(self.called[-1], "[method]client.abandon")
        self.assertEqual(self.answered, [])
        self.assertEqual([path.name for path in self.folder.iterdir()], ["store"])

    def test_downloads_where_there_are_no_locks(self) -> None:
        session = self.session(self.ended("verified", 1))
        with patch("fcntl.flock", side_effect=OSError(errno.ENOTSUP, "no locks")):
            self.assertTrue(session.download(Target(session, record(search=1, target=TARGET)), self.folder / "to"))
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["store", "to"])

    def test_a_target_of_another_session_is_not_checked(self) -> None:
        target, other = Target(self.session(), record(search=1, target=TARGET)), self.session()
        path = self.folder / "file"
        path.write_bytes(b"x")
        for act in (lambda: other.verify(target, path), lambda: other.download(target, path)):
            with self.assertRaises(Error) as raised:
                act()
            self.assertEqual(raised.exception.code, "foreign-target")

    def test_keeps_an_answer_until_it_is_released(self) -> None:
        keep = lambda answer, name: Variant("keep", record(answer=answer, name=name))
        load = Variant("load", record(id=3, name="root.json"))
        session = self.session(keep(0, "root.json"), Variant("release", 0), load, keep(3, "floors/root"), Variant("release", 3), keep(3, "refreshed"))
        with self.assertRaises(KeyError):
            session.find("a")
        self.assertEqual(self.store.load("floors/root"), b"root")
        self.assertEqual(self.answered, [(3, Variant("bytes", b"root"))])
        self.assertEqual(session._held, {})

    def test_reports_the_error_of_the_store(self) -> None:
        (self.store.folder / "root.json").mkdir()
        failed = record(search=1, error=record(code="store-unreadable", message="", advice="", cause=Variant("store", 3)))
        session = self.session(Variant("load", record(id=3, name="root.json")), self.ended("search-failed", failed))
        with self.assertRaisesRegex(StoreError, "this is no regular file"):
            session.find("a")
        self.assertEqual(self.answered, [(3, Variant("unreadable"))])

    def test_waits_as_long_as_it_is_told(self) -> None:
        session = self.session(Variant("await", 5_000), self.ended("found", record(search=1, target=TARGET)))
        with patch("tuf_verifier_host.client._now", return_value=1_000), patch("time.sleep") as slept:
            self.assertEqual(session.find("a/b").file_name, "a%2Fb")
        slept.assert_called_once_with(4.0)

    def test_takes_settings_of_the_contract_alone(self) -> None:
        with self.assertRaisesRegex(TypeError, "no setting max-roots"):
            Client(b"{", [], self.store).refresh(max_roots=1)

    def test_refuses_what_is_no_root(self) -> None:
        with self.assertRaises(Verdict) as raised:
            Client(b"{", [], self.store).refresh()
        self.assertTrue(raised.exception.code.startswith("malformed"), raised.exception.code)
        # The lock was released.
        with self.store.lock():
            pass
