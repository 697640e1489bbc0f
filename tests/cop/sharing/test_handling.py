# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Many activities of one city, handled together: each once, in order, and none suffers from another."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from cop.base.clock import now
from cop.base.db import db, transaction
from cop.base.events import subscribe
from cop.knowledge.events import ArticlePublished
from cop.knowledge.models import Article
from cop.sharing import jobs
from cop.sharing.models import ReceivedActivity, Tombstone
from federation import strict_json
from federation.activities import build_activity
from tests.builders import AALBORG, HEIDELBERG, a_community, a_peer
from tests.queries import count_queries

AT = datetime(2026, 11, 1, 9, tzinfo=UTC).isoformat()


@pytest.fixture(autouse=True)
def aalborg(app):
    with transaction():
        a_peer(AALBORG)


def an_article(number, *, rev=1, **changes):
    article = {
        "id": f"{AALBORG}/o/{number}",
        "type": "Article",
        "attributedTo": f"{AALBORG}/actor",
        "cop:rev": rev,
        "name": f"Artikel {number}",
        "content": "Tekst",
        "inLanguage": "da",
        "cop:kind": "guide",
        "cop:licence": "CC-BY-4.0",
        "cop:audience": "peers",
        "published": AT,
        "updated": AT,
    }
    return article | changes


def a_grave(number, *, rev, **more):
    return {"id": f"{AALBORG}/o/{number}", "type": "Tombstone", "formerType": "Article", "cop:rev": rev, **more}


def receive(*said):
    """Store what Aalborg said, as the inbox does; each is a type and an object."""
    with transaction():
        known = db.session.scalar(select(func.count()).select_from(ReceivedActivity))
        for number, (type_, object_) in enumerate(said, start=known):
            id_ = f"{AALBORG}/a/{number}"
            activity = build_activity(type_, id_=id_, actor=f"{AALBORG}/actor", object_=object_)
            facts = {"key_id": f"{AALBORG}/actor#peer-1", "received_at": now(), "due_at": now()}
            body = strict_json.dumps(activity)
            db.session.add(ReceivedActivity(sender=AALBORG, activity_id=id_, body=body, **facts))
            db.session.flush()  # in this order


def articles():
    db.session.rollback()
    found = db.session.execute(
        select(Article.uri, Article.title).where(Article.origin == AALBORG).order_by(Article.uri)
    )
    return {row.uri.rpartition("/")[2]: row.title for row in found}


def outcomes():
    db.session.rollback()
    return list(db.session.scalars(select(ReceivedActivity.outcome).order_by(ReceivedActivity.id)))


def test_what_is_said_of_one_thing_holds_in_its_order(app):
    receive(
        ("Create", an_article(1)),
        ("Update", an_article(1, rev=2, name="Nyt navn")),
        ("Update", an_article(2, rev=5, name="Nyere")),
        ("Create", an_article(2)),
        ("Update", an_article(2, rev=4, name="Ældre")),
    )

    assert jobs.process_received() == 5
    assert articles() == {"1": "Nyt navn", "2": "Nyere"}


def test_what_was_deleted_among_others_does_not_come_back(app):
    receive(
        ("Create", an_article(1)),
        ("Delete", a_grave(1, rev=2)),
        ("Update", an_article(1, rev=3)),
        ("Delete", a_grave(2, rev=2)),
        ("Create", an_article(2)),
        ("Create", an_article(3)),
    )

    assert jobs.process_received() == 6
    assert articles() == {"3": "Artikel 3"}
    assert db.session.scalar(select(func.count()).select_from(Tombstone)) == 2


def test_what_was_only_hidden_comes_back_among_others_and_may_go_for_good(app):
    receive(
        ("Create", an_article(1)),
        ("Delete", a_grave(1, rev=2, **{"cop:hidden": True})),
        ("Update", an_article(1, rev=3)),
        ("Create", an_article(2)),
        ("Delete", a_grave(2, rev=2, **{"cop:hidden": True})),
        ("Update", an_article(2, rev=3)),
        ("Delete", a_grave(2, rev=4)),
    )

    assert jobs.process_received() == 7
    assert articles() == {"1": "Artikel 1"}


def test_a_thing_and_what_belongs_to_it_may_come_together_and_the_wrong_way_round(app):
    group = {
        "id": f"{AALBORG}/o/group",
        "type": "Group",
        "attributedTo": f"{AALBORG}/actor",
        "cop:rev": 1,
        "name": "CoP Aalborg",
        "inLanguage": "da",
        "cop:kind": "cop",
        "cop:visibility": "peers",
        "cop:joinMode": "open",
    }
    inside = {"attributedTo": group["id"], "cop:audience": "community"}
    receive(("Create", an_article(1, **inside)), ("Create", group), ("Create", an_article(2, **inside)))

    assert jobs.process_received() == 2
    assert (articles(), outcomes()) == ({"2": "Artikel 2"}, ["NotYet", "", ""])
    with time_machine.travel(now() + timedelta(hours=1)):
        assert jobs.process_received() == 1
    assert articles() == {"1": "Artikel 1", "2": "Artikel 2"}


def test_who_speaks_about_another_city_s_community_is_refused_and_the_others_are_kept(app):
    with transaction():
        theirs = a_community(origin=HEIDELBERG).uri
    wrong = an_article(5, attributedTo=theirs)
    receive(*(("Create", an_article(number)) for number in range(5)), ("Create", wrong), ("Create", an_article(6)))

    assert jobs.process_received() == 7
    assert articles().keys() == {"0", "1", "2", "3", "4", "6"}
    assert outcomes() == ["", "", "", "", "", "owner", ""]


def test_a_subscriber_that_breaks_undoes_its_own_thing_alone(app):
    def refuse(event):
        if db.session.get_one(Article, event.article_id).title == "Artikel 3":
            raise KeyError("3")

    subscribe(app, ArticlePublished, refuse, in_transaction=True)
    receive(*(("Create", an_article(number)) for number in range(6)))

    assert jobs.process_received() == 5
    assert articles().keys() == {"0", "1", "2", "4", "5"}
    assert outcomes() == ["", "", "", "KeyError", "", ""]


def test_after_the_commit_each_is_told_once(app):
    heard = []
    subscribe(app, ArticlePublished, lambda event: heard.append(event.article_id))
    receive(*(("Create", an_article(number)) for number in range(4)), ("Create", an_article(4, attributedTo="x")))

    jobs.process_received()

    assert len(heard) == len(set(heard)) == 4


def test_what_another_process_handled_meanwhile_is_left_alone(app):
    receive(("Create", an_article(1)), ("Create", an_article(2)))
    jobs.process_received()
    with transaction():
        db.session.execute(update(Article).values(rev=0, title="Von Hand"))
        db.session.execute(update(ReceivedActivity).values(due_at=now()))

    jobs.process_received()

    assert set(articles().values()) == {"Von Hand"}


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_ten_times_as_much_is_asked_for_at_once(app, known):
    def asked(*numbers):
        if known:
            receive(*(("Create", an_article(number)) for number in numbers))
            jobs.process_received()
        receive(*(("Update", an_article(number, rev=2, **{"cop:version": 2})) for number in numbers))
        with count_queries() as sent:
            jobs.process_received()
        return len([statement for statement in sent if statement.startswith("SELECT")])

    asked(0)
    assert asked(*range(1, 4)) == asked(*range(10, 40))
