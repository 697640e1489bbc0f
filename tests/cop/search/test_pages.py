# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page of the search."""

import re
from urllib.parse import urlencode

import pytest

from cop.base.audience import Audience
from cop.base.db import transaction
from cop.search.sources import SearchSource, add_source
from tests.builders import AALBORG, a_city, a_community, a_meeting, a_person, a_record, a_topic, an_article
from tests.cop.knowledge.dom import assert_harmless, payloads
from tests.reader import Reader


@pytest.fixture
def miriam(app):
    with transaction():
        a_city()
        person = a_person("Miriam")
    return Reader(app, person)


def ask(reader, question):
    """The titles found, in order."""
    page = reader.get(f"/search?{urlencode({'q': question})}")
    assert page.status_code == 200
    return re.findall(r'class="cop-item__title"[^>]*><a href="[^"]+">([^<]*)<', page.text)


def test_everything_one_may_see_is_found_by_title_and_text(app, miriam):
    with transaction():
        community = a_community("CoP Ämtertausch", domain="Tausch")
        a_record(community, person=a_person("Bram"))
        an_article("Artikel", body="Etwas über Ämtertausch und mehr")
        a_meeting(community, title="Treffen zum Ämtertausch")

    assert ask(miriam, "ämtertausch") == ["Artikel", "Treffen zum Ämtertausch", "CoP Ämtertausch"]
    assert ask(miriam, "ÄMTERTAUSCH mehr") == ["Artikel"]
    assert ask(miriam, "Ämtertausch nirgends") == []


def test_what_is_for_members_only_is_found_by_members_only(app, miriam):
    with transaction():
        community = a_community("Geheimes Netz", visibility=Audience.COMMUNITY)
        record = a_record(community, "Bram")
        meeting = a_meeting(community, title="Geheimes Treffen", audience=Audience.COMMUNITY)
        a_topic(meeting, record, "Geheimes Thema")
        a_topic(meeting, record, "Geheimes zurückgezogen", state="withdrawn")
        an_article("Geheimer Artikel", body="Geheimes", community=community, audience=Audience.COMMUNITY)
        bram = record.person

    assert ask(miriam, "geheimes") == []
    assert ask(Reader(app, bram), "geheimes") == [
        "Geheimer Artikel",
        "Geheimes Treffen",
        "Geheimes Thema",
        "Geheimes Netz",
    ]


def test_topics_are_found_by_members_even_of_an_open_meeting_only(app, miriam):
    with transaction():
        community = a_community()
        record = a_record(community, "Bram")
        a_topic(a_meeting(community), record, "Mentoring")
        bram = record.person

    assert (ask(miriam, "mentoring"), ask(Reader(app, bram), "mentoring")) == ([], ["Mentoring"])


@pytest.mark.parametrize("question", ["%", "_", "100 %", "a_b", "\\"])
def test_marks_of_patterns_are_letters_like_others(app, miriam, question):
    with transaction():
        an_article("Anderes", body="axb und 100 Prozent")
        an_article("Gemeint", body="%, _, a_b, \\ und 100 %")

    assert ask(miriam, question) == ["Gemeint"]


def test_hits_say_city_audience_and_language(app, miriam):
    with transaction():
        an_article("Delte skriveborde", origin=AALBORG, locale="da")

    page = miriam.get("/search?q=skriveborde").text

    assert '<h3 class="cop-item__title" lang="da">' in page
    assert "Aalborg" in page
    assert 'class="cop-aud"' in page


@pytest.mark.parametrize("question", ["", " ", "%00", "x" * 5000])
def test_an_empty_or_endless_question_breaks_nothing(miriam, question):
    assert miriam.get(f"/search?q={question}").status_code == 200


def test_the_question_is_shown_as_text(miriam):
    innocent = miriam.get("/search?q=harmlos").text
    hostile = payloads("search.query_echo")
    assert hostile

    for id_, text in hostile.items():
        page = miriam.get(f"/search?{urlencode({'q': text})}").text
        assert_harmless(page, innocent, id_)


def test_hostile_texts_that_are_found_are_shown_as_text(app, miriam):
    with transaction():
        an_article("Titel", body="suche harmlos")
    innocent = miriam.get("/search?q=suche").text
    with transaction():
        for text in payloads("article.body").values():
            an_article("suche " + text.replace("\0", "")[:150], body="suche " + text.replace("\0", ""))

    ours = {"div", "h3", "span"}
    assert_harmless(miriam.get("/search?q=suche").text, innocent, "all", ours=ours)


def test_other_parts_can_add_what_is_searched(app, miriam):
    asked = []
    add_source(app, SearchSource("people", "People", lambda person_id, words: asked.append((person_id, words)) or []))

    miriam.get("/search?q=Wer+weiß")

    assert asked == [(miriam.person_id, ["Wer", "weiß"])]


def test_strangers_are_asked_to_sign_in(app):
    assert app.test_client().get("/search?q=x").status_code == 302


def test_many_hits_ask_the_database_no_more_than_few(app, miriam):
    def add(count):
        with transaction():
            community = a_community("CoP Suche")
            record = a_record(community, person=None)
            meeting = a_meeting(community, title="Suche")
            for number in range(count):
                an_article(f"Suche {number}")
                a_topic(meeting, record, f"Suche {number}")

    add(3)
    few = len(miriam.queries("/search?q=suche"))
    add(17)

    assert len(miriam.queries("/search?q=suche")) == few
