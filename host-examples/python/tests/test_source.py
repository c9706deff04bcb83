"""What a server may answer, and what it means."""

import socket
import threading
import tracemalloc
import unittest
from contextlib import suppress
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import Mock, patch

from tuf_verifier_host import HttpSource, TransportError, source

CONTENT = bytes(range(256)) * 4


class Server(ThreadingHTTPServer):
    """A server on the loopback interface. `answers` are raw, by path; `seen` are the headers of requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, bytes] = {}
        self.seen: list[Any] = []
        self.ended = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append(self.headers)
        self.wfile.write(self.server.answers.get(self.path, answer(404)))
        if self.path.endswith("/waits"):
            self.server.ended.wait()

    def log_message(self, *_: Any) -> None:
        pass


def answer(status: int, headers: str = "", content: bytes = b"", length: int | None = None) -> bytes:
    length = len(content) if length is None else length
    return f"HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n{headers}\r\n".encode() + content


class Source(unittest.TestCase):
    def setUp(self) -> None:
        self.server = Server()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.addCleanup(self.server.ended.set)
        self.base = f"http://127.0.0.1:{self.server.server_port}/"
        self.source = HttpSource(self.base, self.base)

    def fails(self, kind: str, payload: Any = None, act=None) -> TransportError:  # type: ignore[no-untyped-def]
        with self.assertRaises(TransportError) as raised:
            act() if act else self.source.metadata("a", 100)
        self.assertEqual((raised.exception.cause.tag, raised.exception.cause.payload), (kind, payload))
        return raised.exception

    def serves(self, whole: bytes) -> None:
        self.server.answers["/a"] = whole

    def test_reads_one_byte_more_than_allowed_at_most(self) -> None:
        self.serves(answer(200, "", CONTENT))
        self.assertEqual(self.source.metadata("a", 5), CONTENT[:6])
        self.assertEqual(self.source.metadata("a", 5_000), CONTENT)

    def test_keeps_bytes_and_not_the_pieces_that_they_came_in(self) -> None:
        self.serves(b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"2\r\nab\r\n" * 20_000 + b"0\r\n\r\n")
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        self.assertEqual(self.source.metadata("a", 50_000), b"ab" * 20_000)
        self.assertLess(tracemalloc.get_traced_memory()[1], 400_000)

    def test_takes_403_404_and_410_for_absence(self) -> None:
        for status in (403, 404, 410):
            self.serves(answer(status))
            self.assertIsNone(self.source.metadata("a", 100))
            self.assertIsNone(self.source.target("a", 1, 0, None))

    def test_takes_no_other_status_for_an_answer(self) -> None:
        for status in (201, 203, 206, 300, 304, 400, 401, 416, 451, 500, 503):
            self.serves(answer(status))
            self.fails("status", status)
        date = "Date: Sun, 06 Nov 1994 08:48:35 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT"
        for headers, wait in [
            ("Retry-After: 7", 7_000),
            (f"Retry-After: {'9' * 5_000}", 2**63 - 1),
            (date, 62_000),
            ("Retry-After: soon", None),
            ("Retry-After: -1", None),
        ]:
            self.serves(answer(503, f"{headers}\r\n"))
            self.assertEqual(self.fails("status", 503).retry_after, wait, headers[:30])

    def test_reads_no_encoded_metadata(self) -> None:
        self.serves(answer(200, "Content-Encoding: gzip\r\n", b"x"))
        self.fails("protocol")
        self.assertEqual(self.server.seen[0]["Accept-Encoding"], "identity")
        self.serves(b"HTTP/1.1 200 x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")
        self.fails("protocol")

    def test_notices_the_end_of_a_connection(self) -> None:
        self.serves(answer(200, "", b"half", 8))
        self.fails("read")
        self.serves(b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        self.fails("read")
        self.serves(b"")
        self.fails("unreachable")
        # Nothing says where this body ends, but the length of the target.
        self.serves(b"HTTP/1.1 200 x\r\n\r\nhalf")
        self.assertEqual(self.source.metadata("a", 100), b"half")
        self.fails("read", act=lambda: list(self.source.target("a", 8, 0, None).read(9)))
        # This one is complete, and another file.
        self.serves(b"HTTP/1.1 200 x\r\ncontent-length: 4\r\n\r\nhalf")
        self.assertEqual(list(self.source.target("a", 8, 0, None).read(9)), [b"half"])
        self.serves(b"SSH-2.0\r\n")
        self.fails("protocol")

    def test_goes_on_behind_what_is_at_hand(self) -> None:
        self.serves(answer(206, 'Content-Range: bytes 1000-1023/1024\r\nETag: "x"\r\n', CONTENT[1000:]))
        part = self.source.target("a", 1024, 1000, '"x"')
        self.assertEqual((part.start, b"".join(part.read(25)), part.validator), (1000, CONTENT[1000:], '"x"'))
        self.assertEqual((self.server.seen[0]["Range"], self.server.seen[0]["If-Range"]), ("bytes=1000-", '"x"'))
        self.serves(answer(200, 'ETag: W/"x"\r\n', CONTENT))
        whole = self.source.target("a", 1024, 1000, None)
        self.assertEqual((whole.start, b"".join(whole.read(1025)), whole.validator), (0, CONTENT, None))
        for said in ("", "Content-Range: bytes 0-23/1024\r\n", "Content-Range: bytes 1000-999/1024\r\n", f"Content-Range: bytes {'9' * 5_000}-9/9\r\n"):
            self.serves(answer(206, said, CONTENT[1000:]))
            self.fails("protocol", act=lambda: self.source.target("a", 1024, 1000, None))

    def test_follows_redirects_within_the_origin(self) -> None:
        self.server.answers["/b"] = answer(200, "", b"b")
        self.serves(answer(302, "Location: /b\r\n"))
        self.assertEqual(self.source.metadata("a", 100), b"b")
        for location in ("", "Location: /a\r\n", f"Location: http://localhost:{self.server.server_port}/b\r\n", "Location: file:///b\r\n"):
            self.serves(answer(302, location))
            self.fails("redirect")
        for location in ("http://[x/", "/caf\xe9"):
            self.serves(answer(302, "Location: there\r\n").replace(b"there", location.encode("latin-1")))
            self.fails("redirect")
        for number in range(12):
            self.server.answers[f"/{number}"] = answer(302, f"Location: /{number + 1}\r\n")
        self.fails("redirect", act=lambda: self.source.metadata("0", 100))

    def test_closes_every_answer(self) -> None:
        opened, connect = [], socket.create_connection

        def noted(*arguments: Any) -> socket.socket:
            opened.append(connect(*arguments))
            return opened[-1]

        with patch("socket.create_connection", noted):
            for status, headers in ((200, ""), (200, "Content-Encoding: gzip\r\n"), (302, ""), (404, ""), (500, "")):
                self.serves(answer(status, headers, CONTENT))
                with suppress(TransportError):
                    self.source.metadata("a", 5)
            for whole in (b"SSH-2.0\r\n", answer(206, "", CONTENT), answer(416, "", CONTENT), b"HTTP/1.1 200 x\r\nTransfer-Encoding: x\r\n\r\n"):
                self.serves(whole)
                with self.assertRaises(TransportError):
                    self.source.target("a", 1024, 1000, None)
        self.assertEqual([each.fileno() for each in opened], [-1] * 10)

    def test_refuses_names_that_lead_elsewhere(self) -> None:
        for name in ("", "../a", "a//b", "%2e%2E/a", "a?b", "a#b", "a b", "%zz", "\\a", "/a"):
            self.fails("name", act=lambda: self.source.metadata(name, 100))
        self.assertEqual(self.server.seen, [])

    def test_refuses_base_urls_that_cannot_work(self) -> None:
        for url in ("ftp://a/", "a", "http:///", "http://u:p@a/", "http://a/?b", "http://a/#b", "http://a/../b"):
            error = self.fails("unusable", act=lambda: HttpSource(url, url))
            self.assertNotIn("u:p", str(error))

    def test_says_that_no_server_is_there(self) -> None:
        self.fails("unreachable", act=lambda: HttpSource("http://127.0.0.1:1/", "http://127.0.0.1:1/").metadata("a", 1))

    def test_waits_for_no_server_without_end(self) -> None:
        with patch.object(source, "RESPONSE", 0.05), patch.object(source, "IDLE", 0.05):
            self.server.answers["/waits"] = b"HTTP/1.1 200 x\r\n"
            self.fails("timeout", "response", lambda: self.source.metadata("waits", 100))
            self.server.answers["/waits"] = answer(200, "", b"half", 8)
            self.fails("timeout", "bytes", lambda: self.source.metadata("waits", 100))
        with patch.object(source, "METADATA", 0.05):
            self.fails("timeout", "end", lambda: self.source.metadata("waits", 100))
        with patch.object(source, "WINDOW", 0):
            self.fails("too-slow", act=lambda: self.source.metadata("waits", 100))

    def test_measures_the_time_of_the_body_that_comes(self) -> None:
        self.serves(b"HTTP/1.1 200 x\r\n\r\n" + CONTENT)
        now, begin = 0, HTTPResponse.begin

        def late(response: HTTPResponse) -> None:
            nonlocal now
            begin(response)
            now += 29

        with patch.object(source, "time", Mock(monotonic=lambda: now)), patch.object(HTTPResponse, "begin", late):
            answer = self.source.target("a", 1024, 0, None)
            now += 29
            self.assertEqual(b"".join(answer.read(1025)), CONTENT)
            answer = self.source.target("a", 1024, 0, None)
            now += 30
            self.fails("too-slow", act=lambda: list(answer.read(1025)))
            # All of it comes, and not the rest that was asked for.
            with patch.object(source, "LEAST", 1):
                answer = self.source.target("a", 1024, 1000, None)
                now += 30 * 1_025
                self.assertEqual(b"".join(answer.read(1025)), CONTENT)
                answer = self.source.target("a", 1024, 1000, None)
                now += 30 * 1_026
                self.fails("timeout", "end", lambda: list(answer.read(1025)))
