# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whatever somebody writes, or another city sends, is shown as text."""

import pytest

from cop.base.db import db, transaction
from cop.knowledge.models import Article, ArticleTag, Revision
from tests.builders import AALBORG, a_city, a_person, an_article
from tests.cop.knowledge.dom import assert_harmless, is_safe, payloads
from tests.reader import Reader


@pytest.fixture
def reader(app):
    with transaction():
        a_city()
        person = a_person("Miriam")
    return Reader(app, person)


def publish(reader, **facts):
    """Publish through the form; return the pages of the article, or the form that came back."""
    form = {"kind": "practice", "title": "Titel", "body": "Text", "tags": "Wort", "locale": "de"}
    answer = reader.post("/knowledge/new", **(form | {"licence": "CC-BY-4.0", "audience": "peers"} | facts))
    if answer.status_code != 302:
        assert answer.status_code == 400
        return {"form": answer.text}
    path = answer.location
    ends = {"article": "", "edit": "/edit", "withdraw": "/withdraw", "version": "/versions/1"}
    pages = {name: reader.get(path + end) for name, end in ends.items()} | {"list": reader.get("/knowledge")}
    assert {page.status_code for page in pages.values()} == {200}
    return {name: page.text for name, page in pages.items()}


@pytest.mark.parametrize(("field", "context"), [("title", "article.title"), ("body", "article.body"), ("tags", "tag")])
def test_what_somebody_writes_is_shown_as_text(reader, field, context):
    innocent = publish(reader) | {"form": publish(reader, title="")["form"]}
    hostile = payloads(context)
    assert hostile

    for id_, text in hostile.items():
        with transaction():
            for row in db.session.query(Article):
                db.session.delete(row)
        for name, html in publish(reader, **{field: text}).items():
            assert_harmless(html, innocent[name], f"{id_} {name}")


def test_what_another_city_sends_is_shown_as_text(reader):
    with transaction():
        article = an_article("Artikel", origin=AALBORG, tags=["Ord"])
        paths = [f"/knowledge/{article.id}", f"/knowledge/{article.id}/versions/1", "/knowledge"]
        article_id = article.id
    innocent = {path: reader.get(path).text for path in paths}

    for id_, text in payloads("remote.object.content").items():
        with transaction():
            article = db.session.get(Article, article_id)
            # past the schema that would refuse it: as if it had always stood here
            article.body, article.title = text.replace("\0", ""), text.replace("\0", "")[:200]
            db.session.query(Revision).update({"body": article.body, "title": article.title})
            db.session.query(ArticleTag).update({"tag": article.title[:60]})
        for path in paths:
            assert_harmless(reader.get(path).text, innocent[path], f"{id_} {path}")


def test_the_comparison_of_versions_shows_text(reader):
    publish(reader)
    article_id = db.session.query(Article.id).scalar()
    form = {"title": "Titel", "tags": "", "licence": "CC-BY-4.0", "audience": "peers"}
    reader.post(f"/knowledge/{article_id}/edit", **form, body="Harmlos", rev="1", note="Notiz")
    innocent = reader.get(f"/knowledge/{article_id}/versions/2").text

    for rev, (id_, text) in enumerate(payloads("article.body").items(), start=2):
        answer = reader.post(f"/knowledge/{article_id}/edit", **form, body=text[:50_000], rev=str(rev), note=text[:300])
        assert answer.status_code == 302
        assert_harmless(reader.get(f"/knowledge/{article_id}/versions/{rev + 1}").text, innocent, id_, ours={"span"})


def test_the_second_of_two_savers_sees_text(reader):
    publish(reader)
    article_id = db.session.query(Article.id).scalar()
    form = {"title": "Titel", "tags": "", "licence": "CC-BY-4.0", "audience": "peers", "rev": "0"}
    path = f"/knowledge/{article_id}/edit"
    innocent = reader.post(path, **form, body="Harmlos").text

    for id_, text in payloads("article.body").items():
        with transaction():
            db.session.get(Article, article_id).body = text.replace("\0", "")
        answer = reader.post(path, **form, body=text[:50_000])
        assert answer.status_code == 409
        assert_harmless(answer.text, innocent, id_)


def test_addresses_with_markup_are_shown_as_text(reader):
    innocent = publish(reader)["list"]

    for name in ("kind", "city", "tag", "page", "per_page"):
        answer = reader.client.get("/knowledge", query_string={name: '"><script>alert(1)</script>'})
        assert_harmless(answer.text, innocent, name)


def test_template_marks_are_shown_as_they_are_written(reader):
    assert "{{ 7*7 }}{{ config.items() }}" in publish(reader, body="{{ 7*7 }}{{ config.items() }}")["article"]


def test_links_to_other_sites_tell_them_nothing(reader):
    page = publish(reader, body="[dort](https://other.example/x)")["article"]

    assert '<a href="https://other.example/x" rel="noopener noreferrer nofollow">dort</a>' in page


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/\\evil.example", "x:y"]
)
def test_the_check_itself_knows_what_is_not_safe(address):
    assert not is_safe(address)
