# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""One change to many cities: whoever is dead or slow delays nobody else, and nothing is begun that is not finished."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select, update

from cop.base.clock import now
from cop.base.db import db
from cop.knowledge.services import withdraw_article
from cop.sharing import jobs, services
from cop.sharing.hub import QUICK_S, hub
from cop.sharing.models import DeliveryRecord, PeerReading, PeerReceipt, PeerRecord, ReceivedActivity
from cop.sharing.queries import find_thing
from cop.sharing.receipts import receipts
from cop.sharing.silence import mind_silence
from cop.sharing.stores import SqlLog
from federation.activities import build_activity
from tests.builders import a_peer, an_article
from tests.federation.servers import Server, dripping_body
from tests.live_instance import LiveInstance, settle

WITHIN_S = 20
#: how long a healthy city may wait beside any number of others
SOON_S = 2
PATIENCE_S = 3


class SlowLoris(Server):
    """A city that answers one byte at a time, for ever."""

    def __init__(self) -> None:
        super().__init__(dripping_body)
        self.origin = f"http://127.0.0.1:{self.port}"


@pytest.fixture
def lorises() -> Iterator[list[SlowLoris]]:
    servers = [SlowLoris() for _ in range(8)]
    yield servers
    for server in servers:
        server.close()


@pytest.fixture
def dead() -> list[str]:
    """Addresses at which nobody listens."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(20)]
    origins = [f"http://127.0.0.1:{listener.getsockname()[1]}" for listener in listeners]
    for listener in listeners:
        listener.close()
    return origins


def say(city: LiveInstance, *to: str, number: int = 1) -> None:
    """Say something new to these cities."""
    with city.at_work():
        for _ in range(number):
            about = f"{city.origin}/o/{uuid4()}"
            grave = {"id": about, "type": "Tombstone", "formerType": "Article", "cop:rev": 1}
            said = build_activity(
                "Delete", id_=f"{city.origin}/a/{uuid4()}", actor=f"{city.origin}/actor", object_=grave
            )
            SqlLog().append(said, object_id=about, to=list(to))


def received(city: LiveInstance) -> int:
    with city.app.app_context():
        return db.session.scalar(select(func.count(ReceivedActivity.id))) or 0


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False


def begin(city: LiveInstance) -> None:
    with city.app.app_context():
        jobs.deliver_due()


def end(city: LiveInstance) -> None:
    with city.app.app_context():
        jobs.dispatcher().close()


def peer(city: LiveInstance, origin: str) -> PeerRecord:
    with city.app.app_context():
        return db.session.scalars(select(PeerRecord).where(PeerRecord.origin == origin)).one()


class Delay:
    """Lets a city take its time with each post."""

    def __init__(self, city: LiveInstance, seconds: float) -> None:
        self.seconds, self.begun, self._inner = seconds, threading.Event(), city.app.wsgi_app
        city.app.wsgi_app = self  # type: ignore[method-assign]

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/inbox":
            self.begun.set()
            time.sleep(self.seconds)
        return self._inner(environ, start_response)


def test_dead_and_slow_cities_delay_no_other(
    kassel: LiveInstance, aalborg: LiveInstance, lorises: list[SlowLoris], dead: list[str]
) -> None:
    kassel.peer_with(aalborg)
    others = [*dead, *(loris.origin for loris in lorises)]
    with kassel.at_work():
        for origin in others:
            a_peer(origin)
    with kassel.app.app_context():
        hub().transport.deadline = PATIENCE_S
    before = received(aalborg)

    say(kassel, *others, aalborg.origin)
    begin(kassel)

    assert within(SOON_S, lambda: received(aalborg) == before + 1)
    assert within(WITHIN_S, lambda: all(peer(kassel, origin).failures == 1 for origin in others))
    assert {peer(kassel, loris.origin).last_error for loris in lorises} == {"timeout"}
    assert {peer(kassel, origin).last_error for origin in dead} == {"connect"}

    with kassel.at_work():
        for origin in others:
            services.try_now(origin)
    say(kassel, *others, aalborg.origin, number=10)
    begin(kassel)

    assert within(SOON_S, lambda: received(aalborg) == before + 11)
    end(kassel)


def test_a_city_that_is_slow_is_served_with_patience_and_among_the_quick_ones_when_it_is_quick(
    kassel: LiveInstance, aalborg: LiveInstance
) -> None:
    kassel.peer_with(aalborg)
    delay = Delay(aalborg, QUICK_S + 0.5)
    before = received(aalborg)

    say(kassel, aalborg.origin)
    assert kassel.deliver() == 1

    # the first try was given up, and twice equals once
    assert received(aalborg) == before + 1
    assert peer(kassel, aalborg.origin).failures == 0
    delay.seconds = 0
    for _ in range(2):
        say(kassel, aalborg.origin, number=5)
        started = time.monotonic()
        assert kassel.deliver() == 5
    assert time.monotonic() - started < SOON_S


def test_told_to_end_it_finishes_what_is_on_its_way_and_begins_nothing(
    kassel: LiveInstance, aalborg: LiveInstance
) -> None:
    kassel.peer_with(aalborg)
    delay = Delay(aalborg, 0.3)
    before = received(aalborg)
    say(kassel, aalborg.origin, number=30)

    begin(kassel)
    assert delay.begun.wait(WITHIN_S)
    end(kassel)

    arrived = received(aalborg) - before
    with kassel.app.app_context():
        states = db.session.scalars(select(DeliveryRecord.state).order_by(DeliveryRecord.seq.desc()).limit(30)).all()
    assert 1 <= arrived < 30
    assert (states.count("done"), states.count("due")) == (arrived, 30 - arrived)


def test_more_than_one_batch_arrives_in_order(kassel: LiveInstance, aalborg: LiveInstance) -> None:
    kassel.peer_with(aalborg)
    say(kassel, aalborg.origin, number=120)

    assert kassel.deliver() == 120
    assert kassel.letters_to(aalborg).keys() == {"done"}


def test_a_deletion_is_received_by_each_city_when_it_is_there(
    kassel: LiveInstance, aalborg: LiveInstance, heidelberg: LiveInstance
) -> None:
    for other in (aalborg, heidelberg):
        kassel.peer_with(other)
    uri = kassel.do(lambda: an_article(audience="peers").uri)
    settle(kassel, aalborg, heidelberg)
    heidelberg.stop()
    kassel.do(lambda: withdraw_article(find_thing(uri)))
    settle(kassel, aalborg)
    assert receipts_at(kassel, uri) == {"Aalborg": True, "Heidelberg": False}

    heidelberg.resume()
    kassel.retry_now()
    settle(kassel, heidelberg)

    assert receipts_at(kassel, uri) == {"Aalborg": True, "Heidelberg": True}
    for other in (aalborg, heidelberg):
        with other.app.app_context():
            assert find_thing(uri) is None


def receipts_at(city: LiveInstance, uri: str) -> dict[str, bool]:
    with city.app.app_context():
        found = receipts(uri)
        assert found is not None
        return {receipt.city: receipt.taken_at is not None for receipt in found.cities}


def test_a_city_that_was_silent_for_too_long_reads_what_it_missed_and_is_sent_what_is_new(
    kassel: LiveInstance, aalborg: LiveInstance
) -> None:
    kassel.peer_with(aalborg)
    aalborg.stop()
    missed = kassel.do(lambda: an_article(audience="peers").uri)
    kassel.deliver()
    with time_machine.travel(now() + timedelta(days=91)), kassel.app.app_context():
        mind_silence()
    assert kassel.letters_to(aalborg)["feed"] == 1

    aalborg.resume()
    for _ in range(2):  # what it has it says when it asks for more
        with aalborg.at_work():
            db.session.execute(update(PeerReading).values(due_at=now()))
        aalborg.read()

    assert kassel.letters_to(aalborg).keys() == {"done"}
    with time_machine.travel(now() + timedelta(days=92)), kassel.app.app_context():
        db.session.execute(update(PeerReceipt).values(at=now()))
        db.session.commit()
        mind_silence()
    fresh = kassel.do(lambda: an_article(audience="peers").uri)
    settle(kassel, aalborg)
    with aalborg.app.app_context():
        assert [find_thing(uri) is not None for uri in (missed, fresh)] == [True, True]
    assert kassel.letters_to(aalborg).keys() == {"done"}
