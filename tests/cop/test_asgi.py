# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What stands before the pages: whole bodies, within bounds."""

import socket
import threading
from collections.abc import Iterator

import pytest
import requests
from flask import Flask, request

from cop.asgi import create_server
from cop.base.web import public
from tests.live.processes import free_port


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """A running web process whose /echo answers with the body's length."""
    app.add_url_rule("/echo", "echo", public(lambda: str(len(request.get_data()))), methods=["POST"])
    app.config["TRUSTED_HOSTS"] = None
    app.before_request_funcs.clear()
    port = free_port()
    server = create_server(app, host="127.0.0.1", port=port)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def test_a_chunked_body_arrives_whole(address: str) -> None:
    answer = requests.post(f"{address}/echo", data=(b"x" * 1000 for _ in range(5)), timeout=5)

    assert answer.text == "5000"


def test_a_body_that_says_it_is_too_large_is_refused_unread(address: str) -> None:
    answer = ask(address, b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413")


def test_a_body_that_grows_too_large_is_refused(address: str) -> None:
    answer = requests.post(f"{address}/echo", data=(b"x" * 100_000 for _ in range(11)), timeout=5)

    assert answer.status_code == 413


def test_pages_answer_while_many_half_sent_requests_wait(address: str) -> None:
    waiting = [half_sent(address) for _ in range(60)]

    answer = requests.get(f"{address}/healthz", timeout=3)

    assert answer.status_code == 200
    for connection in waiting:
        connection.close()


def half_sent(address: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
    connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
    return connection


def ask(address: str, raw: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=5) as connection:
        connection.sendall(raw)
        return connection.recv(1000)
