# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The only way out to other cities. The address is checked when it is connected to, and nothing else is connected to.

No redirects, no proxies from the environment, TLS always verified, ten seconds in all, one MiB at most; for each host
one request at a time over one kept connection.
"""

import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from federation.addresses import is_allowed
from federation.errors import InvalidUrlError, Unreachable
from federation.origins import parse_target
from federation.ports import Answer, Request
from federation.strict_json import MAX_BODY

DEADLINE = 10.0
_CHUNK = 64 * 1024
_LOOPBACK = "127.0.0.1"

Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, float], socket.socket]


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a host."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """Connect to an address."""
    return socket.create_connection((address, port), timeout=seconds)


class Egress:
    """A `Transport` over `requests`.

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
        self.ca_file = ca_file
        self._resolve = resolve
        self._connect = connect
        self._lanes: dict[str, _Lane] = defaultdict(lambda: _Lane(self))
        self._guard = threading.Lock()

    def send(self, request: Request) -> Answer:
        """Send a request; see `Transport.send`."""
        try:
            url = parse_target(request.url, development=self.development)
        except InvalidUrlError as error:
            raise Unreachable("url", str(error)) from error
        with self._guard:
            lane = self._lanes[url.origin]
        return lane.send(request)

    def close(self) -> None:
        """Close all kept connections."""
        with self._guard:
            for lane in self._lanes.values():
                lane.close()
            self._lanes.clear()

    def open(self, host: str, port: int, seconds: float) -> socket.socket:
        """Resolve, check every address, connect to the first that answers.

        One address that is not allowed spoils the name: who mixes them has something in mind.
        """
        if self.development and host == _LOOPBACK:
            return self._connect(host, port, seconds)
        addresses = self._resolve(host, port)
        if not addresses or not all(is_allowed(address) for address in addresses):
            raise Unreachable("address", "not an address of the public internet")
        for address in addresses[:-1]:
            with suppress(OSError):
                return self._connect(address, port, seconds)
        return self._connect(addresses[-1], port, seconds)


class _Lane:
    """One host: its kept connection, its one request in flight.

    Uses the adapter of `requests` without a session: a session reads the whole body of a redirect even when it does not
    follow it, and keeps cookies.
    """

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._lock = threading.Lock()
        self._adapter = _Adapter(self)
        self._handle: socket.socket | None = None
        self._late = False

    def open(self, host: str, port: int) -> socket.socket:
        """Connect for this host, and keep a second handle by which the deadline can end the connection."""
        connection = self._egress.open(host, port, self._egress.deadline)
        self._forget_handle()
        self._handle = connection.dup()
        return connection

    def send(self, request: Request) -> Answer:
        """Send one request, with everything over at the deadline."""
        with self._lock:
            self._late = False
            watch = threading.Timer(self._egress.deadline, self._cut)
            watch.daemon = True
            watch.start()
            try:
                answer = self._send(request)
            except Unreachable:
                self._close()
                raise
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                self._close()
                raise Unreachable("timeout" if self._late else _code(error), type(error).__name__) from error
            finally:
                watch.cancel()
            if self._late:  # an answer that was cut may look as if it ended there
                self._close()
                raise Unreachable("timeout", "cut at the deadline")
            return answer

    def _send(self, request: Request) -> Answer:
        headers = {"accept-encoding": "identity", "user-agent": "reihum", **request.headers}
        prepared = requests.Request(request.method, request.url, headers, data=request.body).prepare()
        if prepared.url != request.url:
            raise Unreachable("url", "would be sent to another URL")
        response = self._adapter.send(
            prepared, stream=True, timeout=self._egress.deadline, verify=self._egress.ca_file or True, proxies={}
        )
        with closing(response):
            body = bytearray()
            while chunk := response.raw.read(_CHUNK, decode_content=False):
                body += chunk
                if len(body) > MAX_BODY:
                    raise Unreachable("too_large", "the answer is larger than 1 MiB")
        answered = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, answered, bytes(body))

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
        self._adapter.close()

    def _forget_handle(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def close(self) -> None:
        """Close the kept connection."""
        with self._lock:
            self._close()


def _code(error: Exception) -> str:
    """Name the kind of failure by looking down the chain of causes."""
    fault: BaseException | None = error
    while fault is not None:
        if isinstance(fault, requests.exceptions.SSLError):
            return "tls"
        if isinstance(fault, (requests.exceptions.Timeout, TimeoutError, urllib3.exceptions.TimeoutError)):
            return "timeout"
        fault = fault.__cause__ or fault.__context__
    return "connect"


class _Adapter(HTTPAdapter):
    """Connects only through its lane."""

    def __init__(self, lane: _Lane) -> None:
        self._lane = lane
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._lane)


def _pools(lane: _Lane) -> dict[str, type[HTTPConnectionPool]]:
    """Make pools whose connections ask the lane for their socket."""

    class Connection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return lane.open(self.host, self.port or self.default_port)

    class SecureConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return lane.open(self.host, self.port or self.default_port)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}
