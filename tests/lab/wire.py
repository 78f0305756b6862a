"""HTTP/1.1 as it is on the wire, read and passed on piece by piece, so that a large image needs little memory."""

from __future__ import annotations

import io
import select
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

BLOCK = 256 * 1024
LINE_LIMIT = 64 * 1024
HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "proxy-authorization", "expect"})

Piece = bytes | memoryview


class Closed(Exception):  # noqa: N818 - it is an event, not a fault
    """The other side closed the connection, or we were told to."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line and the headers of a request or a response."""

    start: tuple[str, str, str]
    headers: tuple[tuple[str, str], ...]

    def get(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), default)

    def without(self, *names: str) -> Head:
        unwanted = {name.lower() for name in names}
        return Head(self.start, tuple(pair for pair in self.headers if pair[0].lower() not in unwanted))

    def having(self, name: str, value: str) -> Head:
        return Head(self.start, (*self.without(name).headers, (name, value)))

    def starting(self, first: str, second: str, third: str) -> Head:
        return Head((first, second, third), self.headers)

    @property
    def wants_close(self) -> bool:
        connection = self.get("Connection").lower()
        version = self.start[0] if self.start[0].startswith("HTTP/") else self.start[2]
        return "close" in connection or (version == "HTTP/1.0" and "keep-alive" not in connection)

    @property
    def status(self) -> int:
        return int(self.start[1])

    def encoded(self) -> bytes:
        lines = [" ".join(self.start), *(f"{name}: {value}" for name, value in self.headers), "", ""]
        return "\r\n".join(lines).encode("latin-1")


def response_head(status: int, headers: dict[str, str], length: int) -> Head:
    """The head of an answer that we give ourselves."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    given = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    return Head(("HTTP/1.1", str(status), phrase), (*given.items(), ("Content-Length", str(length))))


class Connection:
    """A socket that is read through a buffer."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.reader = cast("io.BufferedReader", sock.makefile("rb", buffering=64 * 1024))

    def read_head(self) -> Head | None:
        """The next head, or None when the other side has finished."""
        first = self.reader.readline(LINE_LIMIT)
        while first in (b"\r\n", b"\n"):
            first = self.reader.readline(LINE_LIMIT)
        if not first:
            return None
        words = first.decode("latin-1").rstrip("\r\n").split(" ", 2)
        if len(words) < 2:
            raise Closed("not HTTP")
        return Head((words[0], words[1], words[2] if len(words) == 3 else ""), tuple(self._headers()))

    def _headers(self) -> Iterator[tuple[str, str]]:
        while (line := self.reader.readline(LINE_LIMIT)) not in (b"\r\n", b"\n"):
            if not line:
                raise Closed("in the headers")
            name, _, value = line.decode("latin-1").rstrip("\r\n").partition(":")
            yield name, value.strip()

    def has_something_to_say(self) -> bool:
        """Bytes (or the end of the stream) are waiting: the other side speaks out of turn."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(0))

    def has_ended(self) -> bool:
        """The other side hung up; what it says before that is swallowed."""
        while self.has_something_to_say():
            try:
                if not self.socket.recv(BLOCK):
                    return True
            except OSError:
                return True
        return False

    def send(self, pieces: Iterator[Piece]) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def close(self) -> None:
        self.reader.close()
        self.socket.close()


def request_body(head: Head, reader: io.BufferedReader) -> Iterator[Piece]:
    """The body of a request as it stands on the wire, chunk sizes included."""
    if "chunked" in head.get("Transfer-Encoding").lower():
        return chunks(reader)
    return exactly(reader, int(head.get("Content-Length", "0")))


def response_body(head: Head, reader: io.BufferedReader, method: str) -> Iterator[Piece]:
    """The body of a response as it stands on the wire; none for HEAD, 204 and 304."""
    if method == "HEAD" or head.status in (204, 304):
        return iter(())
    if "chunked" in head.get("Transfer-Encoding").lower():
        return chunks(reader)
    if length := head.get("Content-Length"):
        return exactly(reader, int(length))
    return until_closed(reader)


def ends_with_the_connection(head: Head, method: str) -> bool:
    """Only the closing of the connection tells where this response's body ends."""
    has_no_body = method == "HEAD" or head.status in (204, 304)
    return not (has_no_body or head.get("Content-Length") or head.get("Transfer-Encoding"))


def exactly(reader: io.BufferedReader, count: int) -> Iterator[Piece]:
    buffer = memoryview(bytearray(min(BLOCK, count)))
    while count:
        received = reader.readinto1(buffer[: min(BLOCK, count)])
        if not received:
            raise Closed("in the body")
        count -= received
        yield buffer[:received]


def chunks(reader: io.BufferedReader) -> Iterator[Piece]:
    while True:
        line = reader.readline(LINE_LIMIT)
        if not line.endswith(b"\n"):
            raise Closed("in a chunk size")
        yield line
        size = int(line.split(b";")[0], 16)
        if not size:
            break
        yield from exactly(reader, size + len(b"\r\n"))
    while True:
        trailer = reader.readline(LINE_LIMIT)
        yield trailer
        if trailer in (b"\r\n", b"\n", b""):
            return


def until_closed(reader: io.BufferedReader) -> Iterator[Piece]:
    while piece := reader.read1(BLOCK):
        yield piece


def at_most(pieces: Iterator[Piece], count: int) -> Iterator[Piece]:
    """The first `count` bytes of a body."""
    for piece in pieces:
        if len(piece) >= count:
            yield piece[:count]
            return
        count -= len(piece)
        yield piece
