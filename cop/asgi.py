# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The web process: the Flask app in threads behind an event loop.

Each body is read whole before a thread is given to it, or a dozen half-sent
requests would block every page; each answer is whole before it is sent, so
that a thread is entered and left once a request. (a2wsgi's own middleware
goes to and fro four times, which costs more than a small page.)

A stream is answered by its view like any page, which says who may hear what;
then thread and database are free, and `base.streams` sends in the event loop.
"""

import asyncio
import gc
import io
import logging
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import uvicorn
from a2wsgi.wsgi import build_environ
from flask import Flask
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from werkzeug.test import run_wsgi_app

from cop.app import MOST_BYTES
from cop.base.live import OPENING, Opening
from cop.base.streams import Streams

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

THREADS = 16
BODY_WITHIN_S = 10
#: a stream shares the interpreter with page threads; shorter turns keep it quick
SWITCH_S = 0.0005
SHUTDOWN_S = 10
#: a line on which nothing is taken, or nobody is any more, is closed by the kernel
TAKES_NOTHING_MS = 30_000
OK = 200
CONNECTION = "cop.connection"
#: from here on it is our fault, which ends no stream
FAILED = 500
#: a page makes thousands of objects; looking for circles after each 700 took a third of its time
OBJECTS_BETWEEN_COLLECTIONS = 50_000
#: a2wsgi's type for the body is its own reader; WSGI takes any file
_environ = cast("Callable[[Message, io.BytesIO], dict[str, Any]]", build_environ)
log = logging.getLogger(__name__)


class BodyRefused(Exception):  # noqa: N818  said as it is
    """The body is too large, too slow, or its sender went away."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Web:
    """The ASGI app of one city."""

    def __init__(self, app: Flask, *, threads: int = THREADS) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self.streams = Streams(app, self._pool)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            try:
                body = await asyncio.wait_for(_whole_body(scope, receive), BODY_WITHIN_S)
            except TimeoutError:
                await _refuse(send, 408)
            except BodyRefused as refused:
                await _refuse(send, refused.status)
            else:
                await self._serve(_with_length(scope, len(body)), body, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.streams.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Message, body: bytes, send: Send) -> None:
        opening = Opening()
        try:
            start, whole = await self._answer(scope, opening, body)
            if opening.wanted and opening.admitted and start["status"] == OK:
                await send(_without_length(start))
                await self.streams.serve(opening.wanted, _Line(scope, lambda: self._allowed(scope, opening)))
                await send({"type": "http.response.body", "body": b""})
            else:
                await send(start)
                await send(whole)
        finally:
            self.streams.finish(opening)

    async def _allowed(self, scope: Message, opening: Opening) -> bool:
        """Ask the view again."""
        again = Opening(again=True)
        start, _ = await self._answer(scope, again, b"")
        return start["status"] >= FAILED or again.wanted == opening.wanted

    async def _answer(self, scope: Message, opening: Opening, body: bytes) -> tuple[Message, Message]:
        environ = _environ(scope, io.BytesIO(body))
        environ[OPENING] = opening
        return await asyncio.get_running_loop().run_in_executor(self._pool, _answer, self._app, environ)


async def _whole_body(scope: Message, receive: Receive) -> bytes:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if not declared.isdigit():
        raise BodyRefused(400)
    if int(declared) > MOST_BYTES:
        raise BodyRefused(413)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise BodyRefused(400)
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise BodyRefused(413)
        if not message.get("more_body"):
            return bytes(body)


def _with_length(scope: Message, length: int) -> Message:
    kept = [(k, v) for k, v in scope["headers"] if k not in {b"content-length", b"transfer-encoding"}]
    return {**scope, "headers": [*kept, (b"content-length", str(length).encode())]}


def _without_length(start: Message) -> Message:
    return {**start, "headers": [(name, value) for name, value in start["headers"] if name != b"content-length"]}


def _answer(app: Flask, environ: dict[str, Any]) -> tuple[Message, Message]:
    """Let the app answer, in the thread of the caller."""
    parts, status, headers = run_wsgi_app(app.wsgi_app, environ, buffered=True)
    fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return (
        {"type": "http.response.start", "status": int(status[:3]), "headers": fields},
        {"type": "http.response.body", "body": b"".join(parts)},
    )


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _collect_seldom() -> None:
    """Leave what lives as long as the process out of every garbage collection, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


class _Protocol(HttpToolsProtocol):
    """HTTP whose requests know their connection."""

    lost: Callable[[], None] | None = None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: self}  # type: ignore[dict-item]

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.lost:
            self.lost()


class _Line:
    """The way to one browser whose answer has begun, in chunks."""

    def __init__(self, scope: Message, allowed: Callable[[], Awaitable[bool]]) -> None:
        self._connection: _Protocol = scope["extensions"][CONNECTION]
        self._allowed = allowed

    def write(self, part: bytes) -> bool:
        if self._connection.transport.is_closing():
            return False
        self._connection.transport.write(part)
        return not self._connection.flow.write_paused

    async def drained(self) -> None:
        await self._connection.flow.drain()

    def when_gone(self, tell: Callable[[], None]) -> None:
        self._connection.lost = tell
        if self._connection.transport.is_closing():
            tell()

    async def allowed(self) -> bool:
        return await self._allowed()

    def cut(self) -> None:
        self._connection.transport.abort()


class _Server(uvicorn.Server):
    """A server that ends its streams before it waits for what is open."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in (one for server in self.servers for one in server.sockets):
            # connections inherit it
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TAKES_NOTHING_MS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._streams.stop()
        await super().shutdown(sockets)


def create_server(app: Flask, *, host: str, port: int) -> uvicorn.Server:
    """Return the one web process's server; it ends cleanly on SIGTERM."""
    sys.setswitchinterval(SWITCH_S)
    _collect_seldom()
    web = Web(app)
    config = uvicorn.Config(
        web,
        host=host,
        port=port,
        http=_Protocol,
        loop="auto",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    return _Server(config, web.streams)
