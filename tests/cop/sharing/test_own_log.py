# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The log can be proved, and what is erased from it leaves the proof as it is."""

from uuid import uuid4

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import delete, func, select, update

from cop.base.db import db, transaction
from cop.cli import main
from cop.sharing import own_log
from cop.sharing.models import DeliveryRecord, DeliveryState, LogCounter, LogEntry, TrustEvent
from cop.sharing.rules import Trust
from cop.sharing.services import note
from cop.sharing.stores import SqlLog, SqlPeers
from federation.chain import START, commitment, link
from federation.testing import ACTIVE, HERE, PEER, an_activity


@pytest.fixture
def said(app: Flask) -> list[str]:
    """Six things said to a peer about three objects; returns the objects' ids."""
    SqlPeers().add(ACTIVE, name="Musterstadt", keys={})
    objects = [f"{HERE}/o/{number % 3}" for number in range(6)]
    for number, uri in enumerate(objects):
        with transaction():
            SqlLog().append(an_activity(str(number), origin=HERE), object_id=uri, to=[PEER])
    return objects[:3]


def tamper(statement) -> None:
    with transaction():
        db.session.execute(statement)


def test_each_entry_is_chained_to_the_one_before(said) -> None:
    entries = db.session.scalars(select(LogEntry).order_by(LogEntry.seq)).all()
    counter = db.session.scalars(select(LogCounter)).one()

    running = START
    for entry in entries:
        assert entry.commitment == commitment(entry.salt, entry.activity)
        running = link(running, entry.commitment)
        assert entry.hash == running
    assert (counter.last, counter.hash) == (6, running)
    assert len({entry.salt for entry in entries}) == 6


def test_a_log_that_was_left_alone_is_whole(said) -> None:
    assert own_log.prove() == own_log.Proof(6)
    assert own_log.prove(newest=2) == own_log.Proof(2)


def test_a_log_without_words_is_whole(app: Flask) -> None:
    assert own_log.prove() == own_log.Proof(0)


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        (update(LogEntry).where(LogEntry.seq == 4).values(activity={"id": "x"}), (4, "content")),
        (update(LogEntry).where(LogEntry.seq == 4).values(salt=bytes(16)), (4, "content")),
        (update(LogEntry).where(LogEntry.seq == 4).values(hash=bytes(32)), (4, "hash")),
        (
            update(LogEntry).where(LogEntry.seq == 4).values(commitment=bytes(32), activity=None, salt=None),
            (4, "hash"),
        ),
        (delete(LogEntry).where(LogEntry.seq == 1), (1, "gap")),
        (delete(LogEntry).where(LogEntry.seq == 4), (4, "gap")),
        (delete(LogEntry).where(LogEntry.seq == 6), (6, "gap")),
        (update(LogCounter).values(hash=bytes(32)), (7, "gap")),
    ],
)
def test_whatever_is_changed_in_the_database_is_found(said, tampering, found) -> None:
    tamper(delete(DeliveryRecord))
    tamper(tampering)

    broken = own_log.prove().broken

    assert (broken.seq, broken.what) == found


def test_the_command_names_the_first_entry_that_is_wrong(app: Flask, said) -> None:
    def verify():
        return CliRunner().invoke(main, ["log", "verify"], obj=ScriptInfo(create_app=lambda: app))

    well = verify()
    tamper(update(LogEntry).where(LogEntry.seq == 5).values(activity={"id": "x"}))
    ill = verify()

    assert (well.exit_code, well.output) == (0, "The log is whole: 6 entries, 0 decisions about partner cities.\n")
    assert ill.exit_code == 1
    assert "Entry 5 of the log does not say what was said." in ill.output


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        (update(TrustEvent).where(TrustEvent.number == 2).values(peer_origin="https://other.example"), 2),
        (update(TrustEvent).where(TrustEvent.number == 2).values(person_id=None), 2),
        (delete(TrustEvent).where(TrustEvent.number == 1), 1),
        (delete(TrustEvent).where(TrustEvent.number == 3), 3),
    ],
)
def test_a_decision_about_a_partner_city_that_was_changed_is_found(app: Flask, tampering, found) -> None:
    for trust in (Trust.INVITED, Trust.ASKED, Trust.CONFIRMED):
        with transaction():
            note(trust, PEER, by=uuid4(), level=3)
    whole = own_log.prove()

    tamper(tampering)

    assert (whole.whole, whole.decisions) == (True, 3)
    assert own_log.prove().changed_decision == found


def test_what_is_erased_leaves_its_number_and_its_commitment(said) -> None:
    before = dict(db.session.execute(select(LogEntry.seq, LogEntry.commitment)).all())
    with transaction():
        erased = own_log.erase_entries(said[1])

    rest = select(LogEntry.seq).where(LogEntry.activity.is_not(None)).order_by(LogEntry.seq)
    assert erased == 2
    assert db.session.scalars(rest).all() == [1, 3, 4, 6]
    assert dict(db.session.execute(select(LogEntry.seq, LogEntry.commitment)).all()) == before
    assert own_log.prove() == own_log.Proof(6)


def test_what_is_erased_is_not_delivered_any_more(said) -> None:
    with transaction():
        first = select(DeliveryRecord.id).where(DeliveryRecord.object_uri == said[1]).order_by(DeliveryRecord.seq)
        done = db.session.scalars(first.limit(1)).one()
        db.session.execute(update(DeliveryRecord).where(DeliveryRecord.id == done).values(state=DeliveryState.DONE))
        own_log.erase_entries(said[1])

    states = select(DeliveryRecord.state, func.count()).group_by(DeliveryRecord.state)
    assert dict(db.session.execute(states).all()) == {"due": 4, "done": 1}
