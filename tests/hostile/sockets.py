# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Requests that no client library would send, byte by byte over a socket."""

import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.hostile.floods import PATIENCE_S, percentile_95
from tests.hostile.instance import HOST, Reply
from tests.hostile.signing import MEDIA_TYPE

MIB = 1024 * 1024
CONTEXT_S = 8


def head(*lines, path="/inbox"):
    told = [f"POST {path} HTTP/1.1", f"Host: {HOST}", f"Content-Type: {MEDIA_TYPE}", *lines, "", ""]
    return "\r\n".join(told).encode()


def open_line(live, timeout=10):
    return socket.create_connection(("127.0.0.1", live.port), timeout, source_address=(live.address(), 0))


def speak(live, parts):
    """Send the parts until the other side answers; return its answer and how much it let us send."""
    sent, started = 0, time.monotonic()
    with open_line(live) as line, suppress(BrokenPipeError, ConnectionResetError):
        for part in parts:
            line.sendall(part)
            sent += len(part)
            line.settimeout(0.01)
            with suppress(TimeoutError):
                if answer := line.recv(65536):
                    return _reply(answer, started), sent
            line.settimeout(10)
        return _reply(line.recv(65536), started), sent
    raise AssertionError("no answer")


def _reply(answer, started):
    status = int(answer.split(b" ", 2)[1])
    return Reply(status, {}, answer.partition(b"\r\n\r\n")[2], time.monotonic() - started)


def resident_mib():
    """How much memory this process, and so the city in it, holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / MIB


def much(live, told, verdict):
    """A body of 100 MB that says so."""
    number = told["bytes"]
    before = resident_mib()
    reply, sent = speak(live, [head(f"Content-Length: {number}"), *[b" " * 65536] * (number // 65536)])
    verdict.take(reply)
    assert sent < 2_000_000
    assert resident_mib() - before < 32


def more_than_said(live, told, verdict):
    """Ten bytes are promised, ten million come."""
    reply, _ = speak(live, [head("Content-Length: 10"), *[b"x" * 65536] * 160])
    verdict.take(reply)


def two_lengths(live, told, verdict):
    """Both ways to say how long a body is, in either order, and one of them twice."""
    chunk = b"0\r\n\r\nPOST /inbox HTTP/1.1\r\n"
    for lines in (
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Transfer-Encoding: chunked, identity", "Content-Length: 5"),
        ("Content-Length: 5", "Content-Length: 6"),
    ):
        reply, _ = speak(live, [head(*lines) + chunk])
        verdict.take(reply)


def slow_loris(live, told, verdict, *, good):
    """Many connections that give a byte now and then: half of them in the headers, half in the body."""
    number = told["conns"]
    headers = [head(f"Content-Length: {1000}") if each % 2 else b"POST /inbox HTTP/1.1\r\nHo" for each in range(number)]
    with ExitStack() as lines:
        slow = [lines.enter_context(open_line(live)) for _ in headers]
        for line, begun in zip(slow, headers, strict=True):
            line.sendall(begun)
        waited = [_served(good) for _ in range(20)]
        until = time.monotonic() + CONTEXT_S
        for line in slow[1::2]:
            line.settimeout(max(0.1, until - time.monotonic()))
            verdict.take(_reply(line.recv(65536), until))
        assert percentile_95(waited) < PATIENCE_S


def _served(good):
    reply = good()
    assert reply.status == 202
    return reply.seconds


#: gen -> what to say byte by byte
SPOKEN = {"pad": much, "cl_mismatch": more_than_said, "cl_te": two_lengths}
