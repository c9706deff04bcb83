"""A repository behind HTTP: limits of time and length, ranges, redirects within an origin. No proxy and no credentials.

404, 403 and 410 mean that there is no such file: stores of objects answer 403 for a file that is not there. Nothing is
decompressed. The component decides which requests are made again.
"""

import http.client
import io
import re
import socket
import ssl
import time
from contextlib import closing, suppress
from email.utils import parsedate_to_datetime
from typing import Any, Iterator
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from wasmtime.component import Record, Variant

from .errors import TransportError

CONNECT, IDLE, RESPONSE, METADATA, WINDOW, LEAST = 10, 30, 30, 600, 30, 3_000  # Seconds; bytes that must come in a window.
CHUNK = 64 << 10
LONGEST = 2**63 - 1  # Milliseconds.
PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/(?:[0-9]{1,19}|\*)", re.IGNORECASE)
WORDS = {"connection": "connection", "response": "answer", "bytes": "further bytes", "end": "end of the transfer"}


def failed(kind: str, text: str, payload: Any = None) -> TransportError:
    """What kept a mirror from answering, as a `transport-kind` of the contract."""
    return TransportError(f"source-{'unreadable' if kind == 'read' else kind}", text, Variant(kind, payload))


def _late(url: str, phase: str, seconds: float) -> TransportError:
    return failed("timeout", f"{url}: no {WORDS[phase]} within {seconds} seconds", phase)


class HttpSource:
    """Reads metadata and targets beneath these two base URLs."""

    kind = "repository"
    retry: Record | None = None  # A `retry` of the contract; `None` for its default.

    def __init__(self, metadata_url: str, targets_url: str) -> None:
        self._metadata, self._targets, self._tls = _base(metadata_url), _base(targets_url), ssl.create_default_context()

    def metadata(self, name: str, max_length: int) -> bytes | None:
        """A metadata file, of which at most one byte more is read; `None` if there is no such file."""
        if not (answer := self._open(_join(self._metadata, name))):
            return None
        with closing(answer):
            answer.limit(METADATA)
            if (coding := answer.headers.get("Content-Encoding", "identity").lower()) != "identity":
                raise failed("protocol", f'{answer.url}: the answer is encoded ("{coding}"), though it was asked for as it is')
            content = bytearray()
            for chunk in answer.read(max_length + 1):
                content += chunk
            return bytes(content)

    def target(self, path: str, length: int, offset: int, validator: str | None) -> "Answer | None":
        """The bytes of a target from `offset` on, or all of it: `start` says which. `None` if there is no such file."""
        if answer := self._open(_join(self._targets, path), offset, validator):
            rest = length - answer.start
            answer.limit(WINDOW * ((rest + 1) // LEAST + 1))
            if "Content-Length" not in answer.headers and "Transfer-Encoding" not in answer.headers:
                answer.missing = rest
        return answer

    def _open(self, url: str, offset: int = 0, validator: str | None = None) -> "Answer | None":
        visited = [url]
        while True:
            answer = Answer(visited[-1], offset, validator, self._tls)
            if answer.status == 200 or (answer.status == 206 and offset > 0):
                return answer
            answer.close()
            if answer.status == 416 and offset > 0:
                # The file is shorter than what is there of it: it is another one.
                visited, offset, validator = [url], 0, None
            elif answer.status in (403, 404, 410):
                return None
            elif answer.status in (301, 302, 303, 307, 308):
                visited.append(_redirect(visited, answer.headers.get("Location", "")))
            else:
                error = failed("status", f"the server answered {answer.status} for {answer.url}", answer.status)
                error.retry_after = _milliseconds(answer.headers.get("Retry-After", ""), answer.headers.get("Date", ""))
                raise error


class Answer:
    """The answer of a server: its head, and its body as it comes. `start` is where the body begins in the file. Is to be closed."""

    def __init__(self, url: str, offset: int, validator: str | None, tls: ssl.SSLContext) -> None:
        self.url, self.missing, parts = url, 0, urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=CONNECT)
        if parts.scheme == "https":
            self._connection = http.client.HTTPSConnection(parts.netloc, timeout=CONNECT, context=tls)
        try:
            self._begin(parts.path + (f"?{parts.query}" if parts.query else ""), offset, validator)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def limit(self, seconds: float) -> None:
        """Lets the body take this long, from now on."""
        self._bytes.limit(seconds, "end")

    def _begin(self, path: str, offset: int, validator: str | None) -> None:
        url = self.url
        headers = {"Accept-Encoding": "identity", "User-Agent": "tuf-verifier-python", "Connection": "close"}
        headers |= {"Range": f"bytes={offset}-"} | ({"If-Range": validator} if validator else {}) if offset else {}
        try:
            self._connection.connect()
            self._connection.request("GET", path, headers=headers)
            self._bytes = _Paced(self._connection.sock, url, RESPONSE, "response")
            self._response = http.client.HTTPResponse(self._bytes, method="GET")  # type: ignore[arg-type]
            self._response.begin()
        except ssl.SSLError as error:
            raise failed("tls", f"{url}: TLS: {error}") from error
        except TimeoutError as error:
            raise _late(url, "connection", CONNECT) from error
        except (OSError, http.client.RemoteDisconnected) as error:
            raise failed("unreachable", f"cannot reach {url}: {error}") from error
        except http.client.HTTPException as error:
            raise failed("protocol", f"{url}: the answer is no valid HTTP: {error!r}") from error
        self.status, self.headers = self._response.status, self._response.headers
        self.start = offset if self.status == 206 else 0
        tag = self.headers.get("ETag", "")
        self.validator = tag if tag.startswith('"') else None
        if [coding.lower() for coding in self.headers.get_all("Transfer-Encoding", [])] not in ([], ["chunked"]):
            raise failed("protocol", f"{url}: the transfer is encoded, and not only in chunks")
        said = self.headers.get("Content-Range", "")
        part = RANGE.fullmatch(said)
        if self.start and not (part and int(part[1]) == offset <= int(part[2])):
            raise failed("protocol", f'{url}: the answer has the range "{said}", though the bytes from {offset} on were asked for')

    def read(self, most: int) -> Iterator[bytes]:
        """The bytes of the body, and no more than that many."""
        try:
            while most > 0 and (chunk := self._response.read1(min(most, CHUNK))):
                most, self.missing = most - len(chunk), self.missing - len(chunk)
                yield chunk
            missing = self._response.length or self.missing
            if most > 0 and missing > 0:
                raise ConnectionError(f"the connection ended with {missing} bytes missing")
        except (OSError, http.client.HTTPException) as error:
            raise failed("read", f"cannot read {self.url}: {error}") from error


class _Paced(io.RawIOBase):
    """What comes from a server, within limits of time: between bytes, of a window, and of the whole."""

    def __init__(self, connection: socket.socket, url: str, seconds: float, phase: str) -> None:
        self._socket, self._url, self._received = connection, url, 0
        self.limit(seconds, phase)

    def limit(self, seconds: float, phase: str) -> None:
        self._seconds, self._phase, self._window = seconds, phase, time.monotonic()
        self._deadline = self._window + seconds

    def close(self) -> None:
        self._socket.close()
        super().close()

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        now = time.monotonic()
        if now - self._window >= WINDOW:
            if self._received < LEAST:
                raise failed("too-slow", f"{self._url}: {self._received} bytes in {WINDOW} seconds, {LEAST} are demanded")
            self._window, self._received = now, 0
        try:
            self._socket.settimeout(max(0.001, min(IDLE, self._deadline - now)))
            count = self._socket.recv_into(buffer)
        except TimeoutError as error:
            is_end = self._phase == "response" or time.monotonic() >= self._deadline
            raise _late(self._url, *((self._phase, self._seconds) if is_end else ("bytes", IDLE))) from error
        if now >= self._deadline:
            raise _late(self._url, self._phase, self._seconds)
        self._received += count
        return count


def _base(url: str) -> str:
    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise failed("unusable", f"{shown}: only http and https URLs are supported")
    if shown != url or not PATH.fullmatch(parts.path) or {".", ".."} & set(parts.path.split("/")):
        raise failed("unusable", f"{shown}: a base URL has no credentials, query, fragment or segment `..`")
    return shown.rstrip("/") + "/"


def _join(base: str, name: str) -> str:
    if not PATH.fullmatch(name) or {b"", b".", b".."} & {unquote_to_bytes(part) for part in name.split("/")}:
        raise failed("name", f'the file name "{name}" is refused: it could lead elsewhere')
    return base + name


def _redirect(visited: list[str], location: str) -> str:
    """Follows within the origin of the URL that was asked for, never twice to the same URL."""
    try:
        url = urljoin(visited[-1], location).partition("#")[0]
        is_within = urlsplit(url)[:2] == urlsplit(visited[0])[:2]
        url.encode("ascii")
    except ValueError as error:
        raise failed("redirect", f"{visited[-1]} redirects to {location!r}, which is no URL") from error
    if not location or not is_within or url in visited or len(visited) > 10:
        why = "it is a loop, or there were too many before" if is_within else "it is another origin"
        raise failed("redirect", f"{visited[-1]} redirects to {url.partition('?')[0]}, which is not followed: {why}")
    return url


def _milliseconds(wait: str, date: str) -> int | None:
    """How long a server asks to wait: seconds, or a date, which is compared with the server's own clock if it shows it."""
    if re.fullmatch("[0-9]+", wait):
        return min(int(wait[:20]) * 1000, LONGEST)
    with suppress(ValueError, TypeError):
        until = parsedate_to_datetime(wait).timestamp()
        with suppress(ValueError, TypeError):
            return max(0, int(until - parsedate_to_datetime(date).timestamp())) * 1000
        return max(0, int(until - time.time())) * 1000
    return None
