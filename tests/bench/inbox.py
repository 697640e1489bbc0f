# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Activities of other cities: verified with every check and durably stored."""

import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle
from statistics import median
from uuid import uuid4

from sqlalchemy import func, select

from cop.base.clock import now
from cop.base.db import db
from cop.sharing.models import ReceivedActivity
from cop.sharing.stores import SqlPeers
from federation.activities import build_activity
from federation.keys import generate
from federation.ports import Level, Peer, PeerState, Request
from federation.signing import sign_request
from federation.strict_json import dumps
from tests.bench.city import a_city, hello_server, serving
from tests.bench.fedify import fedify_inbox, is_installed
from tests.bench.figure import Figure
from tests.bench.load import drive, request_bytes
from tests.bench.references import commits_per_second, hellos_per_second, verifications_per_second

#: the limit of one peer is 6,000 in a minute
PEERS = 12
SIGNATURE_LASTS_S = 120
MEDIA_TYPE = "application/activity+json"


def measure(size):
    """Measure how many activities a second one web process takes from a dozen peers, the bare limits and Fedify beside it.

    In rounds, each measured in turn: what else the machine does meets all of them.
    """
    with a_city() as city, hello_server() as hello:
        keys = [_peer(city, number) for number in range(PEERS)]
        sample = _signed(city.origin, keys[:1], 50)
        with serving(city), _fedify(keys, size) as fedify:
            # the first ones build statements
            _accepted_per_second(city, _signed(city.origin, keys, size.connections * 4), size)
            rounds = [
                (
                    _accepted_per_second(city, _signed(city.origin, keys, size.activities), size),
                    hellos_per_second(hello, size),
                    verifications_per_second(_signed(city.origin, keys[:1], 50), key=keys[0], size=size),
                    commits_per_second(city.processes.folder, sample[0].body, size),
                    _taken_per_second(fedify, keys, size) if fedify else 0,
                )
                for _ in range(size.rounds)
            ]
    accepted, *bare, beside = map(median, zip(*rounds, strict=True))
    conditions = (
        f"{size.connections} connections, {len(sample[0].body)} bytes, {PEERS} peers, SQLite WAL, synchronous=FULL,"
        f" one process each, server and load on a core each, median of {size.rounds}"
    )
    limits = f"B of hello {bare[0]:.0f}, verify {bare[1]:.0f}, commit {bare[2]:.0f} a second"
    yield Figure("inbox.accepted_per_s", accepted, "1/s", limits, 1 / sum(1 / rate for rate in bare), conditions)
    if fedify:
        peer = "Fedify 2.3, which verifies the same requests and stores them"
        yield Figure("inbox.accepted_per_s_fedify", accepted, "1/s", peer, beside, conditions)


@contextmanager
def _fedify(keys, size):
    """Fedify's inbox where it is installed; warm, as ours is."""
    if not is_installed():
        print("Fedify is not installed: `make bench` does it, where there is a registry of npm.", file=sys.stderr)
        yield None
        return
    with fedify_inbox(keys) as origin:
        _taken_per_second(origin, keys, size)
        yield origin


def _accepted_per_second(city, requests, size):
    """Send all of these; each accepted one must be in the table afterwards."""
    before = _stored(city)
    outcome = drive(city.origin, _wire(requests), connections=size.connections, seconds=SIGNATURE_LASTS_S / 2)
    assert outcome.statuses == {202: len(requests)}, outcome.statuses
    assert _stored(city) - before == len(requests)
    return outcome.per_second


def _taken_per_second(origin, keys, size):
    """Send to Fedify's inbox; each is accepted."""
    wire = _wire(_signed(origin, keys, size.activities))
    outcome = drive(origin, wire, connections=size.connections, seconds=SIGNATURE_LASTS_S / 2)
    assert outcome.statuses == {202: size.activities}, outcome.statuses
    return outcome.per_second


def _peer(city, number):
    """An active peer of the city that works with it; returns its key."""
    origin = f"https://peer-{number}.example"
    key = generate(f"{origin}/actor#peer-1")
    with city.app.app_context():
        peer = Peer(origin, PeerState.ACTIVE, Level.WORK, Level.WORK, f"{origin}/a/{uuid4()}")
        SqlPeers().add(peer, name=f"Stadt {number}", keys={key.key_id: key.public})
    return key


def _signed(to, keys, number):
    """Sign activities for a city before the load begins."""
    senders = cycle(keys)
    return [_one(to, next(senders)) for _ in range(number)]


def _one(to, key):
    origin = key.key_id.partition("/actor")[0]
    headers = {"content-type": MEDIA_TYPE, "host": to.partition("://")[2]}
    request = Request("POST", f"{to}/inbox", headers, dumps(_article(origin)))
    return sign_request(request, key=key, at=now())


def _article(origin):
    said = datetime(2026, 11, 1, 9, tzinfo=UTC).isoformat().replace("+00:00", "Z")
    article = {
        "id": f"{origin}/o/{uuid4()}",
        "type": "Article",
        "attributedTo": f"{origin}/actor",
        "cop:rev": 1,
        "name": "Desksharing in kurz",
        "content": "<p>Wer teilt sich welchen Platz, und wie vereinbaren wir das?</p>" * 30,
        "inLanguage": "de",
        "cop:kind": "guide",
        "cop:licence": "CC-BY-4.0",
        "cop:audience": "peers",
        "published": said,
        "updated": said,
    }
    return build_activity("Create", id_=f"{origin}/a/{uuid4()}", actor=f"{origin}/actor", object_=article)


def _wire(requests):
    return (request_bytes(one.method, one.url, headers=one.headers, body=one.body) for one in requests)


def _stored(city):
    with city.app.app_context():
        try:
            return db.session.scalar(select(func.count()).select_from(ReceivedActivity))
        finally:
            db.session.remove()
            db.engine.dispose()
