# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Articles of other cities."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from cop.base.audience import Audience
from cop.base.db import db, transaction
from cop.base.errors import Forbidden
from cop.knowledge.copies import apply_copy, forget_copy
from cop.knowledge.models import Article, ArticleKind, Revision
from tests.builders import AALBORG, HEIDELBERG, a_community, a_record, an_article

URI = f"{AALBORG}/o/1"
FACTS = {
    "uri": URI,
    "origin": AALBORG,
    "rev": 3,
    "kind": ArticleKind.PRACTICE,
    "title": "Delte skriveborde",
    "body": "Tekst",
    "version": 2,
    "locale": "da",
    "licence": "CC-BY-4.0",
    "audience": Audience.PEERS,
    "author": {"uri": f"{AALBORG}/m/1", "name": "HR-udvikling", "city_origin": AALBORG},
    "published_at": datetime(2026, 11, 5, tzinfo=UTC),
    "updated_at": datetime(2026, 11, 18, tzinfo=UTC),
    "tags": ["Kontor"],
    "extra": {"cop:later": 1},
}


def received(**changes):
    with transaction():
        apply_copy(**(FACTS | changes))
    return db.session.scalar(select(Article).where(Article.uri == URI))


def test_a_received_article_is_kept_as_its_home_sent_it(app):
    article = received()

    assert (article.title, article.rev, article.version, article.origin) == ("Delte skriveborde", 3, 2, AALBORG)
    assert (article.author.display_name, article.author.origin) == ("HR-udvikling", AALBORG)
    assert ([tag.tag for tag in article.tags], article.extra) == (["Kontor"], {"cop:later": 1})
    assert [(old.version, old.body) for old in article.revisions] == [(2, "Tekst")]


def test_a_higher_revision_replaces_it_and_versions_add_up(app):
    received()

    article = received(rev=4, version=3, body="Ny tekst", tags=["Kontor", "Ledelse"], note="Tal rettet")

    assert (article.body, article.rev) == ("Ny tekst", 4)
    assert [(old.version, old.note) for old in article.revisions] == [(2, ""), (3, "Tal rettet")]
    assert [tag.tag for tag in article.tags] == ["Kontor", "Ledelse"]


@pytest.mark.parametrize("rev", [1, 2, 3])
def test_an_equal_or_lower_revision_changes_nothing(app, rev):
    received()

    article = received(rev=rev, title="Gammel", version=1)

    assert (article.title, article.rev) == ("Delte skriveborde", 3)


def test_the_same_twice_is_the_same_once(app):
    received()
    received()

    assert db.session.scalar(select(func.count()).select_from(Article)) == 1
    assert db.session.scalar(select(func.count()).select_from(Revision)) == 1


def test_a_city_can_not_replace_or_delete_what_belongs_to_another(app):
    received()

    for attempt in (
        lambda: apply_copy(**(FACTS | {"origin": HEIDELBERG, "rev": 9, "title": "Fremd"})),
        lambda: forget_copy(URI, HEIDELBERG),
    ):
        with pytest.raises(Forbidden), transaction():
            attempt()

    assert db.session.scalar(select(Article.title).where(Article.uri == URI)) == "Delte skriveborde"


def test_nobody_can_send_us_our_own_articles(app):
    with transaction():
        ours = an_article("Unser")

    for attempt in (
        lambda: apply_copy(**(FACTS | {"uri": ours.uri, "origin": ours.origin, "rev": 9})),
        lambda: apply_copy(**(FACTS | {"uri": ours.uri, "rev": 9})),
        lambda: forget_copy(ours.uri, AALBORG),
    ):
        with pytest.raises(Forbidden), transaction():
            attempt()

    assert db.session.get(Article, ours.id).title == "Unser"


def test_a_forgotten_article_is_gone_and_forgetting_it_again_does_nothing(app):
    received()

    with transaction():
        assert forget_copy(URI, AALBORG) is True
    with transaction():
        assert forget_copy(URI, AALBORG) is False

    assert db.session.scalar(select(func.count()).select_from(Revision)) == 0


def test_a_received_article_finds_its_community_and_an_author_of_this_city(app):
    with transaction():
        community = a_community(origin=AALBORG)
        record = a_record(community, "Miriam")
        author = {"uri": record.uri, "name": "Miriam", "city_origin": "http://127.0.0.1:8101"}

    article = received(community_uri=community.uri, author=author, audience=Audience.COMMUNITY)

    assert (article.community_id, article.author_id) == (community.id, record.person_id)


def test_an_author_of_this_city_whom_nobody_knows_is_nobody(app):
    author = {"uri": "http://127.0.0.1:8101/m/9", "name": "Erfunden", "city_origin": "http://127.0.0.1:8101"}

    assert received(author=author).author is None
