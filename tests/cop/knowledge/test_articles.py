# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Publishing, correcting, withdrawing, and who may read."""

import pytest
from sqlalchemy import func, select

from cop.base.audience import Audience
from cop.base.db import db, transaction
from cop.base.errors import Conflict, Forbidden, NotFound
from cop.base.events import subscribe
from cop.communities.models import MemberState, Role
from cop.knowledge import queries, services
from cop.knowledge.events import ArticleCorrected, ArticlePublished, ArticleWithdrawn
from cop.knowledge.models import Article, ArticleKind, ArticleTag, Revision
from cop.knowledge.queries import Wanted
from cop.knowledge.services import Overtaken
from tests.builders import AALBORG, a_community, a_member, a_person, a_record, an_article


@pytest.fixture
def told(app):
    """The names of the events that were published, in order."""
    names = []
    for event in (ArticlePublished, ArticleCorrected, ArticleWithdrawn):
        subscribe(app, event, lambda event: names.append(type(event).__name__), in_transaction=True)
    return names


def titles(person_id, **wanted):
    return [article.title for article in queries.articles_for(person_id, Wanted(**wanted))[0]]


def test_a_published_article_has_its_first_version_and_its_tags(app, told):
    with transaction():
        author = a_person("Miriam")

        article = services.publish_article(
            author_person_id=author.id,
            kind=ArticleKind.GUIDE,
            title="Desksharing",
            body="Text",
            audience=Audience.PEERS,
            community=None,
            locale="de",
            tags=["Büro", "büro", "Führung"],
        )

        assert (article.version, article.rev, article.licence) == (1, 1, "CC-BY-4.0")
        assert [tag.tag for tag in article.tags] == ["Büro", "Führung"]
        assert [(old.version, old.body) for old in article.revisions] == [(1, "Text")]
        assert article.uri == f"http://127.0.0.1:8101/o/{article.id}"
    assert told == ["ArticlePublished"]


def test_a_corrected_text_is_a_new_version_and_the_old_one_is_kept(app, told):
    with transaction():
        article = an_article(body="Alt")

        services.correct_article(article, title=article.title, body="Neu", note="Zahl berichtigt")

        assert (article.version, article.rev) == (2, 2)
        assert [(old.version, old.body, old.note) for old in article.revisions] == [
            (1, "Alt", ""),
            (2, "Neu", "Zahl berichtigt"),
        ]
    assert told == ["ArticlePublished", "ArticleCorrected"]


def test_other_tags_and_readers_are_told_to_peers_but_are_no_new_version(app, told):
    with transaction():
        article = an_article(tags=["Büro", "Möbel"])

        services.correct_article(
            article, title=article.title, body=article.body, audience=Audience.CITY, tags=["Möbel", "Technik"]
        )

        assert (article.version, article.rev, article.audience) == (1, 2, Audience.CITY)
    assert [tag.tag for tag in db.session.get(Article, article.id).tags] == ["Möbel", "Technik"]
    assert told == ["ArticlePublished", "ArticleCorrected"]


def test_a_correction_that_changes_nothing_tells_nobody(app, told):
    with transaction():
        article = an_article()

        services.correct_article(article, title=article.title, body=article.body, tags=[])

        assert article.rev == 1
    assert told == ["ArticlePublished"]


def test_whoever_corrects_what_somebody_else_corrected_meanwhile_is_told(app):
    with transaction():
        article = an_article(body="Alt")
        services.correct_article(article, title=article.title, body="Erste", rev=1)

        with pytest.raises(Overtaken):
            services.correct_article(article, title=article.title, body="Zweite", rev=1)

        assert article.body == "Erste"


def test_a_withdrawn_article_is_gone_with_all_its_versions(app, told):
    with transaction():
        article = an_article(tags=["Büro"])
        services.correct_article(article, title="Neu", body="Neu")

    with transaction():
        services.withdraw_article(db.session.get(Article, article.id))

    left = [db.session.scalar(select(func.count()).select_from(table)) for table in (Article, Revision, ArticleTag)]
    assert left == [0, 0, 0]
    assert told[-1] == "ArticleWithdrawn"


def test_an_article_of_another_city_can_not_be_changed_here(app):
    with transaction():
        article = an_article(origin=AALBORG)

        for change in (
            lambda: services.correct_article(article, title="x", body="y"),
            lambda: services.withdraw_article(article),
        ):
            with pytest.raises(Conflict):
                change()


def test_an_article_for_a_community_needs_one_and_its_home_must_be_here(app):
    with transaction():
        elsewhere = a_community(origin=AALBORG)

        with pytest.raises(Conflict):
            an_article(audience=Audience.COMMUNITY)
        with pytest.raises(Conflict):
            an_article(audience=Audience.PEERS, community=elsewhere, author=a_person())


def test_only_the_author_and_coordinators_of_the_community_may_change_an_article(app):
    with transaction():
        community, other = a_community(), a_community("Andere")
        author = a_member(community, "Miriam")
        article = an_article(community=community, author=db.session.get_one(type(a_person()), author.person_id))
        member = a_member(community, "Bram")
        coordinator = a_member(community, "Selin", role=Role.COORDINATOR)
        stranger = a_member(other, "Tove", role=Role.COORDINATOR)

        allowed = [services.may_write(article, who.person_id, who) for who in (author, member, coordinator, stranger)]

        assert allowed == [True, False, True, False]
        with pytest.raises(Forbidden):
            services.require_writer(article, member.person_id, None)


@pytest.mark.parametrize(
    ("audience", "origin", "expected"),
    [
        (Audience.COMMUNITY, None, {"member"}),
        (Audience.CITY, None, {"member", "staff"}),
        (Audience.PEERS, None, {"member", "staff"}),
        (Audience.PUBLIC, None, {"member", "staff", "nobody"}),
        (Audience.COMMUNITY, AALBORG, {"member"}),
        (Audience.CITY, AALBORG, {"member"}),
        (Audience.PEERS, AALBORG, {"member", "staff"}),
        (Audience.PUBLIC, AALBORG, {"member", "staff", "nobody"}),
    ],
)
def test_who_may_read(app, audience, origin, expected):
    with transaction():
        community = a_community(origin=origin)
        article = an_article(community=community, origin=origin, audience=audience)
        readers = {
            "member": a_record(community, "Bram").person_id,
            "asked": a_record(community, "Tove", state=MemberState.ASKED).person_id,
            "left": a_record(community, "Ida", state=MemberState.LEFT).person_id,
            "staff": a_person("Selin").id,
            "nobody": None,
        }
        if "staff" in expected:
            expected = expected | {"asked", "left"}

        found = {who for who, person_id in readers.items() if can_read(article, person_id)}

        assert found == expected


def can_read(article, person_id):
    try:
        return queries.article_for(article.id, person_id) is article
    except NotFound:
        return False


def test_a_person_of_another_city_is_not_staff_of_this_one(app):
    with transaction():
        article = an_article(audience=Audience.CITY)

        assert not can_read(article, a_person("Tove", AALBORG).id)


def test_an_author_reads_the_own_article_after_leaving_the_community(app):
    with transaction():
        community = a_community()
        record = a_record(community, "Bram")
        article = an_article(community=community, author=record.person, audience=Audience.COMMUNITY)
        record.state = MemberState.LEFT

        assert can_read(article, record.person_id)


def test_the_list_is_narrowed_by_kind_city_and_tag(app):
    with transaction():
        reader = a_person()
        an_article("Leitfaden", kind=ArticleKind.GUIDE, tags=["Büro"])
        an_article("Praxis", tags=["Büro", "Möbel"])
        an_article("Fremd", origin=AALBORG, tags=["Möbel"])

        assert titles(reader.id) == ["Fremd", "Praxis", "Leitfaden"]
        assert titles(reader.id, kind=ArticleKind.GUIDE) == ["Leitfaden"]
        assert titles(reader.id, city=AALBORG) == ["Fremd"]
        assert titles(reader.id, tag="Büro") == ["Praxis", "Leitfaden"]
        assert titles(reader.id, tag="Möbel", city=AALBORG) == ["Fremd"]
        choices = queries.choices_for(reader.id)
        assert (choices.kinds, choices.tags) == ([ArticleKind.PRACTICE, ArticleKind.GUIDE], ["Büro", "Möbel"])


def test_choices_name_nothing_that_the_reader_may_not_read(app):
    with transaction():
        community = a_community()
        an_article(community=community, audience=Audience.COMMUNITY, tags=["geheim"])

        choices = queries.choices_for(a_person().id)

        assert (choices.kinds, choices.cities, choices.tags) == ([], [], [])


def test_a_long_list_comes_in_pages(app):
    with transaction():
        reader = a_person()
        for number in range(queries.PAGE + 1):
            an_article(f"{number}")

        first, more = queries.articles_for(reader.id, Wanted())
        second, no_more = queries.articles_for(reader.id, Wanted(page=2))

        assert (len(first), more, [article.title for article in second], no_more) == (queries.PAGE, True, ["0"], False)


def test_news_are_from_partner_cities_only(app):
    with transaction():
        reader = a_person()
        an_article("Unser")
        an_article("Ihr", origin=AALBORG)
        an_article("Intern", origin=AALBORG, community=a_community(origin=AALBORG), audience=Audience.COMMUNITY)

        assert [article.title for article in queries.latest_from_partners(reader.id)] == ["Ihr"]


def test_the_newest_article_about_a_thing_is_found_by_its_id(app):
    with transaction():
        an_article("Protokoll", about_uri="https://kassel.example/o/1")

        found = queries.about("https://kassel.example/o/1", a_person().id)

        assert found is not None
        assert found.title == "Protokoll"
        assert queries.about("https://kassel.example/o/2", None) is None
