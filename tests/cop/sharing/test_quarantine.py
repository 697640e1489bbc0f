# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Putting a city into quarantine, on its page and by command; the live tests say what it does to what came."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from cop.accounts.models import Person
from cop.accounts.session import cookie_name
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.errors import Conflict
from cop.knowledge.models import Article
from cop.sharing.cli import peer
from cop.sharing.copies import decide_copies
from cop.sharing.models import Copies, PeerRecord, Quarantine, QuarantinedThing, ReceivedActivity, ShelvedRow
from cop.sharing.quarantine import begin_quarantine, contents, release_quarantine
from cop.sharing.quarantine_cli import quarantine
from cop.sharing.quarantine_work import SOME, do_some, work_off, work_off_all
from cop.sharing.services import end_peering
from tests.builders import AALBORG, a_peer, a_person, an_account, an_article
from tests.reader import Reader

LONG_AGO = now() - timedelta(days=60)


@pytest.fixture
def page(app: Flask) -> str:
    with transaction():
        an_article("Desksharing", origin=AALBORG)
        peer_id = a_peer().id
    return f"/admin/partners/{peer_id}"


@pytest.fixture
def admin(app: Flask) -> Reader:
    with transaction():
        person_id = an_account(a_person("Nadja"), is_admin=True).person_id
    reader = Reader(app, db.session.get_one(Person, person_id))
    reader.client.set_cookie(cookie_name("locale"), "en", domain="127.0.0.1")
    return reader


def titles() -> list[str]:
    db.session.rollback()  # others wrote meanwhile
    return list(db.session.scalars(select(Article.title)))


def begin(since=LONG_AGO) -> None:
    with transaction():
        begin_quarantine(AALBORG, since=since, holds=True, by=None)
    work_off(AALBORG)


def test_the_page_begins_and_undoes_it(admin: Reader, page: str) -> None:
    said = admin.post(f"{page}/quarantine", since="2026-01-02T08:00", arrivals="wait")

    assert said.status_code == 302
    assert titles() == []
    shown = admin.get(page).text
    assert "1 thing is hidden." in shown
    assert "What comes now waits, too." in shown
    assert admin.post(f"{page}/quarantine/release").status_code == 302
    assert titles() == ["Desksharing"]
    assert "is shown again." in admin.get("/admin/partners/history").text


@pytest.mark.parametrize("since", ["", "gestern", "2099-01-01T00:00"])
def test_a_moment_that_is_none_is_asked_for_again(admin: Reader, page: str, since: str) -> None:
    said = admin.post(f"{page}/quarantine", since=since, arrivals="pass")

    assert said.status_code in {400, 409}
    assert f'value="{since}"' in said.text
    assert 'href="#since"' in said.text
    assert titles() == ["Desksharing"]


def test_it_is_deleted_only_when_the_city_is_named(admin: Reader, page: str) -> None:
    begin()

    assert admin.post(f"{page}/quarantine/drop", named="Köln").status_code == 400
    assert admin.post(f"{page}/quarantine/drop", named="aalborg").status_code == 302

    assert db.session.scalars(select(ShelvedRow)).all() == db.session.scalars(select(Quarantine)).all() == []
    assert titles() == []


def test_the_command_says_begins_and_undoes_it(app: Flask, page: str) -> None:
    peer.add_command(quarantine)
    run = app.test_cli_runner().invoke

    assert run(peer, ["quarantine", AALBORG]).output == f"{AALBORG}: nothing is in quarantine.\n"
    begun = run(peer, ["quarantine", AALBORG, "--since", "2026-01-02", "--pass"])
    assert begun.exit_code == 0
    assert begun.output.endswith("hidden: 1  as before: 0  waiting: 0  What comes now is taken.\n")
    assert run(peer, ["quarantine", AALBORG, "--since", "2026-01-02"]).exit_code == 1
    assert run(peer, ["quarantine", AALBORG, "--undo", "--drop"]).exit_code == 2
    assert run(peer, ["quarantine", AALBORG, "--drop"], input="n\n").exit_code == 1
    assert run(peer, ["quarantine", AALBORG, "--undo"]).exit_code == 0
    assert titles() == ["Desksharing"]
    assert run(peer, ["quarantine", AALBORG, "--undo"]).exit_code == 1
    assert run(peer, ["quarantine", "https://reihum.nirgends.example"]).exit_code == 1


def test_others_may_write_in_between_and_a_power_cut_only_delays_it(app: Flask, page: str) -> None:
    with transaction():
        for number in range(2 * SOME):
            an_article(f"Nr. {number:03}", origin=AALBORG)
    everything = sorted(titles())
    with transaction():
        begin_quarantine(AALBORG, since=LONG_AGO, holds=True, by=None)

    left = []
    for _ in range(3):  # the process dies behind it
        do_some(AALBORG)
        left.append(len(titles()))
    assert left == [len(everything), len(everything) - SOME, len(everything) - 2 * SOME]
    assert contents(AALBORG).working
    work_off_all()
    assert titles() == []
    assert not contents(AALBORG).working

    with transaction():
        release_quarantine(AALBORG, by=None)
    do_some(AALBORG)
    work_off_all()
    assert sorted(titles()) == everything
    assert db.session.scalars(select(QuarantinedThing)).all() == db.session.scalars(select(ShelvedRow)).all() == []


def test_hidden_copies_are_shown_before_a_quarantine_ends(app: Flask, page: str) -> None:
    begin()
    with transaction():
        end_peering(AALBORG, by=None)
        decide_copies(AALBORG, Copies.HIDDEN, by=None)

    with pytest.raises(Conflict), transaction():
        release_quarantine(AALBORG, by=None)

    with transaction():
        decide_copies(AALBORG, Copies.KEPT, by=None)
    assert titles() == []
    with transaction():
        release_quarantine(AALBORG, by=None)
    work_off(AALBORG)
    assert titles() == ["Desksharing"]


def test_who_deletes_everything_of_a_city_deletes_what_is_in_quarantine(app: Flask, page: str) -> None:
    begin()
    with transaction():
        end_peering(AALBORG, by=None)
        decide_copies(AALBORG, Copies.PURGED, by=None)

    assert db.session.scalars(select(ShelvedRow)).all() == db.session.scalars(select(Quarantine)).all() == []
    assert db.session.scalars(select(PeerRecord.copies)).all() == [Copies.PURGED]


def test_what_says_nothing_about_a_thing_stays_as_it_is(app: Flask, page: str) -> None:
    bodies = [
        b"[]",
        b'{"object": "x"}',
        b'{"object": {"type": "Article", "id": "x"}}',
        b'{"type": "Delete", "object": 1}',
    ]
    with transaction():
        for number, body in enumerate(bodies):
            db.session.add(
                ReceivedActivity(
                    sender=AALBORG,
                    activity_id=f"{AALBORG}/a/{number}",
                    key_id=f"{AALBORG}/actor#peer-1",
                    body=body,
                    received_at=now(),
                    processed_at=now(),
                )
            )

    begin(now() - timedelta(hours=1))

    assert titles() == ["Desksharing"]
