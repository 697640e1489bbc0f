# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city that is gone for good: it is paused or closed by rule, its administrators are told, nothing of the log goes."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict, NotFound
from cop.base.mail import Mail
from cop.sharing import services
from cop.sharing.cli import peer as peer_commands
from cop.sharing.models import DeliveryRecord, LogEntry, PeerRecord, ReceivedActivity, TrustEvent
from cop.sharing.partners import partners
from cop.sharing.silence import MOST, mind_silence
from cop.sharing.stores import SqlDeliveries, SqlLog
from cop.sharing.stores.log import Saying
from federation.activities import build_activity
from federation.origins import Origin
from federation.ports import Attempt, Outcome
from tests.builders import AALBORG, a_peer, a_person, an_account

HERE = "http://127.0.0.1:8101"
ORIGIN = Origin(AALBORG)
DAYS = timedelta(days=1)


@pytest.fixture
def traveller(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-02 09:00 +0000", tick=False) as traveller:
        with transaction():
            a_peer(AALBORG)
        yield traveller


def say(number: int = 1) -> None:
    actor = f"{HERE}/m/1"
    said = [build_activity("Like", id_=f"{HERE}/a/{uuid4()}", actor=actor, object_=AALBORG) for _ in range(number)]
    with transaction():
        SqlLog().append_all([Saying(one, one["id"], [AALBORG]) for one in said])


def fail(outcome: Outcome = Outcome.RETRY, *, proved: bool = False) -> None:
    """Try once, in vain."""
    waiting = SqlDeliveries().due(ORIGIN, at=now(), limit=1)
    next_at = now() + timedelta(hours=1)
    attempt = Attempt(outcome, now(), None, "connect", next_at=next_at, peer_waits=True, proved=proved)
    SqlDeliveries().record(ORIGIN, waiting[0], attempt)


def aalborg() -> PeerRecord:
    db.session.rollback()
    return db.session.scalars(select(PeerRecord).where(PeerRecord.origin == AALBORG)).one()


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(DeliveryRecord.state).order_by(DeliveryRecord.seq)))


def after(traveller: time_machine.Traveller, days: float) -> None:
    traveller.shift(days * DAYS)
    mind_silence()


def test_after_ninety_days_of_silence_only_the_feed_is_kept(traveller: time_machine.Traveller) -> None:
    with transaction():
        an_account(a_person("Nadja", locale="en"), is_admin=True, email="nadja@kassel.example")
        an_account(a_person("Bram"), email="bram@kassel.example")
    say(3)
    fail()

    after(traveller, 89)
    assert states() == ["due"] * 3
    after(traveller, 2)

    assert states() == ["feed"] * 3
    assert db.session.scalar(select(func.count(LogEntry.id))) == 3
    assert [mail.recipient for mail in db.session.scalars(select(Mail))] == ["nadja@kassel.example"]
    assert "has not answered for 90 days" in db.session.scalars(select(Mail.subject)).one()
    assert db.session.scalars(select(TrustEvent.code)).all() == ["silent"]


def test_what_is_said_later_waits_in_the_feed_as_well_and_nobody_is_told_twice(
    traveller: time_machine.Traveller,
) -> None:
    say()
    fail()
    after(traveller, 91)
    say(2)

    assert SqlDeliveries().peers_due(at=now()) == []
    after(traveller, 1)

    assert states() == ["feed"] * 3
    assert db.session.scalar(select(func.count(TrustEvent.id))) == 1


def test_more_than_fit_in_one_transaction_are_closed(traveller: time_machine.Traveller) -> None:
    say(MOST + 1)
    fail()
    after(traveller, 91)

    assert set(states()) == {"feed"}


def test_who_answers_something_signed_is_not_silent(traveller: time_machine.Traveller) -> None:
    say()
    fail()
    traveller.shift(80 * DAYS)
    fail(proved=True)
    traveller.shift(80 * DAYS)
    fail()
    after(traveller, 80)

    assert states() == ["due"]


def test_who_has_closed_is_silent_too(traveller: time_machine.Traveller) -> None:
    say()
    fail(Outcome.STOP, proved=True)
    after(traveller, 91)

    assert states() == ["feed"]


def heard() -> None:
    """Aalborg says something."""
    with transaction():
        db.session.add(ReceivedActivity(sender=AALBORG, activity_id="1", key_id="1", received_at=now()))


def test_who_speaks_but_can_not_be_reached_is_not_silent(traveller: time_machine.Traveller) -> None:
    say()
    fail()
    traveller.shift(50 * DAYS)
    heard()
    after(traveller, 50)

    assert states() == ["due"]


def test_who_is_back_is_sent_what_is_new(traveller: time_machine.Traveller) -> None:
    say()
    fail()
    after(traveller, 91)
    traveller.shift(DAYS)
    heard()
    after(traveller, 1)
    say()

    assert aalborg().feed_only_at is None
    assert states() == ["feed", "due"]
    assert len(SqlDeliveries().due(ORIGIN, at=now(), limit=9)) == 1


def test_an_administrator_lets_all_of_it_go_out(traveller: time_machine.Traveller) -> None:
    say(2)
    fail()
    after(traveller, 91)
    with transaction():
        services.try_now(AALBORG)

    assert len(SqlDeliveries().due(ORIGIN, at=now(), limit=9)) == 2


def test_a_pause_keeps_everything_and_counts_as_no_silence(traveller: time_machine.Traveller) -> None:
    say()
    fail()
    with transaction():
        services.pause(AALBORG, by=None)
        services.pause(AALBORG, by=None)
    after(traveller, 91)
    say()
    assert (states(), SqlDeliveries().due(ORIGIN, at=now(), limit=9)) == (["due"] * 2, [])

    with transaction():
        services.resume(AALBORG, by=None)
        services.resume(AALBORG, by=None)
    mind_silence()

    assert len(SqlDeliveries().due(ORIGIN, at=now(), limit=9)) == 2
    assert list(db.session.scalars(select(TrustEvent.code).order_by(TrustEvent.number))) == ["paused", "resumed"]


def test_only_a_partner_is_paused(traveller: time_machine.Traveller) -> None:
    with pytest.raises(NotFound), transaction():
        services.pause("https://nobody.example", by=None)
    with transaction():
        services.end_peering(AALBORG, by=None)
    with pytest.raises(Conflict), transaction():
        services.pause(AALBORG, by=None)


def test_the_list_says_what_is_wrong_with_each(app: Flask, traveller: time_machine.Traveller) -> None:
    say()
    fail()
    after(traveller, 91)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        (row,) = partners()
        assert ("so long" in row.trouble, row.waits) == (True, "1 message kept until it is back")
    with transaction():
        db.session.scalars(select(PeerRecord)).one().feed_only_at = None
        db.session.scalars(select(PeerRecord)).one().stopped_at = now()
    with app.test_request_context(headers={"Accept-Language": "en"}):
        (row,) = partners()
        assert "has closed" in row.trouble


def test_the_same_by_command(app: Flask, traveller: time_machine.Traveller) -> None:
    run = app.test_cli_runner().invoke

    assert run(peer_commands, ["pause", AALBORG]).output.startswith("Paused.")
    assert run(peer_commands, ["list"]).output.startswith("paused   Aalborg")
    assert run(peer_commands, ["resume", AALBORG]).exit_code == 0
    assert run(peer_commands, ["list"]).output.startswith("active   Aalborg")
