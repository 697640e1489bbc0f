# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The only way out to other cities. The address is checked when it is connected to, and nothing else is connected to.

No redirects, no proxies from the environment, TLS always verified, ten seconds in all, one MiB at most; for each host
one request at a time over one kept connection.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPException
from queue import Empty, Queue

import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection

from federation.addresses import is_allowed
from federation.errors import InvalidUrlError, Unreachable
from federation.origins import Origin, parse_target
from federation.ports import Answer, Request, Transport
from federation.strict_json import MAX_BODY
from federation.watch import Watch

DEADLINE = 10.0
_CHUNK = 64 * 1024
_LOOPBACK = "127.0.0.1"
#: seconds that a connection is given at least: none at all would mean for ever
_LEAST = 0.001

Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, float], socket.socket]


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a host."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """Connect to an address."""
    return socket.create_connection((address, port), timeout=seconds)


class Egress:
    """A `Transport`: urllib3's connections, without what is built around them.

    `requests` and a pool take ten times as long for one request, keep cookies, read the whole body of a redirect, and
    follow the environment's proxies and netrc.

    Args:
        development: allow http to 127.0.0.1; names that resolve to it stay refused.
        deadline: seconds for everything from the name to the last byte.
        ca_file: certificates to trust instead of the usual ones.
        resolve: how to find addresses.
        connect: how to connect to a checked one.
    """

    def __init__(
        self,
        *,
        development: bool = False,
        deadline: float = DEADLINE,
        ca_file: str | None = None,
        resolve: Resolve = resolve,
        connect: Connect = connect,
    ) -> None:
        self.development = development
        self.deadline = deadline
        self.ca_file = ca_file or DEFAULT_CA_BUNDLE_PATH
        self.watch = Watch()
        self._resolve = resolve
        self._connect = connect
        self._lanes: dict[str, _Lane] = {}
        self._guard = threading.Lock()

    def send(self, request: Request) -> Answer:
        """Send a request; see `Transport.send`."""
        return self.send_within(self.deadline, request)

    def within(self, seconds: float) -> Transport:
        """Return a transport over the same connections for whoever waits no longer than this."""
        return _Within(self, seconds)

    def send_within(self, seconds: float, request: Request) -> Answer:
        """Send a request, with everything over after so many seconds."""
        try:
            url = parse_target(request.url, development=self.development)
        except InvalidUrlError as error:
            raise Unreachable("url", str(error)) from error
        with self._guard:
            lane = self._lanes.get(url.origin)
            if lane is None:
                lane = self._lanes[url.origin] = _Lane(self, url.origin)
        return lane.send(request, seconds)

    def close_idle(self, seconds: float) -> None:
        """Close the connections that nobody used for so long."""
        with self._guard:
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.close_if_idle(seconds)

    def close(self) -> None:
        """Close all kept connections."""
        with self._guard:
            lanes = list(self._lanes.values())
            self._lanes.clear()
        for lane in lanes:
            lane.close()

    def open(self, host: str, port: int, seconds: float) -> socket.socket:
        """Resolve, check every address, connect to the first that answers.

        One address that is not allowed spoils the name: who mixes them has something in mind.
        """
        if self.development and host == _LOOPBACK:
            return self._connect(host, port, seconds)
        addresses = _in_time(lambda: self._resolve(host, port), seconds)
        if not addresses or not all(is_allowed(address) for address in addresses):
            raise Unreachable("address", "not an address of the public internet")
        for address in addresses[:-1]:
            with suppress(OSError):
                return self._connect(address, port, seconds)
        return self._connect(addresses[-1], port, seconds)


@dataclass(frozen=True, slots=True)
class _Within:
    """See `Egress.within`."""

    egress: Egress
    seconds: float

    def send(self, request: Request) -> Answer:
        return self.egress.send_within(self.seconds, request)


class _Lane:
    """One host: its kept connection, its one request in flight."""

    def __init__(self, egress: Egress, origin: Origin) -> None:
        self._egress = egress
        self._lock = threading.Lock()
        self._origin = origin
        self.ca_file = egress.ca_file
        self._connection = _connection_to(origin, self)
        self._handle: socket.socket | None = None
        self._late = False
        self._ends = 0.0
        self._used = 0.0

    def open(self, host: str, port: int) -> socket.socket:
        """Connect for this host, and keep a second handle by which the deadline can end the connection."""
        connection = self._egress.open(host, port, max(self._ends - time.monotonic(), _LEAST))
        # the head and the body of a request are two packets
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._forget_handle()
        self._handle = connection.dup()
        return connection

    def send(self, request: Request, seconds: float) -> Answer:
        """Send one request, with everything over at the deadline."""
        with self._lock, self._egress.watch.over(seconds, self._cut):
            self._late, self._ends = False, time.monotonic() + seconds
            try:
                answer = self._send(request)
            except Unreachable:
                self._close()
                raise
            except (urllib3.exceptions.HTTPError, HTTPException, OSError) as error:
                self._close()
                raise Unreachable("timeout" if self._late else _code(error), type(error).__name__) from error
            except ValueError as error:  # a header that would be two
                self._close()
                raise Unreachable("url", "can't be written as a request") from error
            if self._late:  # an answer that was cut may look as if it ended there
                self._close()
                raise Unreachable("timeout", "cut at the deadline")
            self._used = time.monotonic()
            return answer

    def _send(self, request: Request) -> Answer:
        """Send on the kept connection, and on a new one if the peer closed that meanwhile: nothing of it was read."""
        kept = self._connection.is_connected
        if not kept:
            self._close()
        try:
            return self._exchange(request)
        except ConnectionError:
            if not kept or self._late:
                raise
        self._close()
        return self._exchange(request)

    def _exchange(self, request: Request) -> Answer:
        headers = {"accept-encoding": "identity", "user-agent": "reihum", **request.headers}
        target = request.url.removeprefix(self._origin)
        self._connection.timeout = max(self._ends - time.monotonic(), _LEAST)
        self._connection.request(
            request.method, target, request.body or None, headers, preload_content=False, decode_content=False
        )
        with closing(self._connection.getresponse()) as response:
            body = bytearray()
            while chunk := response.read(_CHUNK, decode_content=False):
                body += chunk
                if len(body) > MAX_BODY:
                    raise Unreachable("too_large", "the answer is larger than 1 MiB")
        answered = {name.lower(): value for name, value in response.headers.itermerged()}
        return Answer(response.status, answered, bytes(body))

    def _cut(self) -> None:
        """End the connection, whatever it is waiting for."""
        self._late = True
        self._shut()

    def _shut(self) -> None:
        handle = self._handle
        if handle is not None:
            with suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        self._shut()
        self._forget_handle()
        self._connection.close()

    def _forget_handle(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def close(self) -> None:
        """Close the kept connection."""
        with self._lock:
            self._close()

    def close_if_idle(self, seconds: float) -> None:
        """Close the kept connection unless it is in use or was until lately."""
        if self._lock.acquire(blocking=False):
            try:
                if self._handle is not None and self._used < time.monotonic() - seconds:
                    self._close()
            finally:
                self._lock.release()


def _in_time(find: Callable[[], Sequence[str]], seconds: float) -> Sequence[str]:
    """Return what the system finds, or give up: looking up a name knows no deadline."""
    found: Queue[Sequence[str] | OSError] = Queue()

    def look() -> None:
        try:
            found.put(find())
        except OSError as error:
            found.put(error)

    threading.Thread(target=look, name="resolve", daemon=True).start()
    try:
        outcome = found.get(timeout=seconds)
    except Empty as slow:
        raise TimeoutError("the name was not found in time") from slow
    if isinstance(outcome, OSError):
        raise outcome
    return outcome


def _code(error: Exception) -> str:
    """Name the kind of failure by looking down the chain of causes."""
    fault: BaseException | None = error
    while fault is not None:
        if isinstance(fault, (TimeoutError, urllib3.exceptions.TimeoutError)):
            return "timeout"
        if isinstance(fault, (ssl.SSLError, urllib3.exceptions.SSLError)):
            return "tls"
        fault = fault.__cause__ or fault.__context__
    return "connect"


def _connection_to(origin: Origin, lane: _Lane) -> HTTPConnection:
    """Make a connection that asks its lane for the socket; nothing is connected yet."""
    scheme, _, authority = origin.partition("://")
    host, _, port = authority.partition(":")
    if scheme == "https":
        return _SecureConnection(lane, host)
    return _PlainConnection(lane, host, int(port or 80))


class _PlainConnection(HTTPConnection):
    """Connects only through its lane."""

    def __init__(self, lane: _Lane, host: str, port: int) -> None:
        super().__init__(host, port)
        self._lane = lane

    def _new_conn(self) -> socket.socket:
        return self._lane.open(self.host, self.port)


class _SecureConnection(HTTPSConnection):
    """Connects only through its lane, and verifies who answers."""

    def __init__(self, lane: _Lane, host: str) -> None:
        super().__init__(host, cert_reqs="CERT_REQUIRED", ca_certs=lane.ca_file)
        self._lane = lane

    def _new_conn(self) -> socket.socket:
        return self._lane.open(self.host, self.port)
