# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A city passes on what a third one made public: believed for its home's proof, also while the home is away."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, select

from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db
from cop.knowledge import services as knowledge
from cop.knowledge.models import Article
from cop.sharing import services
from cop.sharing.handlers.news import read_news
from cop.sharing.models import DeliveryRecord, ProvedCopy, Tombstone
from cop.sharing.outgoing.speaking import activity, at_the_end
from cop.sharing.stores import SqlPeers
from cop.sharing.stores.log import Saying
from tests.builders import an_article
from tests.live_instance import settle

TITLE = "Wissen to Go: Mentoring"


@pytest.fixture
def cities(kassel, aalborg, heidelberg):
    """Kassel is everybody's partner and out of Heidelberg's reach; Heidelberg trusts Aalborg to pass things on."""
    kassel.peer_with(aalborg)
    kassel.peer_with(heidelberg)
    aalborg.peer_with(heidelberg, level=4)
    return kassel, aalborg, heidelberg


def published(kassel, **facts):
    """Publish while Heidelberg can't hear it from Kassel; return the uri."""
    return kassel.do(lambda: an_article(TITLE, **{"audience": Audience.PUBLIC} | facts).uri)


def passed_on(kassel, aalborg, heidelberg):
    """Let Aalborg hear from Kassel, then Heidelberg from Aalborg alone."""
    heidelberg.stop()
    settle(kassel, aalborg)
    kassel.stop()
    heidelberg.resume()
    aalborg.retry_now()
    settle(aalborg, heidelberg)


def article_at(city, uri):
    with city.app.app_context():
        return db.session.scalar(select(Article).where(Article.uri == uri))


def test_an_article_arrives_while_its_home_is_away(cities):
    kassel, _, heidelberg = cities
    uri = published(kassel)

    passed_on(*cities)

    copy = article_at(heidelberg, uri)
    assert (copy.title, copy.origin) == (TITLE, kassel.origin)
    kassel.resume()
    kassel.retry_now()
    settle(*cities)
    assert article_at(heidelberg, uri).rev == 1


def test_only_what_is_public_is_passed_on(cities):
    kassel, aalborg, heidelberg = cities
    uri = published(kassel, audience=Audience.PEERS)

    passed_on(*cities)

    assert article_at(aalborg, uri) is not None
    assert article_at(heidelberg, uri) is None


def test_below_level_4_nothing_is_passed_on(kassel, aalborg, heidelberg):
    for a, b in ((kassel, aalborg), (kassel, heidelberg), (aalborg, heidelberg)):
        a.peer_with(b)
    uri = published(kassel)

    passed_on(kassel, aalborg, heidelberg)

    assert article_at(heidelberg, uri) is None


def test_that_it_is_gone_is_passed_on_as_well(cities):
    kassel, _, heidelberg = cities
    uri = published(kassel)
    settle(*cities)
    kassel.do(lambda: knowledge.withdraw_article(article_here(uri)))

    passed_on(*cities)

    assert article_at(heidelberg, uri) is None
    with heidelberg.app.app_context():
        assert db.session.scalars(select(Tombstone).where(Tombstone.uri == uri)).one().final


def test_who_comes_later_gets_what_there_is(kassel, aalborg, heidelberg):
    kassel.peer_with(aalborg)
    uri = published(kassel)
    settle(kassel, aalborg)
    kassel.peer_with(heidelberg, level=2)
    with heidelberg.at_work():
        db.session.delete(article_here(uri))

    aalborg.peer_with(heidelberg, level=4)

    assert article_at(heidelberg, uri).origin == kassel.origin


def lost(city, uri):
    """Lose an article and what proves it, without a trace."""
    with city.at_work():
        db.session.delete(article_here(uri))
        db.session.execute(delete(ProvedCopy))


def test_what_was_found_missing_at_night_is_passed_on(cities):
    kassel, aalborg, heidelberg = cities
    uri = published(kassel)
    settle(*cities)
    lost(aalborg, uri)
    lost(heidelberg, uri)

    with time_machine.travel(now() + timedelta(days=1)):
        aalborg.read()
        settle(aalborg)
        heidelberg.process()

    assert article_at(heidelberg, uri).origin == kassel.origin


@pytest.mark.parametrize(
    "change",
    [{"content": "Etwas anderes."}, {"cop:rev": 9}, {"proof": None}, {"attributedTo": "https://d.example/actor"}],
    ids=str,
)
def test_an_altered_article_is_refused(cities, change):
    kassel, aalborg, heidelberg = cities
    uri = published(kassel)
    heidelberg.stop()
    settle(kassel, aalborg)
    with aalborg.at_work():
        for delivery in db.session.scalars(select(DeliveryRecord).where(DeliveryRecord.state == "due")):
            db.session.delete(delivery)
        document = db.session.scalars(select(ProvedCopy.document).where(ProvedCopy.uri == uri)).one()
        forged = {key: value for key, value in (document | change).items() if value is not None}
        said = [Saying(activity("Announce", forged), uri, {heidelberg.origin})]
        at_the_end("forged", lambda: said)
    heidelberg.resume()
    aalborg.retry_now()

    settle(aalborg, heidelberg)

    assert article_at(heidelberg, uri) is None
    with aalborg.app.app_context():
        dead = db.session.scalars(select(DeliveryRecord).where(DeliveryRecord.state == "dead")).one()
        assert dead.last_error in {"proof", "origin"}


def proved_at(city):
    with city.app.app_context():
        return {kept.uri: kept.document for kept in db.session.scalars(select(ProvedCopy))}


def test_a_version_that_was_public_once_is_not_passed_on_again(cities):
    kassel, aalborg, heidelberg = cities
    uri = published(kassel)
    settle(*cities)
    former = proved_at(aalborg)[uri]
    kassel.do(lambda: narrowed(article_here(uri)))
    settle(*cities)

    with aalborg.at_work():
        read_news(former, "Article", sender=kassel.origin, keys=SqlPeers(), by=heidelberg.origin).keep()

    assert proved_at(aalborg) == {}


def test_of_a_city_whose_peering_ended_nothing_is_passed_on(cities):
    kassel, aalborg, _ = cities
    uri = published(kassel)
    settle(*cities)
    assert uri in proved_at(aalborg)

    aalborg.do(lambda: services.end_peering(kassel.origin, by=None))

    assert proved_at(aalborg) == {}


def narrowed(article):
    knowledge.correct_article(article, title=article.title, body=article.body, audience=Audience.PEERS)


def article_here(uri):
    return db.session.scalars(select(Article).where(Article.uri == uri)).one()
