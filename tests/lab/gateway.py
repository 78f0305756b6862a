"""The one door of the lab: a forward proxy that stands for every real hostname, counts, and breaks on demand."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import trustme

from lab.faults import Action, DropBeforeRead, Fault, Request, Status
from lab.relay import Front, Route, Session

PATIENCE = 5.0
"""Seconds without a byte, after which the rest of a request does not come any more."""


class Gateway:
    """A forward proxy on 127.0.0.1 that ends TLS with its own authority and routes by hostname."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.requests: list[Request] = []
        self.strangers: list[Request] = []
        self.unfinished: list[Request] = []
        """Requests that promised more than they sent; after the first one nothing gets through any more."""
        self.patience = PATIENCE
        self.epoch = 0
        self._routes: list[Route] = []
        self._faults: list[Fault] = []
        self._is_cut = False
        self._lock = threading.Lock()
        self._authority = trustme.CA()
        self._certificates: dict[str, ssl.SSLContext] = {}
        self._listener: socket.socket | None = None
        self._clients: dict[socket.socket, threading.Thread] = {}
        self._accepting: threading.Thread | None = None

    # What a test says

    def route(self, host: str, port: int, front: Front | None = None, *, below: str = "/") -> None:
        """Send requests for hosts that fully match `host` to a port of this machine; the first route wins."""
        self._routes.append(Route(host, port, front, below))

    @contextlib.contextmanager
    def detour(self, host: str, port: int, front: Front | None = None) -> Iterator[None]:
        """A route that goes before all others, for a while."""
        route = Route(host, port, front)
        self._routes.insert(0, route)
        try:
            yield
        finally:
            self._routes.remove(route)

    def fault(
        self,
        action: Action | None = None,
        *,
        method: str = ".*",
        host: str = "",
        path: str = "",
        target: str = "",
        times: int = 1,
        skip: int = 0,
    ) -> Fault:
        """Let `times` matching requests, after `skip` others, meet `action` (a 503, if none is given).

        Faults apply in order.
        """
        fault = Fault(action or Status(503), method, host, path, target, times, skip)
        with self._lock:
            self._faults.append(fault)
        return fault

    def writes(self, host_regex: str = "") -> Sequence[Request]:
        """The requests that may have changed something."""
        with self._lock:
            return [
                request
                for request in self.requests
                if request.method not in ("GET", "HEAD") and re.search(host_regex, request.host)
            ]

    @property
    def unused_faults(self) -> Sequence[Fault]:
        """Faults that nothing ran into: the test did not test what it meant to."""
        return [fault for fault in self._faults if fault.hits <= fault.skip]

    def clear(self) -> None:
        """Forget faults and records."""
        self.mend()
        with self._lock:
            self.requests.clear()
            self.strangers.clear()
            self.unfinished.clear()

    def reset(self) -> None:
        """Begin anew: what still waits for its turn never gets it."""
        with self._lock:
            self.epoch += 1
        self.clear()

    def mend(self) -> None:
        """Forget faults alone: from now on everything gets through."""
        with self._lock:
            self._faults.clear()
            self._is_cut = False

    # How it runs

    @property
    def url(self) -> str:
        if self._listener is None:
            raise RuntimeError("the gateway is not running")
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def write_authority(self, path: Path) -> None:
        """Write the certificate that clients of the gateway must trust."""
        self._authority.cert_pem.write_to_path(str(path))

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._accepting = threading.Thread(target=self._accept, args=(self._listener,), name="lab gateway", daemon=True)
        self._accepting.start()

    def stop(self) -> None:
        self.stopping.set()
        if self._listener is not None and self._accepting is not None:
            hang_up(self._listener)
            self._accepting.join(timeout=5)
            self._listener.close()
        with self._lock:
            clients = dict(self._clients)
        for client in clients:
            hang_up(client)
        for thread in clients.values():
            thread.join(timeout=5)

    def _accept(self, listener: socket.socket) -> None:
        while not self.stopping.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # TLS takes the socket object apart; this copy of it stays ours, to hang up on whoever is still there.
            handle = client.dup()
            thread = threading.Thread(target=self._serve, args=(client, handle), name="lab client", daemon=True)
            with self._lock:
                self._clients[handle] = thread
            thread.start()

    def _serve(self, client: socket.socket, handle: socket.socket) -> None:
        try:
            Session(self, client).run()
        finally:
            client.close()
            with self._lock:
                del self._clients[handle]
                hang_up(handle)
                handle.close()

    # What a session asks (relay.Directory)

    def route_for(self, host: str, path: str = "/") -> Route | None:
        return next(
            (route for route in self._routes if re.fullmatch(route.host, host) and path.startswith(route.below)), None
        )

    def fault_for(self, method: str, host: str, path: str, target: str) -> Action | None:
        with self._lock:
            if self._is_cut:
                return DropBeforeRead()
            fault = next((fault for fault in self._faults if fault.matches(method, host, path, target)), None)
            if fault is None:
                return None
            fault.hits += 1
            return fault.action if fault.hits > fault.skip else None

    def cut(self, then: Callable[[], None]) -> None:
        with self._lock:
            if not self._is_cut:
                self._is_cut = True
                then()

    def record(self, request: Request, is_stranger: bool = False) -> None:
        with self._lock:
            self.requests.append(request)
            if is_stranger:
                self.strangers.append(request)

    def give_up_on(self, request: Request) -> None:
        self.record(request)
        with self._lock:
            self.unfinished.append(request)
            self._is_cut = True

    def certificate(self, host: str) -> ssl.SSLContext:
        with self._lock:
            if host not in self._certificates:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(host).configure_cert(context)
                self._certificates[host] = context
            return self._certificates[host]


def hang_up(sock: socket.socket) -> None:
    """End both directions, which also wakes a thread that waits on the socket."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
