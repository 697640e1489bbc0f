# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Calls to what the operator configured: short, without redirects, and only JSON objects."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cop.base import http
from cop.base.http import MOST_BYTES, CallFailed, get_bytes, get_json, post_form, session
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
        if self.path == "/drops":
            self._drip()
            return
        status, body = ANSWERS[self.path.partition("?")[0]]
        self.send_response(status)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        ends = time.monotonic() + 5
        with suppress(OSError):
            while time.monotonic() < ends:
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.01)

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


def test_bytes_are_returned_as_they_are(service: str) -> None:
    assert get_bytes(f"{service}/text") == b"hello"


def test_who_answers_drop_by_drop_is_given_up(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "DEADLINE_S", 0.1)

    with pytest.raises(CallFailed, match=r"/drops: TimeoutError$"):
        get_bytes(f"{service}/drops")


@pytest.mark.parametrize("path", ["/text", "/list", "/denied", "/moved"])
def test_the_text_of_a_failure_holds_no_query(service: str, path: str) -> None:
    for host in (service, f"http://127.0.0.1:{free_port()}"):
        with pytest.raises(CallFailed) as failed:
            get_json(f"{host}{path}?checksum=0a1b")

        assert "0a1b" not in str(failed.value)
