# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which cities have deleted what was deleted here: counted, in words, and for those who could read it."""

from collections.abc import Callable
from contextvars import Context
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from cop.accounts.models import Person
from cop.accounts.session import cookie_name
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.communities.services import require_member
from cop.knowledge.models import Article
from cop.knowledge.services import correct_article, withdraw_article
from cop.meetings import services as meetings
from cop.meetings.models import Topic
from cop.sharing import services
from cop.sharing.models import DeliveryRecord, DeliveryState, LogEntry, PeerRecord, Tombstone
from cop.sharing.receipts import receipts
from cop.sharing.stores import SqlDeliveries
from federation.origins import Origin
from federation.ports import Attempt, Outcome
from tests.builders import a_community, a_meeting, a_peer, a_person, a_record, a_topic, an_account, an_article
from tests.queries import count_queries
from tests.reader import Reader

CITIES = {"Aalborg": "https://aalborg.example", "Köln": "https://koeln.example", "Ulm": "https://ulm.example"}


@pytest.fixture
def cities(app: Flask) -> None:
    with transaction():
        for short, origin in CITIES.items():
            a_peer(origin, short=short)


def answer(short: str, outcome: Outcome = Outcome.DONE, error: str | None = None) -> None:
    """A city answers to all that is due to it."""
    origin, port = Origin(CITIES[short]), SqlDeliveries()
    for delivery in port.due(origin, at=now(), limit=50):
        port.record(origin, delivery, Attempt(outcome, now(), 200, error, next_at=now(), proved=True))


def withdrawn(**facts: object) -> str:
    """An article that all cities have is taken back; return its id."""
    with transaction():
        uri = an_article(audience="peers", **facts).uri
    for short in CITIES:
        answer(short)
    with transaction():
        withdraw_article(db.session.scalars(select(Article).where(Article.uri == uri)).one())
    return uri


def standing(uri: str) -> dict[str, bool]:
    """Who has deleted it too."""
    db.session.rollback()
    found = receipts(uri)
    assert found is not None
    return {receipt.city: receipt.taken_at is not None for receipt in found.cities}


def reader(app: Flask, name: str, *, admin: bool = False) -> Reader:
    with transaction():
        person_id = an_account(a_person(name), is_admin=admin).person_id
    made = Reader(app, db.session.get_one(Person, person_id))
    made.client.set_cookie(cookie_name("locale"), "en", domain="127.0.0.1")
    return made


def test_each_city_counts_from_when_it_took_the_deletion(app: Flask, cities: None) -> None:
    uri = withdrawn()
    assert standing(uri) == {"Aalborg": False, "Köln": False, "Ulm": False}

    answer("Aalborg")
    answer("Ulm")

    found = receipts(uri)
    assert found is not None
    assert (found.taken, [receipt.city for receipt in found.missing], found.former) == (2, ["Köln"], "Article")


def test_what_is_not_deleted_for_good_has_no_receipts(app: Flask, cities: None) -> None:
    with transaction():
        uri = an_article(audience="peers").uri
        db.session.add(
            Tombstone(uri="https://ulm.example/o/1", origin=CITIES["Ulm"], rev=1, final=True, deleted_at=now())
        )

    assert receipts(uri) is None
    assert receipts("https://ulm.example/o/1") is None


def test_a_city_that_had_to_forget_it_earlier_counts_with_that(app: Flask, cities: None) -> None:
    with transaction():
        article = an_article(audience="peers")
        uri = article.uri
    for short in CITIES:
        answer(short)
    with transaction():
        correct_article(db.session.scalars(select(Article)).one(), title="T", body="B", audience="city")
    answer("Aalborg")
    with transaction():
        withdraw_article(db.session.scalars(select(Article)).one())

    assert standing(uri) == {"Aalborg": True, "Köln": False, "Ulm": False}
    answer("Köln")
    assert standing(uri) == {"Aalborg": True, "Köln": True, "Ulm": False}


def test_a_city_whose_partnership_ended_before_is_named_and_not_counted(app: Flask, cities: None) -> None:
    with transaction():
        uri = an_article(audience="peers").uri
    for short in CITIES:
        answer(short)
    with transaction():
        services.end_peering(CITIES["Ulm"], by=None)
    with transaction():
        withdraw_article(db.session.scalars(select(Article)).one())
    answer("Aalborg")

    assert standing(uri) == {"Aalborg": True, "Köln": False, "Ulm": False}


def test_what_nobody_had_is_said_so(app: Flask) -> None:
    with transaction():
        uri = an_article(audience="city").uri
    with transaction():
        withdraw_article(db.session.scalars(select(Article)).one())
    found = receipts(uri)

    assert found is not None
    assert (found.cities, found.taken) == ((), 0)


def gone(uri: str) -> str:
    return f"/gone/{uri.rpartition('/')[2]}"


def words(page: object) -> str:
    return " ".join(page.text.split())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("befalls", "why"),
    [
        (lambda: None, "on its way"),
        (lambda: answer("Köln", Outcome.RETRY, "timeout"), "didn&#39;t answer in time"),
        (lambda: answer("Köln", Outcome.DEAD, "schema"), "doesn&#39;t understand this"),
    ],
)
def test_where_it_stood_the_page_says_who_is_missing_and_why(
    app: Flask, cities: None, befalls: Callable[[], None], why: str
) -> None:
    bram = reader(app, "Bram")
    uri = withdrawn()
    answer("Aalborg")
    answer("Ulm")
    befalls()

    place = bram.get(f"/knowledge/{uri.rpartition('/')[2]}")
    assert (place.status_code, place.headers["Location"]) == (302, gone(uri))
    shown = words(bram.get(gone(uri)))
    for sentence in ("Article, deleted", "Deleted at 2 of 3 cities", "Aalborg, Ulm", "Not yet: Köln", why):
        assert sentence in shown


def test_what_was_for_a_community_only_its_members_learn_of(app: Flask, cities: None) -> None:
    bram, karin = reader(app, "Bram"), reader(app, "Karin")
    nadja = reader(app, "Nadja", admin=True)
    with transaction():
        community = a_community(visibility="community")
        member = a_record(community, person=db.session.get_one(Person, bram.person_id))
        topic = a_topic(a_meeting(community), require_member(community.id, member.person_id), "Mental load")
        uri = topic.uri
    with transaction():
        found = db.session.scalars(select(Topic)).one()
        meetings.withdraw_topic(found, require_member(found.community_id, bram.person_id))

    assert [one.get(gone(uri)).status_code for one in (bram, nadja, karin)] == [200, 200, 404]
    assert "Topic, deleted" in words(bram.get(gone(uri)))
    assert "Mental load" not in bram.get(gone(uri)).text


def test_an_unknown_address_stays_one(app: Flask) -> None:
    bram = reader(app, "Bram")

    assert [bram.get(path).status_code for path in (f"/knowledge/{uuid4()}", f"/gone/{uuid4()}")] == [404, 404]


def test_under_its_id_programs_find_the_same_tombstone_for_ever_and_browsers_the_page(app: Flask, cities: None) -> None:
    uri = withdrawn()
    path = uri.removeprefix("http://127.0.0.1:8101")

    def ask(path: str, accept: str) -> TestResponse:
        client = app.test_client()
        return Context().run(lambda: client.get(path, headers={"Accept": accept}))

    first, second = (ask(path, "application/activity+json") for _ in range(2))
    assert (first.status_code, first.json["type"], first.json["formerType"]) == (410, "Tombstone", "Object")
    assert first.json["deleted"] == second.json["deleted"]
    browser = ask(path, "text/html")
    assert (browser.status_code, browser.headers["Location"]) == (303, gone(uri))
    anonymous = ask(gone(uri), "text/html")
    assert (anonymous.status_code, anonymous.headers["Location"].startswith("/login")) == (302, True)


def test_administrators_see_every_deletion_page_by_page(app: Flask, cities: None) -> None:
    nadja = reader(app, "Nadja", admin=True)
    assert "Nothing was deleted yet" in words(nadja.get("/admin/partners/deleted"))
    withdrawn()
    answer("Aalborg")
    with count_queries() as few:
        shown = words(nadja.get("/admin/partners/deleted"))
    with transaction():
        for number in range(60):
            uri = f"http://127.0.0.1:8101/o/{uuid4()}"
            db.session.add(Tombstone(uri=uri, origin="http://127.0.0.1:8101", rev=number, final=True, deleted_at=now()))
    with count_queries() as many:
        page = words(nadja.get("/admin/partners/deleted"))

    assert "Deleted at 1 of 3 cities" in shown
    assert ("No other city had it." in page, "?page=2" in page) == (True, True)
    assert "?page=3" not in words(nadja.get("/admin/partners/deleted?page=2"))
    assert len(few) >= len(many)


def test_that_a_city_must_forget_stays_on_its_way_when_the_rest_is_erased(app: Flask, cities: None) -> None:
    with transaction():
        an_article(audience="peers")
    answer("Aalborg")
    with transaction():
        correct_article(db.session.scalars(select(Article)).one(), title="T", body="B", audience="city")
    with transaction():
        withdraw_article(db.session.scalars(select(Article)).one())

    left = db.session.execute(
        select(PeerRecord.short, LogEntry.type)
        .join(DeliveryRecord, DeliveryRecord.peer_id == PeerRecord.id)
        .join(LogEntry, LogEntry.id == DeliveryRecord.entry_id)
        .where(DeliveryRecord.state == DeliveryState.DUE)
        .order_by(PeerRecord.short)
    ).all()
    assert [tuple(row) for row in left] == [("Aalborg", "Delete"), ("Köln", "Delete"), ("Ulm", "Delete")]
