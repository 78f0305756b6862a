"""One client's connection to the gateway: TLS ended, each request routed, answered or passed on."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from lab import wire
from lab.faults import (
    Action,
    CutAfterCommit,
    Delay,
    DropAfterCommit,
    DropBeforeRead,
    Meet,
    Request,
    Silence,
    Status,
    Truncate,
)
from lab.wire import HOP_BY_HOP, Closed, Connection, Head, Piece

STRANGER = 599
FORM_LIMIT = 64 * 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Front(Protocol):
    """What stands between the gateway and a system: it may answer, or rewrite what goes in and out."""

    def before(self, host: str, request: Head) -> Head | Status: ...

    def after(self, host: str, request: Head, response: Head) -> Head: ...


@dataclass(frozen=True, slots=True)
class Route:
    """Where requests to the hosts that match `host` go: a port of this machine, perhaps through a front."""

    host: str
    port: int
    front: Front | None = None
    below: str = "/"
    """Only paths that begin so."""


class Directory(Protocol):
    """What a session needs of the gateway."""

    stopping: threading.Event
    patience: float
    epoch: int
    """How often everything began anew: what waited meanwhile belongs to a test that is over."""

    def route_for(self, host: str, path: str = "/") -> Route | None: ...

    def fault_for(self, method: str, host: str, path: str, target: str) -> Action | None: ...

    def record(self, request: Request, is_stranger: bool = False) -> None: ...

    def cut(self, then: Callable[[], None]) -> None: ...

    def give_up_on(self, request: Request) -> None: ...

    def certificate(self, host: str) -> ssl.SSLContext: ...


@dataclass(slots=True)
class Call:
    """A request on its way: its head, its body still unread, and what the records will say."""

    head: Head
    method: str
    host: str
    path: str
    query: str
    body: Iterator[Piece]
    target: str = ""

    def recorded(self, status: int) -> Request:
        """As answered by us, or not at all."""
        return Request(self.method, self.host, self.path, status, self.query, self.target)

    def answered(self, status: int) -> Request:
        """As answered by the system behind."""
        return Request(self.method, self.host, self.path, status, self.query, self.target, status < 400)


@dataclass(slots=True)
class Session:
    """Serves one connection until either side closes it."""

    directory: Directory
    client: socket.socket
    upstreams: dict[int, Connection] = field(default_factory=dict)

    def run(self) -> None:
        with contextlib.suppress(OSError, Closed, ValueError):
            self._serve(Connection(self.client))
        for upstream in self.upstreams.values():
            upstream.close()

    def _serve(self, connection: Connection) -> None:
        with contextlib.closing(connection):
            head = connection.read_head()
            if head is None or head.start[0] != "CONNECT":
                self._serve_requests(connection, head, "http", "")
                return
            host = hostname(head.start[1])
            connection.socket.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            secure = Connection(self._secured(host))
        with contextlib.closing(secure):
            self._serve_requests(secure, secure.read_head(), "https", host)

    def _secured(self, host: str) -> socket.socket:
        try:
            return self.directory.certificate(host).wrap_socket(self.client, server_side=True)
        except OSError:
            if self.directory.route_for(host) is None:
                self.directory.record(Request("CONNECT", host, "", 0), is_stranger=True)
            raise

    def _serve_requests(self, client: Connection, head: Head | None, scheme: str, host: str) -> None:
        while head is not None:
            call = self._call(client, head, host)
            stays_open = self._answer(client, call, scheme)
            if not stays_open or head.wants_close:
                return
            head = client.read_head()

    def _call(self, client: Connection, head: Head, host: str) -> Call:
        method, url, _ = head.start
        parts = urlsplit(url) if "://" in url else urlsplit("//host" + url)
        body = wire.request_body(head, client.reader)
        call = Call(head, method, host or hostname(parts.netloc), parts.path or "/", parts.query, body)
        call.target = head.get("X-Amz-Target")
        call.body = self._received(client, call, body)
        is_form = head.get("Content-Type").startswith("application/x-www-form-urlencoded")
        if is_form and 0 < int(head.get("Content-Length", "0")) <= FORM_LIMIT:
            if head.get("Expect"):
                client.socket.sendall(CONTINUE)
                call.head = head.without("Expect")
            form = b"".join(bytes(piece) for piece in call.body)
            call.body = iter([form])
            call.target = parse_qs(form.decode("utf-8", "replace")).get("Action", [""])[0]
        return call

    def _received(self, client: Connection, call: Call, body: Iterator[Piece]) -> Iterator[Piece]:
        """The body as it comes: who sends a stream that is used up would wait for an answer, and we for the rest."""
        client.socket.settimeout(self.directory.patience)
        try:
            yield from body
        except TimeoutError:
            self.directory.give_up_on(call.recorded(0))
            raise Closed("in the body") from None
        finally:
            client.socket.settimeout(None)

    def _answer(self, client: Connection, call: Call, scheme: str) -> bool:
        """Answer one request; whether the connection can carry another."""
        action = self.directory.fault_for(call.method, call.host, call.path, call.target)
        epoch = self.directory.epoch
        match action:
            case DropBeforeRead():
                self.directory.record(call.recorded(0))
                return False
            case Silence(after_commit=False):
                self.directory.record(call.recorded(0))
                self._say_nothing(client)
                return False
            case Status():
                return self._answer_ourselves(client, call, action)
            case Delay(seconds):
                self.directory.stopping.wait(seconds)
            case Meet():
                action.wait(call.method, call.path)
        if self.directory.epoch != epoch:
            return False
        route = self.directory.route_for(call.host, call.path)
        if route is None:
            text = f"the lab has no host {call.host}\n".encode()
            return self._answer_ourselves(client, call, Status(STRANGER, text), is_stranger=True)
        request = self._forwarded(call, scheme)
        if route.front is not None:
            admitted = route.front.before(call.host, request)
            if isinstance(admitted, Status):
                return self._answer_ourselves(client, call, admitted)
            request = admitted
        return self._pass_on(client, call, request, route, action)

    def _answer_ourselves(self, client: Connection, call: Call, answer: Status, is_stranger: bool = False) -> bool:
        waits_for_us = bool(call.head.get("Expect"))
        if not waits_for_us:
            for _ in call.body:
                pass
        self.directory.record(call.recorded(answer.code), is_stranger)
        head = wire.response_head(answer.code, dict(answer.headers), len(answer.body))
        if waits_for_us:
            head = head.having("Connection", "close")
        client.socket.sendall(head.encoded() + (b"" if call.method == "HEAD" else answer.body))
        return not waits_for_us

    def _forwarded(self, call: Call, scheme: str) -> Head:
        url = call.path + (f"?{call.query}" if call.query else "")
        head = call.head.without(*HOP_BY_HOP).starting(call.method, url, "HTTP/1.1")
        return head.having("X-Forwarded-Proto", scheme)

    def _pass_on(self, client: Connection, call: Call, request: Head, route: Route, action: Action | None) -> bool:
        upstream = self._upstream(route.port)
        if call.head.get("Expect"):
            client.socket.sendall(CONTINUE)
        upstream.socket.sendall(request.encoded())
        was_read = self._send_body(upstream, call)
        response = self._response(upstream)
        if response is None:
            self._forget(route.port)
            return self._answer_ourselves(client, call, Status(502, b"the system behind closed the connection\n"))
        if route.front is not None:
            response = route.front.after(call.host, call.head.starting(*request.start), response)
        body = wire.response_body(response, upstream.reader, call.method)
        stays_open = not wire.ends_with_the_connection(response, call.method)
        if isinstance(action, DropAfterCommit | Silence | CutAfterCommit):
            for _ in body:
                pass
        self.directory.record(call.answered(response.status))
        match action:
            case CutAfterCommit(then):
                self.directory.cut(then)
                return False
            case DropAfterCommit():
                return False
            case Silence():
                self._say_nothing(client)
                return False
        if isinstance(action, Truncate):
            body, stays_open = wire.at_most(body, action.bytes), False
        outgoing = response.without("Connection", "Keep-Alive")
        if not stays_open:
            outgoing = outgoing.having("Connection", "close")
        client.socket.sendall(outgoing.encoded())
        client.send(body)
        if not stays_open or not was_read or response.wants_close:
            self._forget(route.port)
        return stays_open

    def _say_nothing(self, client: Connection) -> None:
        """Until the client gives up, or the lab ends."""
        while not self.directory.stopping.wait(0.02):
            if client.has_ended():
                return

    def _send_body(self, upstream: Connection, call: Call) -> bool:
        """Pass the body on; False when the system behind answered before it had read all of it."""
        was_read = True
        for piece in call.body:
            if was_read and upstream.has_something_to_say():
                was_read = False
            if was_read:
                try:
                    upstream.socket.sendall(piece)
                except OSError:
                    was_read = False
        return was_read

    def _response(self, upstream: Connection) -> Head | None:
        try:
            head = upstream.read_head()
            while head is not None and head.status < 200:
                head = upstream.read_head()
        except OSError:
            return None
        return head

    def _upstream(self, port: int) -> Connection:
        connection = self.upstreams.get(port)
        if connection is not None and connection.has_something_to_say():
            self._forget(port)
            connection = None
        if connection is None:
            sock = socket.create_connection(("127.0.0.1", port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self.upstreams[port] = Connection(sock)
        return connection

    def _forget(self, port: int) -> None:
        self.upstreams.pop(port).close()


def hostname(netloc: str) -> str:
    """The host of `host:port` or `user@host:port`, in small letters."""
    return urlsplit(f"//{netloc}").hostname or ""
