# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages of articles."""

import pytest
from sqlalchemy import select

from cop.base.audience import Audience
from cop.base.db import db, transaction
from cop.communities.models import Role
from cop.knowledge import services
from cop.knowledge.models import Article
from tests.builders import AALBORG, a_city, a_community, a_person, a_record, an_article
from tests.reader import Reader

FORM = {
    "kind": "practice",
    "title": "Desksharing",
    "body": "# Regeln\r\n\r\nWenige.",
    "tags": "Büro, Führung",
    "locale": "de",
    "licence": "CC-BY-4.0",
    "audience": "city",
}


@pytest.fixture
def miriam(app):
    with transaction():
        a_city()
        person = a_person("Miriam Ahlsdorf")
    return Reader(app, person)


def only_article():
    db.session.rollback()
    return db.session.scalars(select(Article)).one()


def test_an_article_is_written_and_read(miriam):
    answer = miriam.post("/knowledge/new", **FORM)

    article = only_article()
    assert answer.location == f"/knowledge/{article.id}"
    assert (article.body, article.audience, article.author_id) == ("# Regeln\n\nWenige.", "city", miriam.person_id)
    page = miriam.get(answer.location).text
    assert "<h2>Regeln</h2>" in page
    assert 'href="/knowledge?tag=B%C3%BCro"' in page


def test_a_preview_publishes_nothing_and_keeps_the_text(miriam):
    answer = miriam.post("/knowledge/new", **FORM, do="preview")

    assert "<h2>Regeln</h2>" in answer.text
    assert "# Regeln" in answer.text
    assert db.session.scalar(select(Article)) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("body", " "),
        ("body", "x" * 100_001),
        ("kind", "minutes"),
        ("kind", "novel"),
        ("locale", "xx"),
        ("licence", "mine"),
        ("audience", "everybody"),
        ("community", "1"),
        ("tags", "x" * 801),
        ("author_id", "1"),
        ("audience", "community"),
    ],
)
def test_a_form_that_can_not_be_taken_comes_back_with_what_was_typed(miriam, field, value):
    answer = miriam.post("/knowledge/new", **(FORM | {field: value}))

    assert answer.status_code in {400, 409}
    assert 'id="errors"' in answer.text
    assert field in {"body", "author_id"} or "Wenige." in answer.text
    assert db.session.scalar(select(Article)) is None


def test_one_writes_for_own_communities_only(app, miriam):
    with transaction():
        own = a_community("CoP Personal")
        a_record(own, person=db.session.get_one(type(a_person()), miriam.person_id))
        foreign = a_community("CoP Bau")
        ids = own.id, foreign.id

    form = miriam.get("/knowledge/new").text
    refused = miriam.post("/knowledge/new", **(FORM | {"audience": "community", "community": str(ids[1])}))
    taken = miriam.post("/knowledge/new", **(FORM | {"audience": "community", "community": str(ids[0])}))

    assert ("CoP Personal" in form, "CoP Bau" in form) == (True, False)
    assert (refused.status_code, taken.status_code) == (409, 302)
    assert only_article().community_id == ids[0]


def test_a_received_article_says_where_it_is_from_and_in_which_language(app, miriam):
    with transaction():
        article_id = an_article("Delte skriveborde", origin=AALBORG, locale="da", version=2).id

    page = miriam.get(f"/knowledge/{article_id}").text

    assert '<h1 class="kern-heading-large" lang="da">Delte skriveborde</h1>' in page
    assert '<article class="cop-prose cop-main" lang="da">' in page
    assert "Aalborg" in page
    assert f"/knowledge/{article_id}/edit" not in page


def test_a_correction_makes_a_version_and_says_what_changed(app, miriam):
    miriam.post("/knowledge/new", **FORM)
    article_id = only_article().id
    correction = {name: FORM[name] for name in ("title", "tags", "licence", "audience")}

    answer = miriam.post(
        f"/knowledge/{article_id}/edit", **correction, body="# Regeln\n\nKeine.", note="Gestrichen", rev="1"
    )

    assert answer.location == f"/knowledge/{article_id}"
    page = miriam.get(f"/knowledge/{article_id}/versions/2").text
    assert '<del><span class="cop-hidden">' in page
    assert "Keine" in page.partition("<ins>")[2].partition("</ins>")[0]
    assert "Gestrichen" in page
    assert "<h2>Title</h2>" not in page
    assert "<h2>Regeln</h2>" in miriam.get(f"/knowledge/{article_id}/versions/1").text
    assert miriam.get(f"/knowledge/{article_id}/versions/3").status_code == 404


def test_whoever_saves_second_gets_both_texts(app, miriam):
    miriam.post("/knowledge/new", **FORM)
    article = only_article()
    path = f"/knowledge/{article.id}/edit"
    correction = {name: FORM[name] for name in ("title", "tags", "licence", "audience")}
    miriam.post(path, **correction, body="Text der Ersten", rev="1")

    second = miriam.post(path, **correction, body="Text der Zweiten", rev="1")

    assert second.status_code == 409
    assert "Text der Ersten" in second.text
    assert "Text der Zweiten" in second.text
    assert 'name="rev" value="2"' in second.text
    assert only_article().body == "Text der Ersten"


def test_a_coordinator_withdraws_what_a_member_wrote_and_others_can_not(app, miriam):
    with transaction():
        community = a_community()
        article_id = an_article(community=community).id
        coordinator = a_record(community, "Selin", role=Role.COORDINATOR).person
        member = a_record(community, "Bram").person
    path = f"/knowledge/{article_id}/withdraw"

    refused = [Reader(app, member).post(path).status_code, miriam.post(path).status_code, miriam.get(path).status_code]
    asked = Reader(app, coordinator).get(path)
    done = Reader(app, coordinator).post(path)

    assert refused == [403, 403, 403]
    assert (asked.status_code, done.location) == (200, "/knowledge")
    assert db.session.scalar(select(Article)) is None


def test_an_article_that_is_not_for_the_reader_does_not_exist(app, miriam):
    with transaction():
        article = an_article(community=a_community(), audience=Audience.COMMUNITY)
        path = f"/knowledge/{article.id}"

    answers = [miriam.get(path + end).status_code for end in ("", "/edit", "/withdraw", "/versions/1")]

    assert answers == [404, 404, 404, 404]


def test_a_public_article_is_for_everybody_but_names_its_author_to_nobody(app, miriam):
    with transaction():
        public = an_article("Offen", audience=Audience.PUBLIC, author=a_person("Bram Osterloh")).id
        inner = an_article("Innen", audience=Audience.PEERS).id
    stranger = app.test_client()

    page = stranger.get(f"/knowledge/{public}")

    assert (page.status_code, "Offen" in page.text, "Bram Osterloh" in page.text) == (200, True, False)
    assert stranger.get(f"/knowledge/{inner}").status_code == 401
    assert stranger.get("/knowledge").status_code == 302
    assert "Bram Osterloh" in miriam.get(f"/knowledge/{public}").text


def test_the_list_names_city_audience_and_language(app, miriam):
    with transaction():
        an_article("Delte skriveborde", origin=AALBORG, locale="da")

    page = miriam.get("/knowledge").text

    assert '<h3 class="cop-item__title" lang="da">' in page
    assert '<span class="cop-city cop-hue-200"><i aria-hidden="true">AA</i><span>Aalborg</span></span>' in page
    assert 'class="cop-aud"' in page


@pytest.mark.parametrize(
    "query", ["kind=novel", "page=0", "page=-1", "page=²", "page=99999999999999", "city=%00x", "tag=%00"]
)
def test_what_makes_no_sense_in_an_address_breaks_nothing(miriam, query):
    assert miriam.get(f"/knowledge?{query}").status_code == 200


def test_a_community_shows_its_articles_to_those_who_may_read_them(app, miriam):
    with transaction():
        community = a_community()
        an_article("Für alle", community=community)
        an_article("Nur wir", community=community, audience=Audience.COMMUNITY)
        member = a_record(community, "Bram").person
    paths = f"/communities/{community.id}", f"/communities/{community.id}/knowledge"

    theirs = [Reader(app, member).get(path).text for path in paths]
    others = [miriam.get(path).text for path in paths]

    assert [("Für alle" in page, "Nur wir" in page) for page in theirs] == [(True, True), (True, True)]
    assert [("Für alle" in page, "Nur wir" in page) for page in others] == [(True, False), (True, False)]


def test_a_long_list_asks_the_database_no_more_than_a_short_one(app, miriam):
    def add(count):
        with transaction():
            community = a_community()
            for number in range(count):
                article = an_article(f"{number}", community=community, tags=[f"t{number}"], origin=None)
                services.correct_article(article, title=f"{number}!", body="Neu")
            return community.id

    short = add(3)
    few = [len(miriam.queries(path)) for path in ("/knowledge", f"/communities/{short}/knowledge")]
    long = add(27)
    many = [len(miriam.queries(path)) for path in ("/knowledge", f"/communities/{long}/knowledge")]

    assert few == many
