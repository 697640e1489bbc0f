# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What crosses the wire, and what never does."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from marshmallow import ValidationError

from cop.accounts.models import Person
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db, transaction
from cop.sharing.documents import document_of, read
from cop.sharing.documents.event import event_facts
from cop.sharing.documents.topic import topic_facts
from federation import strict_json
from tests.builders import a_community, a_meeting, a_member, a_topic, a_turn, an_article

HERE = "http://127.0.0.1:8101"


@pytest.fixture
def inside(app: Flask) -> Iterator[None]:
    with transaction():
        yield


def sent(thing: Any) -> dict[str, Any]:
    """A document as it comes out at the other end."""
    return strict_json.loads(strict_json.dumps(document_of(thing)))


COMMON = {"id", "type", "attributedTo", "cop:rev", "updated", "proof"}
ALLOWED = {
    "group": COMMON
    | {"name", "summary", "inLanguage"}
    | {f"cop:{name}" for name in ("kind", "rhythm", "visibility", "joinMode", "membersByCity", "charter")},
    "event": COMMON
    | {"name", "content", "mediaType", "summary", "startTime", "endTime", "timezone", "location", "inLanguage"}
    | {"participantCount", "eventStatus", "ical:status", "isOnline", "category", "joinMode"}
    | {f"cop:{name}" for name in ("format", "state", "audience", "sequence", "agenda", "topicCount")}
    | {"cop:collectionOpensAt", "cop:collectionClosesAt"},
    "topic": COMMON
    | {"name", "content", "mediaType", "inLanguage", "context", "published"}
    | {f"cop:{name}" for name in ("proposedBy", "state", "late", "supportCount")},
    "turn": COMMON
    | {"context", "startTime"}
    | {f"cop:{name}" for name in ("role", "person", "state", "source", "reasons", "followers")},
    "article": COMMON
    | {"name", "content", "mediaType", "inLanguage", "published", "tag"}
    | {f"cop:{name}" for name in ("kind", "version", "note", "licence", "audience", "author")},
}


def test_each_document_has_exactly_the_properties_of_its_allow_list(inside) -> None:
    community = a_community()
    member = a_member(community, "Bram")
    links = [{"kind": "room", "label": "", "url": "https://webex.example/geheim"}]
    meeting = a_meeting(community, place="Rathaus", links=links, agenda=[{"kind": "fixed", "title": "Start"}])
    things = {
        "group": community,
        "event": meeting,
        "topic": a_topic(meeting, member),
        "turn": a_turn(meeting, "moderator", member),
        "article": an_article(community=community, audience=Audience.COMMUNITY),
    }

    documents = {name: sent(thing) for name, thing in things.items()}

    for name, document in documents.items():
        optional = {"cop:author", "cop:note", "content"}
        assert set(document) - optional == ALLOWED[name] - optional, name
        assert "geheim" not in str(document)


def test_a_meeting_reads_back_as_it_was_with_its_zone(inside) -> None:
    meeting = a_meeting(place="Rathaus", zone="Europe/Copenhagen", description="# Hej", number=7)

    facts = read(sent(meeting), "Event")

    wanted = event_facts(meeting)
    ends_at = wanted.pop("ends_at")
    assert wanted | {"place": "Rathaus", "minutes": 120, "extra": {}, "origin": HERE} == facts
    assert sent(meeting)["endTime"] == ends_at.isoformat()
    assert sent(meeting)["timezone"] == "Europe/Copenhagen"


def test_a_topic_reads_back_as_it_was(inside) -> None:
    community = a_community()
    topic = a_topic(a_meeting(community), a_member(community, "Bram"), pitch="Hvem gør hvad?")

    facts = read(sent(topic), "cop:Topic")

    person = topic_facts(topic)["proposed_by"] | {"city_origin": HERE}
    assert facts == topic_facts(topic) | {"proposed_by": person, "extra": {}, "origin": HERE}


def test_who_gave_no_consent_is_their_role(inside) -> None:
    community = a_community()
    shy = a_member(community, "Bram", shows_name=False, role_title="Personalentwicklung")

    assert sent(a_topic(a_meeting(community), shy))["cop:proposedBy"]["name"] == "Personalentwicklung"


def test_beyond_member_cities_an_article_has_no_author(inside) -> None:
    community = a_community()
    author = a_member(community, "Bram")

    person = db.session.get_one(Person, author.person_id)
    documents = {
        audience: sent(an_article(title=audience, community=community, author=person, audience=audience))
        for audience in (Audience.COMMUNITY, Audience.PEERS)
    }

    assert documents[Audience.COMMUNITY]["cop:author"]["name"] == "Bram"
    assert "cop:author" not in documents[Audience.PEERS]
    assert "Bram" not in str(documents[Audience.PEERS])


def an_event(**changes: Any) -> dict[str, Any]:
    starts = now().replace(microsecond=0)
    return {
        "id": f"{HERE}/o/1",
        "type": "Event",
        "attributedTo": f"{HERE}/o/2",
        "cop:rev": 3,
        "name": "Desksharing",
        "startTime": starts.isoformat(),
        "endTime": (starts + timedelta(hours=2)).isoformat(),
        "timezone": "Europe/Berlin",
        "inLanguage": "de",
        "cop:format": "online",
        "cop:state": "scheduled",
        "cop:audience": "peers",
    } | changes


def test_what_we_do_not_know_is_kept_apart(app: Flask) -> None:
    facts = read(an_event(**{"cop:mood": {"a": 1}, "rev": 99, "origin": "x", "title": "y"}), "Event")

    assert facts["extra"] == {"cop:mood": {"a": 1}, "rev": 99, "origin": "x", "title": "y"}
    assert (facts["rev"], facts["origin"], facts["title"]) == (3, HERE, "Desksharing")


WRONG: dict[str, dict[str, Any]] = {
    "no name": {"name": None},
    "a name without end": {"name": "x" * 201},
    "a number as a name": {"name": 7},
    "user and password in the id": {"id": "http://u:p@127.0.0.1:8101/o/1"},
    "a fragment in the id": {"id": f"{HERE}/o/1#x"},
    "a list as owner": {"attributedTo": [f"{HERE}/o/2"]},
    "a revision that is a text": {"cop:rev": "3"},
    "a revision that is true": {"cop:rev": True},
    "a negative revision": {"cop:rev": -1},
    "a revision beyond the column": {"cop:rev": 2**53},
    "a time without zone": {"startTime": "2026-12-03T10:00:00"},
    "a time before time": {"startTime": "0001-01-01T00:00:00+14:00"},
    "an end before the start": {"endTime": "2000-01-01T00:00:00+00:00"},
    "an unknown zone": {"timezone": "Mars/Olympus"},
    "a zone that is a path": {"timezone": "../../etc/passwd"},
    "places in a list": {"location": [{"type": "Place", "name": "x"}]},
    "another type": {"type": "Article"},
    "a language that is markup": {"inLanguage": "<de>"},
    "an agenda without end": {"cop:agenda": [{"name": "x"}] * 201},
}


@pytest.mark.parametrize("case", WRONG)
def test_a_document_that_is_not_as_it_should_be_is_refused(app: Flask, case: str) -> None:
    read(an_event(), "Event")

    with pytest.raises(ValidationError):
        read(an_event(**WRONG[case]), "Event")


def test_a_place_is_one_object(app: Flask) -> None:
    facts = read(an_event(location={"type": "Place", "name": "Rathaus", "geo": [1, 2]}), "Event")

    assert facts["place"] == "Rathaus"
