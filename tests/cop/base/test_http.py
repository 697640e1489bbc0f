# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Calls to what the operator configured: short, without redirects, and only JSON objects."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cop.base.http import MOST_BYTES, CallFailed, get_json, post_form, session
from tests.live.processes import free_port

ANSWERS: dict[str, tuple[int, bytes]] = {
    "/good": (200, b'{"issuer": "here"}'),
    "/list": (200, b"[1]"),
    "/text": (200, b"hello"),
    "/deep": (200, b"[" * 100_000),
    "/large": (200, b'{"a": "' + b"x" * MOST_BYTES + b'"}'),
    "/moved": (302, b"{}"),
    "/denied": (403, b"{}"),
    "/broken": (500, b"{}"),
}


class Service(BaseHTTPRequestHandler):
    """Answers what the path asks for, and says what it was sent."""

    def do_GET(self) -> None:
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"sent": "%s", "by": "%s"}' % (body, self.headers["Authorization"].encode()))

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_json_object_is_returned(service: str) -> None:
    assert get_json(f"{service}/good") == {"issuer": "here"}


def test_a_form_is_sent_with_its_headers(service: str) -> None:
    assert post_form(service, "a=1", headers={"Authorization": "Basic x"}) == {"sent": "a=1", "by": "Basic x"}


@pytest.mark.parametrize("path", ["/list", "/text", "/deep", "/large", "/moved", "/denied", "/broken"])
def test_anything_else_fails(service: str, path: str) -> None:
    with pytest.raises(CallFailed) as failed:
        get_json(f"{service}{path}")

    assert failed.value.refused == (path == "/denied")


def test_no_answer_fails() -> None:
    with pytest.raises(CallFailed):
        get_json(f"http://127.0.0.1:{free_port()}/")


def test_the_environments_proxy_is_ignored(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")

    assert get_json(f"{service}/good") == {"issuer": "here"}
    assert not session().trust_env
