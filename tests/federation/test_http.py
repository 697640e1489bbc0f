# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
import os
import socket
import threading
import time

import pytest

from federation.errors import Unreachable
from federation.http import Egress, connect, resolve
from federation.ports import Request
from tests.federation.servers import (
    Server,
    a_certificate,
    dripping_body,
    dripping_head,
    endless,
    plain,
    redirecting_endlessly,
    redirecting_to,
)

PUBLIC = "203.0.114.10"


@pytest.fixture
def serve():
    servers = []

    def start(answer, **options):
        servers.append(Server(answer, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def make():
    """Make an egress whose public addresses all lead to one server."""
    made = []

    def egress(server=None, *, addresses=(PUBLIC,), **options):
        tried = []

        def lead(address, port, seconds):
            tried.append((address, port))
            if server is None:
                raise ConnectionRefusedError
            return connect("127.0.0.1", server.port, seconds)

        made.append(Egress(resolve=lambda host, port: addresses, connect=lead, **options))
        made[-1].tried = tried
        return made[-1]

    yield egress
    for each in made:
        each.close()


def get(egress, url):
    return egress.send(Request("GET", url, {"accept": "application/activity+json"}))


def code_of(egress, url):
    with pytest.raises(Unreachable) as fault:
        get(egress, url)
    return fault.value.code


SSRF = [
    "http://localhost/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://017700000001/",
    "http://0/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[fec0::1]/",
    "http://[fd00:ec2::254]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.0.0.9/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://255.255.255.255/",
    "http://240.0.0.1/",
    "http://①②⑦.⓪.⓪.①/",
    "https://127.0.0.1/",
    "https://10.0.0.1/",
    "https://[::1]/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/_",
    "ftp://127.0.0.1/",
    "data:application/json,{}",
    "dict://127.0.0.1:11211/",
    "ldap://127.0.0.1/",
    "webcal://127.0.0.1/cal.ics",
    "http://peer.example/actor",
    "https://peer.example:22/",
    "https://peer.example:5432/",
    "https://evil.example\\@peer.example/",
    "https://peer.example/%0d%0aX: y",
    "https://peer.example/\r\nX: y",
    "https://user@peer.example/",
    "https://peer.example",
]


@pytest.mark.parametrize("development", [False, True])
@pytest.mark.parametrize("url", SSRF)
def test_a_url_that_leads_elsewhere_is_not_connected_to(make, url, development):
    egress = make(development=development)

    assert code_of(egress, url) == "url"
    assert egress.tried == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.5"],
        [PUBLIC, "10.0.0.5"],
        ["10.0.0.5", PUBLIC],
        ["::1"],
        ["fd00:ec2::254"],
        ["::ffff:127.0.0.1"],
        [],
    ],
)
@pytest.mark.parametrize("development", [False, True])
def test_a_name_with_an_inner_address_is_not_connected_to(make, addresses, development):
    egress = make(addresses=addresses, development=development)

    assert code_of(egress, "https://mixed.example/") == "address"
    assert egress.tried == []


def test_the_checked_address_is_connected_to_and_asked_for_once():
    """A name that answers differently the second time gets no second time."""
    answers, tried = [[PUBLIC], ["127.0.0.1"]], []

    def refuse(address, port, seconds):
        tried.append((address, port))
        raise ConnectionRefusedError

    egress = Egress(resolve=lambda host, port: answers.pop(0), connect=refuse)

    assert code_of(egress, "https://rebind.example/") == "connect"
    assert (tried, len(answers)) == ([(PUBLIC, 443)], 1)


def test_the_next_address_is_tried_when_the_first_does_not_answer(make):
    egress = make(addresses=["2a00::1", PUBLIC])

    assert code_of(egress, "https://peer.example/") == "connect"
    assert egress.tried == [("2a00::1", 443), (PUBLIC, 443)]


def test_a_request_over_tls_arrives_and_the_connection_is_kept(make, serve, tmp_path):
    certificate = a_certificate(tmp_path, "peer.example")
    server = serve(plain, certificate=certificate)
    egress = make(server, ca_file=certificate)

    answers = [egress.send(Request("POST", "https://peer.example/inbox", {"x-b": "c"}, b"{}")) for _ in range(3)]

    assert [(answer.status, answer.body, answer.headers["x-a"]) for answer in answers] == [(202, b"ok", "b")] * 3
    assert server.connections == 1
    head = server.requests[0].lower()
    assert b"post /inbox http/1.1\r\n" in head
    assert b"host: peer.example\r\n" in head
    assert b"x-b: c\r\n" in head


@pytest.mark.parametrize(("name", "days"), [("other.example", 1), ("peer.example", -1)])
def test_a_wrong_or_expired_certificate_is_refused(make, serve, tmp_path, name, days):
    certificate = a_certificate(tmp_path, name, days=days)
    egress = make(serve(plain, certificate=certificate), ca_file=certificate)

    assert code_of(egress, "https://peer.example/") == "tls"


def test_a_certificate_that_nobody_vouches_for_is_refused(make, serve, tmp_path):
    egress = make(serve(plain, certificate=a_certificate(tmp_path, "peer.example")))

    assert code_of(egress, "https://peer.example/") == "tls"


def on_loopback(server, path="/"):
    return f"http://127.0.0.1:{server.port}{path}"


@pytest.fixture
def demo():
    egress = Egress(development=True)
    yield egress
    egress.close()


@pytest.fixture
def hasty():
    egress = Egress(development=True, deadline=0.5)
    yield egress
    egress.close()


def test_loopback_is_reached_under_the_development_switch(demo, serve):
    server = serve(plain)

    assert get(demo, on_loopback(server, "/changes?since=1")).status == 202
    assert server.requests[0].startswith(b"GET /changes?since=1 HTTP/1.1")


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/",
        "https://evil.example/inbox",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_",
        "ftp://x/",
    ],
)
def test_a_redirect_is_an_answer_and_not_followed(demo, serve, target):
    server = serve(redirecting_to(target))

    assert get(demo, on_loopback(server)).status == 307
    assert (server.connections, len(server.requests)) == (1, 1)


@pytest.mark.parametrize("answer", [endless, redirecting_endlessly])
def test_an_endless_answer_is_cut(demo, serve, answer):
    assert code_of(demo, on_loopback(serve(answer))) == "too_large"


def test_cookies_are_not_kept(demo, serve):
    def cookie(server, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")

    server = serve(cookie)
    for _ in range(2):
        get(demo, on_loopback(server))

    assert b"cookie" not in server.requests[1].lower()


def test_a_url_is_sent_just_as_it_was_signed(demo, serve):
    server = serve(plain)

    assert get(demo, on_loopback(server, "/a%7Eb?c=%20")).status == 202
    assert server.requests[0].startswith(b"GET /a%7Eb?c=%20 HTTP/1.1")


@pytest.mark.parametrize("answer", [dripping_body, dripping_head, lambda server, connection: server.over.wait()])
def test_a_slow_answer_is_cut_at_the_deadline(hasty, serve, answer):
    started = time.monotonic()

    assert code_of(hasty, on_loopback(serve(answer))) == "timeout"
    assert time.monotonic() - started < 3


def test_a_peer_that_never_answers_tls_is_cut_at_the_deadline(make, serve):
    server = serve(plain)
    server._serve = lambda connection: server.over.wait()
    egress = make(server, deadline=0.5)
    started = time.monotonic()

    assert code_of(egress, "https://peer.example/") == "timeout"
    assert time.monotonic() - started < 3


def test_a_peer_that_failed_once_can_be_reached_again(demo, serve):
    server = serve(endless)
    code_of(demo, on_loopback(server))
    server.answer = plain

    assert get(demo, on_loopback(server)).status == 202


def test_a_connection_that_the_peer_closed_meanwhile_is_opened_anew(demo, serve):
    def once(server, connection):
        plain(server, connection)
        connection.close()

    server = serve(once)

    assert [get(demo, on_loopback(server)).status for _ in range(3)] == [202] * 3
    assert server.connections == 3


def test_a_peer_that_hangs_up_each_time_is_asked_twice_and_not_for_ever(demo, serve):
    server = serve(plain)
    get(demo, on_loopback(server))
    server.answer = lambda server, connection: connection.close()

    assert code_of(demo, on_loopback(server)) == "connect"
    assert len(server.requests) == 3


def test_who_waits_no_longer_than_this_is_told_so(demo, serve):
    server = serve(dripping_body)
    started = time.monotonic()

    with pytest.raises(Unreachable, match="timeout"):
        demo.within(0.2).send(Request("GET", on_loopback(server), {}))
    assert time.monotonic() - started < 3


def test_a_connection_that_nobody_uses_is_closed(demo, serve):
    server = serve(plain)
    get(demo, on_loopback(server))
    demo.close_idle(60)
    get(demo, on_loopback(server))
    assert server.connections == 1

    demo.close_idle(0)
    get(demo, on_loopback(server))

    assert server.connections == 2


def test_one_slow_request_does_not_hold_up_those_to_others(demo, serve):
    slow, quick = serve(dripping_body), serve(plain)
    thread = threading.Thread(target=lambda: code_of(demo, on_loopback(slow)), daemon=True)
    thread.start()
    started = time.monotonic()

    assert [get(demo, on_loopback(quick)).status for _ in range(20)] == [202] * 20
    assert time.monotonic() - started < 2


def test_a_name_that_is_not_found_in_time_is_a_timeout():
    over = threading.Event()
    egress = Egress(resolve=lambda host, port: over.wait(30) and [PUBLIC], deadline=0.2)

    assert code_of(egress, "https://peer.example/") == "timeout"
    over.set()


def test_a_name_that_does_not_exist_is_no_connection():
    def unknown(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert code_of(Egress(resolve=unknown), "https://peer.example/") == "connect"


def test_nobody_there_is_said_so(demo):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert code_of(demo, f"http://127.0.0.1:{port}/") == "connect"


def test_proxies_of_the_environment_are_ignored(demo, serve, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setitem(os.environ, name, "http://127.0.0.1:1")

    assert get(demo, on_loopback(serve(plain))).status == 202


def test_a_compressed_answer_is_not_unpacked(demo, serve):
    def bomb(server, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")

    assert get(demo, on_loopback(serve(bomb))).body == b"abc"


def test_the_system_knows_its_own_name():
    assert "127.0.0.1" in resolve("127.0.0.1", 80)


def test_an_address_that_does_not_answer_is_a_timeout():
    def wait(address, port, seconds):
        raise TimeoutError

    assert code_of(Egress(resolve=lambda host, port: [PUBLIC], connect=wait), "https://peer.example/") == "timeout"
