# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Many partner cities in one process: most answer at once, signed; some refuse the connection, hang, or drip.

Run as `python -m tests.bench.receivers HEALTHY REFUSING HANGING`. Says on its first line who they are; each line it reads
is answered with when what arrived where, and forgets it.
"""

import asyncio
import json
import socket
import sys
import time
from base64 import b64encode

import httptools
import uvloop

from cop.base.clock import now
from federation.answers import sign_answer
from federation.inbox import MEDIA_TYPE
from federation.keys import SigningKey, generate
from federation.ports import Answer, Request

PRIVATE = generate("all").private
ACCEPTED = Answer(202, {"content-type": MEDIA_TYPE})
DRIP_S = 0.2
arrived = {}


class Healthy(asyncio.Protocol):
    """Takes activities and answers each, signed for its request."""

    def __init__(self, port):
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"
        self.key = SigningKey(f"{self.origin}/actor#peer-1", PRIVATE)

    def connection_made(self, transport):
        self.transport = transport
        self.headers = {}
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data):
        self.parser.feed_data(data)

    def on_header(self, name, value):
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_message_complete(self):
        arrived[self.port] = time.monotonic()
        request = Request("POST", f"{self.origin}/inbox", self.headers)
        answer = sign_answer(ACCEPTED, request=request, key=self.key, at=now())
        lines = [f"{name}: {value}" for name, value in answer.headers.items()]
        self.transport.write("\r\n".join(["HTTP/1.1 202 Accepted", *lines, "content-length: 0", "", ""]).encode())
        self.headers = {}


class Hanging(asyncio.Protocol):
    """Takes everything and says nothing."""


class Dripping(asyncio.Protocol):
    """Says one byte at a time."""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(b"HTTP/1.1 200 OK\r\nX-A: ")
        self.drip()

    def drip(self):
        if not self.transport.is_closing():
            self.transport.write(b"x")
            asyncio.get_running_loop().call_later(DRIP_S, self.drip)


async def listen(make):
    """Listen on a port of its own; return it."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    await asyncio.get_running_loop().create_server(lambda: make(port), sock=listener)
    return port


def refusing():
    """Hold a port at which nobody listens."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held


async def serve(healthy, refused, hanging):
    ports = {
        "healthy": [await listen(Healthy) for _ in range(healthy)],
        "hanging": [await listen(lambda _: Hanging()) for _ in range(hanging)],
        "dripping": [await listen(lambda _: Dripping())],
    }
    held = [refusing() for _ in range(refused)]
    ports["refusing"] = [one.getsockname()[1] for one in held]
    public = b64encode(PRIVATE.public_key().public_bytes_raw()).decode()
    print(json.dumps({"public": public, **ports}), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(arrived), flush=True)
        arrived.clear()


if __name__ == "__main__":
    uvloop.run(serve(*map(int, sys.argv[1:])))
