# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The web process: the Flask app in threads behind an event loop.

Each body is read whole before a thread is given to it, or a dozen half-sent
requests would block every page; each answer is whole before it is sent, so
that a thread is entered and left once a request. (a2wsgi's own middleware
goes to and fro four times, which costs more than a small page.)
"""

import asyncio
import gc
import io
import logging
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import uvicorn
from a2wsgi.wsgi import build_environ
from flask import Flask
from werkzeug.test import run_wsgi_app

from cop.app import MOST_BYTES

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]

THREADS = 16
BODY_WITHIN_S = 10
#: a stream shares the interpreter with page threads; shorter turns keep it quick
SWITCH_S = 0.0005
SHUTDOWN_S = 10
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


def create_asgi(app: Flask, *, threads: int = THREADS) -> Asgi:
    """Return the ASGI app of one city."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="page")

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            try:
                body = await asyncio.wait_for(_whole_body(scope, receive), BODY_WITHIN_S)
            except TimeoutError:
                await _refuse(send, 408)
            except BodyRefused as refused:
                await _refuse(send, refused.status)
            else:
                environ = _environ(_with_length(scope, len(body)), io.BytesIO(body))
                for message in await asyncio.get_running_loop().run_in_executor(pool, _answer, app, environ):
                    await send(message)

    return serve


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


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


def create_server(app: Flask, *, host: str, port: int) -> uvicorn.Server:
    """Return the one web process's server; it ends cleanly on SIGTERM."""
    sys.setswitchinterval(SWITCH_S)
    _collect_seldom()
    config = uvicorn.Config(
        create_asgi(app),
        host=host,
        port=port,
        http="httptools",
        loop="auto",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    return uvicorn.Server(config)
