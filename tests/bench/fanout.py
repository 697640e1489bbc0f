# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""One change to many cities, a fifth of them dead or slow: when the last of the healthy ones has it."""

import json
import subprocess
import sys
import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from uuid import uuid4

from cop.base.clock import now
from cop.base.db import db, new_id
from cop.sharing.models import PeerKey, PeerReading, PeerRecord
from cop.sharing.stores import SqlLog
from federation.activities import build_activity
from federation.http import Egress
from federation.inbox import MEDIA_TYPE
from federation.keys import generate
from federation.ports import Request
from federation.signing import sign_request
from federation.strict_json import dumps
from tests.bench.city import a_city
from tests.bench.figure import Figure, percentile
from tests.bench.idling import wait_for_its_lease
from tests.bench.load import keep_on_core

ARRIVES_WITHIN_S = 60
LOOKS_EVERY_S = 0.02
#: those who hang are known then: each was given up once
KNOWN_AFTER_S = 4
THREADS = 128


def measure(size):
    """Measure with the worker as its own process on one core, and all other cities on the other."""
    dead = size.peers // 5
    refusing = dead // 2
    with a_city() as city, others_of(size.peers - dead, refusing=refusing, hanging=dead - refusing - 1) as others:
        _connect(city, others)
        city.processes.start("worker")
        wait_for_its_lease(city)
        keep_on_core(city.processes.running["worker"].pid, 0)
        cold = _round(city, others)
        time.sleep(min(KNOWN_AFTER_S, size.idle_s))
        known = [_round(city, others) for _ in range(size.rounds)]
        bare = [_bare(others) for _ in range(size.rounds)]
    conditions = (
        f"{size.peers} peers: {len(others.healthy)} healthy, {len(others.told['refusing'])} refuse the connection,"
        f" {len(others.told['hanging'])} hang, 1 drips; from the commit; worker with its tick of half a second,"
        " SQLite WAL, synchronous=FULL; worker and other cities on a core each"
    )
    reference = "the same signed requests from threads that do nothing else"
    limit = median(percentile(one, 99) for one in bare)
    yield Figure("fanout.cold_p99_s", percentile(cold, 99), "s", reference, limit, f"{conditions}; nobody known yet")
    healthy = median(percentile(one, 99) for one in known)
    yield Figure(
        "fanout.healthy_p99_s", healthy, "s", reference, limit, f"{conditions}; known, median of {size.rounds}"
    )


class _Others:
    """All other cities, in a process of their own."""

    def __init__(self, process):
        self._process = process
        self.told = json.loads(process.stdout.readline())
        self.healthy = self.told["healthy"]
        self.public = b64decode(self.told["public"])

    @property
    def ports(self):
        return [port for kind in ("healthy", "refusing", "hanging", "dripping") for port in self.told[kind]]

    def arrived(self):
        """When something arrived at which port since the last time."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return {int(port): at for port, at in json.loads(self._process.stdout.readline()).items()}


@contextmanager
def others_of(healthy, *, refusing, hanging):
    """So many other cities of each kind, and one that drips, on the last core."""
    command = [sys.executable, "-m", "tests.bench.receivers", *map(str, (healthy, refusing, hanging))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            keep_on_core(process.pid, -1)
            yield _Others(process)
        finally:
            process.kill()


def _connect(city, others):
    later = now() + timedelta(days=1)
    facts = {"letters": "A", "hue": 200, "locale": "de", "state": "active", "level_in": 3, "level_out": 3}
    peers = []
    with city.filling():
        for port in others.ports:
            origin = f"http://127.0.0.1:{port}"
            peer = PeerRecord(id=new_id(), origin=origin, name=origin, short=origin, made_at=now(), **facts)
            peer.keys = [PeerKey(key_id=f"{origin}/actor#peer-1", public_key=others.public)]
            db.session.add(peer)
            peers.append(peer.id)
        db.session.flush()  # what refers to peers comes after them
        # nobody is read meanwhile
        db.session.add_all(
            PeerReading(peer_id=id_, page="", due_at=later, asked_at=now(), compare_at=later) for id_ in peers
        )


def _round(city, others):
    """Say one thing to all; return after how many seconds each healthy city had it."""
    said = _said(city.origin)
    with city.filling():
        to = [f"http://127.0.0.1:{port}" for port in others.ports]
        SqlLog().append(said, object_id=said["object"]["id"], to=to)
    begun = time.monotonic()
    return _delays(others, begun)


def _bare(others):
    """Send the same to the healthy cities from as many threads, without a database, an outbox or a look at answers."""
    key, body = generate("http://127.0.0.1:9/actor#peer-1"), dumps(_said("http://127.0.0.1:9"))
    egress = Egress(development=True)

    def send(port):
        request = Request("POST", f"http://127.0.0.1:{port}/inbox", {"content-type": MEDIA_TYPE}, body)
        egress.send(sign_request(request, key=key, at=now()))

    begun = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send, others.healthy))
    egress.close()
    return _delays(others, begun)


def _delays(others, begun):
    found = {}
    while len(found) < len(others.healthy):
        assert time.monotonic() < begun + ARRIVES_WITHIN_S, f"{len(found)} of {len(others.healthy)} arrived"
        time.sleep(LOOKS_EVERY_S)
        found |= others.arrived()
    return [at - begun for at in found.values()]


def _said(origin):
    article = {
        "id": f"{origin}/o/{uuid4()}",
        "type": "Article",
        "attributedTo": f"{origin}/actor",
        "cop:rev": 1,
        "name": "Desksharing in kurz",
        "content": "Wer teilt sich welchen Platz, und wie vereinbaren wir das? " * 30,
        "cop:audience": "peers",
    }
    return build_activity("Create", id_=f"{origin}/a/{uuid4()}", actor=f"{origin}/actor", object_=article)
