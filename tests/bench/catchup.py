# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city that was away reads all it missed, while the one that says it goes on delivering to others."""

import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select, update

from cop.base.clock import now
from cop.base.db import db, new_id, transaction
from cop.sharing import jobs
from cop.sharing.hub import hub
from cop.sharing.models import DeliveryRecord, LogEpoch, PeerKey, PeerReading, PeerRecord, ReceivedActivity
from cop.sharing.stores import SqlLog
from cop.sharing.stores.log import Saying
from federation.activities import build_activity
from federation.chain import START
from federation.keys import Purpose
from federation.proofs import prove
from tests.bench.city import a_city, serving
from tests.bench.fanout import others_of
from tests.bench.figure import Figure, percentile
from tests.bench.idling import wait_for_its_lease
from tests.bench.load import keep_on_core, on_core
from tests.bench.references import proofs_per_second

FACTS = {"letters": "A", "hue": 200, "locale": "de", "state": "active", "level_in": 3, "level_out": 3}
AT_ONCE = 1000
EVERY_S = 0.5
ARRIVES_WITHIN_S = 60


def measure(size):
    """Measure with the city that says it as real processes on one core, and the one that reads on the other."""
    with a_city() as home, a_city() as reader, others_of(1, refusing=0, hanging=0) as others:
        other = f"http://127.0.0.1:{others.healthy[0]}"
        _connect(home, {reader.origin: _keys(reader), other: {f"{other}/actor#peer-1": others.public}})
        _connect(reader, {home.origin: _keys(home)})
        _say_much(home, size.objects, to=reader.origin)
        with serving(home):
            home.processes.start("worker")
            wait_for_its_lease(home)
            processes = home.processes.running
            keep_on_core(processes["worker"].pid, 0)
            _begin_reading(reader, home)
            begun = {name: _resident_mib(process.pid) for name, process in processes.items()}
            with _saying(home, others, to=other) as delays:
                per_second, grown = _read_all(reader)
            grown |= {name: _resident_mib(process.pid) - begun[name] for name, process in processes.items()}
            with _writing(reader) as waits:
                handled = _handle_some(reader, size)
            _say_much(home, size.objects // 10, to=reader.origin, proved=True)
            _read_all(reader)
            proved = _handle_some(reader, size)
        assert _waiting(home, other) == 0
    conditions = (
        f"{size.objects} articles said while a city was away, read over HTTP from a real web process, 500 on a signed page;"
        " SQLite WAL, synchronous=FULL; the city that says them and the one that reads on a core each"
    )
    bare = proofs_per_second(size)
    limit = "Ed25519 verifications"
    yield Figure(
        "catchup.objects_per_s", per_second, "1/s", limit, bare, f"chain closed, checked and stored; {conditions}"
    )
    yield Figure("catchup.handled_per_s", handled, "1/s", limit, bare, "until they can be found, without proofs")
    yield Figure("catchup.handled_proved_per_s", proved, "1/s", limit, bare, "until they can be found, proofs verified")
    yield Figure(
        "catchup.write_p99_ms",
        percentile(waits, 99) * 1000,
        "ms",
        "the figure to stay under",
        100,
        "another process's write, meanwhile",
    )
    late = percentile(delays, 95)
    yield Figure(
        "catchup.other_p95_s", late, "s", "the figure to stay under", 5, f"another city, meanwhile; {conditions}"
    )
    most = max(0, *grown.values())
    each = ", ".join(f"{name} {value:.0f}" for name, value in grown.items())
    yield Figure("catchup.grown_mib", most, "MiB", "the figure to stay under", 30, f"resident, by process: {each}")


def _keys(city):
    with city.app.app_context():
        return {key.key_id: key.public for key in hub().keys.values()}


def _connect(city, peers):
    with city.filling():
        for origin, keys in peers.items():
            peer = PeerRecord(id=new_id(), origin=origin, name=origin, short=origin, made_at=now(), **FACTS)
            peer.keys = [PeerKey(key_id=key_id, public_key=public) for key_id, public in keys.items()]
            db.session.add(peer)


def _say_much(home, number, *, to, proved=False):
    """Say something of so many articles to a city that is away."""
    with home.app.app_context():
        key = hub().keys[Purpose.PROOF]
    for first in range(0, number, AT_ONCE):
        said = [_said(home.origin, key if proved else None) for _ in range(min(AT_ONCE, number - first))]
        with home.filling():
            SqlLog().append_all([Saying(each, each["object"]["id"], [to]) for each in said])
    with home.filling():
        away = update(PeerRecord).where(PeerRecord.origin == to)
        db.session.execute(away.values(failures=9, next_try_at=now().replace(year=now().year + 1)))


def _begin_reading(reader, home):
    """Let the city have read its peer to the beginning of the log: all it missed is in the changes."""
    with home.app.app_context():
        epoch = str(db.session.scalars(select(LogEpoch.id)).one())
        db.session.remove()
    with reader.filling():
        peer_id = db.session.scalars(select(PeerRecord.id)).one()
        facts = {
            "epoch": epoch,
            "seq": 0,
            "hash": START,
            "page": "",
            "due_at": now(),
            "compare_at": now().replace(year=9999),
        }
        db.session.add(PeerReading(peer_id=peer_id, **facts))


def _read_all(reader):
    """Read to the end of the log; return objects a second, and by how much this process grew."""
    with reader.app.app_context(), on_core(-1):
        stored = _stored()
        (peer,) = hub().readings.due(at=now().replace(year=9998))
        before, begun = _resident_mib("self"), time.perf_counter()
        while not hub().catch_up.read(peer).complete:
            pass
        seconds = time.perf_counter() - begun
        number = _stored() - stored
        reading = db.session.scalars(select(PeerReading)).one()
        assert (reading.seq, reading.last_error) == (reading.head, None)
        hub().transport.close()
        db.session.remove()
    return number / seconds, {"reader": _resident_mib("self") - before}


def _stored():
    number = db.session.scalars(select(func.count()).select_from(ReceivedActivity)).one()
    db.session.rollback()
    return number


def _handle_some(reader, size):
    """Handle what came for a while; return how many a second, and leave the rest out."""
    with reader.app.app_context(), on_core(-1):
        begun = time.perf_counter()
        handled = 0
        while time.perf_counter() - begun < size.seconds and (some := jobs.process_received()):
            handled += some
        seconds = time.perf_counter() - begun
        left = update(ReceivedActivity).where(ReceivedActivity.due_at.is_not(None)).values(due_at=None)
        with transaction():
            db.session.execute(left)
        refused = db.session.scalars(select(ReceivedActivity.outcome).where(ReceivedActivity.outcome != "")).all()
        assert refused == []
        db.session.remove()
    return handled / seconds


@contextmanager
def _writing(reader):
    """Write to the same database from another process, fifty times a second; collect how many seconds each took."""
    path = reader.settings.database.removeprefix("sqlite:///")
    command = [sys.executable, "-m", "tests.bench.writer", path]
    waits = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        keep_on_core(writer.pid, 0)
        writer.stdout.readline()  # it has begun
        yield waits
        waits += [float(line) for line in writer.communicate()[0].splitlines()]


@contextmanager
def _saying(home, others, *, to):
    """Say something to another city twice a second; collect after how many seconds it was there."""
    delays, ending = [], threading.Event()

    def go_on():
        while not delays or not ending.is_set():
            with home.filling():
                said = _said(home.origin, None)
                SqlLog().append(said, object_id=said["object"]["id"], to=[to])
            begun = time.monotonic()
            while not (arrived := others.arrived()):
                assert time.monotonic() < begun + ARRIVES_WITHIN_S
                time.sleep(0.02)
            delays.append(max(arrived.values()) - begun)
            ending.wait(EVERY_S)

    thread = threading.Thread(target=go_on)
    thread.start()
    yield delays
    ending.set()
    thread.join()


def _waiting(home, origin):
    with home.app.app_context():
        waits = (DeliveryRecord.state == "due", PeerRecord.origin == origin)
        asked = select(func.count()).select_from(DeliveryRecord).join(PeerRecord).where(*waits)
        try:
            return db.session.scalars(asked).one()
        finally:
            db.session.remove()


def _resident_mib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def _said(origin, key):
    at = datetime(2026, 11, 1, 9, tzinfo=UTC).isoformat()
    article = {
        "id": f"{origin}/o/{new_id()}",
        "type": "Article",
        "attributedTo": f"{origin}/actor",
        "cop:rev": 1,
        "name": "Desksharing in kurz",
        "content": "Wer teilt sich welchen Platz, und wie vereinbaren wir das? " * 10,
        "inLanguage": "de",
        "cop:kind": "guide",
        "cop:licence": "CC-BY-4.0",
        "cop:audience": "peers",
        "published": at,
        "updated": at,
    }
    object_ = prove(article, key=key, at=now()) if key is not None else article
    return build_activity("Create", id_=f"{origin}/a/{uuid4()}", actor=f"{origin}/actor", object_=object_)
