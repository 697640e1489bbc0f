# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Load from one core: kept connections, each sends its next request when the answer to the last is there."""

import asyncio
import os
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from urllib.parse import urlsplit

import httptools
import uvloop


@dataclass
class Outcome:
    """What came back."""

    seconds: float = 0.0
    latencies_ms: list = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    #: the last answer's body
    body: bytes = b""

    @property
    def per_second(self):
        return len(self.latencies_ms) / self.seconds


def request_bytes(method, url, *, headers=(), body=b""):
    """Write a request as it goes over the wire."""
    parts = urlsplit(url)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    lines = [f"{method} {path} HTTP/1.1", f"host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in dict(headers).items() if name != "host"]
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def again_and_again(request):
    return repeat(request)


def drive(url, requests, *, connections, seconds):
    """Send `requests` (an iterator) for so many seconds, or until there are no more."""
    outcome = Outcome()
    with on_core(-1):
        uvloop.run(_drive(urlsplit(url), iter(requests), connections, seconds, outcome))
    return outcome


@contextmanager
def on_core(place):
    """Keep this process to one core, 0 the first, -1 the last: load and server must not take turns on the same."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(cores)[place]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def keep_on_first_core(pid):
    """Keep a running process, its threads and those it will start to the first core."""
    keep_on_core(pid, 0)


def keep_on_core(pid, place):
    """Keep a running process, its threads and those it will start to one core, 0 the first, -1 the last."""
    core = {sorted(os.sched_getaffinity(0))[place]}
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), core)


async def _drive(address, requests, connections, seconds, outcome):
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    lines = []
    for _ in range(connections):
        line = _Line(requests, begun + seconds, outcome)
        await loop.create_connection(lambda line=line: line, address.hostname, address.port)
        lines.append(line.ended)
    await asyncio.gather(*lines)
    outcome.seconds = time.perf_counter() - begun


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests, until, outcome):
        self._requests = requests
        self._until = until
        self._outcome = outcome
        self._body = bytearray()
        self._answered = False
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self._transport = transport
        self._next()

    def connection_lost(self, error):
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionError("the server closed the connection"))

    def data_received(self, data):
        self._answer.feed_data(data)
        if self._answered:
            self._next()

    def on_body(self, body):
        self._body += body

    def on_message_complete(self):
        self._outcome.latencies_ms.append((time.perf_counter() - self._sent_at) * 1000)
        self._outcome.statuses[self._answer.get_status_code()] += 1
        self._outcome.body = bytes(self._body)
        self._answered = True

    def _next(self):
        request = next(self._requests, None) if time.perf_counter() < self._until else None
        if request is None:
            self.ended.set_result(None)
            self._transport.close()
            return
        self._answered = False
        self._body.clear()
        self._answer = httptools.HttpResponseParser(self)
        self._sent_at = time.perf_counter()
        self._transport.write(request)
