# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The way out leads to other cities on the public internet, and nowhere else.

`via` in the catalogue: an invitation that an administrator pastes (peer_onboarding), a GET of a document (object_fetch),
and a delivery to a peer; previews, webhooks, avatars and imports don't exist.
"""

import ast
import time
from pathlib import Path

import pytest

from cop.base.clock import now
from federation.errors import InvalidUrlError, Refused, Unreachable
from federation.http import DEADLINE, Egress
from federation.invitations import City as OtherCity
from federation.invitations import Invitation, read_invitation
from federation.keys import fingerprint, generate
from federation.origins import Origin
from federation.peering import Peering
from federation.ports import Level, Request
from federation.strict_json import MAX_BODY, dumps
from tests.federation.peer_cities import HERE, City
from tests.hostile.catalogue import cases
from tests.hostile.internet import OTHER_PUBLIC, PUBLIC, Authority, Internet, answer, drip, endless
from tests.hostile.outbound import watched

ROOT = Path(__file__).parents[2]
SHORT_S = 1.5
#: bind to loopback to find a free port, and connect to nothing
FINDS_FREE_PORTS = {"cop/demo/cities.py", "cop/devidp/setup.py"}
#: sets an option of connections that others made
IS_CALLED = {"cop/asgi.py"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def internet(authority):
    internet = Internet(authority)
    for host in ("ok.example", "peer.example", "evil.example"):
        internet.name(host, PUBLIC)
    yield internet
    internet.close()


@pytest.fixture
def egress(internet):
    egress = Egress(
        deadline=SHORT_S, ca_file=internet.authority.ca_file, resolve=internet.resolve, connect=internet.connect
    )
    yield egress
    egress.close()


def object_fetch(egress, url):
    return egress.send(Request("GET", url, {"accept": "application/activity+json"}))


def delivery(egress, url):
    headers = {"content-type": "application/activity+json", "signature": "sig1=:secret:"}
    return egress.send(Request("POST", url, headers, b"{}"))


def peer_onboarding(egress, url):
    """An administrator pastes an invitation in which a city says that it is at this address."""
    origin = url.rstrip("/")
    pasted = Invitation(origin, bytes(32), "aaaa").text()
    return egress.send(Request("GET", f"{read_invitation(pasted).origin}/actor", {}))


WAYS = (object_fetch, delivery, peer_onboarding)
BLOCKED = (Unreachable, Refused, InvalidUrlError)


def ends(run, *arguments):
    """Try one way out; return the answer or what stopped it."""
    try:
        return run(*arguments)
    except BLOCKED as stopped:
        return stopped


def urls_of(case):
    told = case.setup["url"]
    return told if isinstance(told, list) else [told]


def _nothing_is_connected_to(case, internet, egress):
    for url in urls_of(case):
        for way in WAYS:
            with watched() as seen:
                assert isinstance(ends(way, egress, url), BLOCKED), url
            assert (internet.connected, seen) == ([], []), url


def _names(case, internet, egress):
    """Names whose addresses are mixed, at once or one after another: only a checked public address is connected to."""
    rebinding = case.asserts == ["connects_only_to_checked_ip"]
    for host, addresses in case.setup["dns"].items():
        internet.name(host, *addresses, one_after_another=rebinding)
    for _ in range(4):
        ends(object_fetch, egress, urls_of(case)[0])
    assert {address for address, _ in internet.connected} <= ({PUBLIC} if rebinding else set())


def _redirected(case, internet, egress):
    (status, told), *_ = case.setup["response"].items()
    url = urls_of(case)[0]
    internet.name("evil.example", OTHER_PUBLIC)
    elsewhere = internet.serve(OTHER_PUBLIC, "evil.example", [answer(200, b"{}")])
    for location in told if isinstance(told, list) else [told]:
        server = internet.serve(PUBLIC, "ok.example", [answer(int(status), location=location)])
        with watched(server.port, elsewhere.port) as seen:
            got = delivery(egress, url)
        assert (got.status, seen, elsewhere.heard) == (int(status), [], [])
        assert len(server.heard) == 1
        egress.close()
        server.close()


def _answers_badly(case, internet, egress):
    """Too much, too slow, or nothing at all: it ends in time, and does not delay other cities."""
    told = case.setup["response"]
    say, context = [answer(200)], None
    if "stream" in told:
        say = endless()
    elif "drip_s" in told:
        say = drip(min(told["drip_s"], 0.2))
    else:
        context = "hang"
    internet.serve(PUBLIC, "ok.example", say, context=context)
    internet.name("other.example", OTHER_PUBLIC)
    internet.serve(OTHER_PUBLIC, "other.example", [answer(200, b"{}")])
    started = time.monotonic()

    stopped = ends(object_fetch, egress, urls_of(case)[0])

    assert time.monotonic() - started < SHORT_S + 1
    assert DEADLINE <= 10
    assert MAX_BODY <= 1024 * 1024
    assert isinstance(stopped, Unreachable)
    assert stopped.code == ("too_large" if "stream" in told else "timeout")
    assert object_fetch(egress, "https://other.example/actor").status == 200


def _certificates(case, internet, egress):
    """What can't prove to be the host is not spoken to; and nowhere in the code is that switched off."""
    url = urls_of(case)[0]
    internet.name("badtls.example", PUBLIC)
    wrong = ({"self_signed": True}, {"expired": True}, {"host": "other.example"})
    for fault in wrong:
        host = fault.pop("host", "badtls.example")
        server = internet.serve(PUBLIC, host, [answer(200, b"{}")], **fault)
        stopped = ends(delivery, egress, url)
        assert (getattr(stopped, "code", stopped), server.heard) == ("tls", [])
        server.close()
    assert _places_without_verification() == []


def _places_without_verification():
    """List where `verify=False` or the like is written."""
    off = {"verify", "check_hostname", "verify_ssl", "assert_hostname"}
    return [
        f"{path.name}:{node.value.lineno}"
        for path, tree in _code()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in off and getattr(node.value, "value", True) is False
    ]


def _code():
    """Read all our code: path below the repository, and its tree."""
    for folder in ("cop", "federation", "plugins"):
        for path in (ROOT / folder).rglob("*.py"):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def _no_headers_added(case, internet, egress):
    """A line break in a URL, escaped or not, never reaches a server as one."""
    server = internet.serve(PUBLIC, "peer.example", [answer(200, b"{}")])
    for url in (*urls_of(case), "https://peer.example/\r\nX: y", "https://peer.example/?a=%0d%0aX: y"):
        assert isinstance(ends(object_fetch, egress, url), BLOCKED), url
    bad = Request("GET", "https://peer.example/actor", {"accept": "a\r\nX: y"})
    with pytest.raises(Unreachable):
        egress.send(bad)
    assert server.heard in ([], [b""])


def _links_point_inside(case, internet, egress):
    """A city's documents are full of links to inside: a peering reads its actor and posts to it, and follows none."""
    inside = case.setup["response"]["links"][0]["href"]
    there, here = generate("https://ok.example/actor#peer-1"), generate("https://city-a.example/actor#peer-1")
    links = {
        "inbox": inside,
        "url": inside,
        "links": [{"href": inside}],
        "generator": {"implements": [{"href": inside}]},
    }
    said = OtherCity(Origin("https://ok.example"), "Musterhausen", {there.key_id: there.public}).document() | links
    server = internet.serve(PUBLIC, "ok.example", [answer(200, dumps(said))])
    peering = _peering(here, egress)
    invitation = Invitation(Origin("https://ok.example"), bytes(32), fingerprint(there.public))

    with watched(server.port) as seen:
        city = peering.look(invitation)
        offered = ends(lambda: peering.offer(invitation, city, level_in=Level.WORK, level_out=Level.WORK))

    assert getattr(offered, "code", offered) == "answer_unsigned"
    assert [head.split(b" HTTP", 1)[0] for head in server.heard] == [b"GET /actor", b"POST /peering"]
    assert (seen, {address for address, _ in internet.connected}) == ([], {PUBLIC})


def _peering(key, egress):
    """The handshake of a city whose memory is empty."""
    city = City()
    return Peering(
        city=OtherCity(HERE, "Stadt Kassel", {key.key_id: key.public}),
        key=key,
        peers=city.peers,
        invitations=city.invitations,
        transport=egress,
        limit=city.limit,
        events=city.events,
        clock=now,
    )


#: what decides how a case is played: the first of these that its setup or its asserts name
PLAYS = {
    "dns": _names,
    "302": _redirected,
    "307": _redirected,
    "stream": _answers_badly,
    "drip_s": _answers_badly,
    "tls_hang": _answers_badly,
    "links": _links_point_inside,
    "no_verify_false_in_code": _certificates,
    "no_header_injection": _no_headers_added,
}


@cases("ssrf")
def test_a_way_out(case, internet, egress, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    told = {*case.setup, *case.setup.get("response", {}), *case.asserts}
    play = next((play for word, play in PLAYS.items() if word in told), _nothing_is_connected_to)

    play(case, internet, egress)


def test_a_city_on_the_public_internet_is_reached(internet, egress, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    server = internet.serve(PUBLIC, "ok.example", [answer(200, b"{}")])

    got = delivery(egress, "https://ok.example/inbox")

    assert (got.status, internet.connected, len(server.heard)) == (200, [(PUBLIC, 443)], 1)


def test_only_the_egress_module_and_the_operators_services_have_a_client():
    clients = {"requests", "urllib3", "urllib.request", "http.client", "httpx", "aiohttp", "socket"}
    found = set()
    for path, tree in _code():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name in clients or name.split(".")[0] in clients for name in names):
                found.add(str(path))

    assert found - FINDS_FREE_PORTS - IS_CALLED == {"cop/base/http.py", "federation/http.py"}
