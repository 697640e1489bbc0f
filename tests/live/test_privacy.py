# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""What crosses between cities in a whole story: read every activity that was recorded, as a data protection officer would."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from cop.accounts.models import Account, Person
from cop.base.audience import Audience
from cop.base.clock import now
from cop.base.db import db
from cop.communities import services as communities
from cop.meetings import services as meetings
from cop.meetings.models import Answer, Meeting
from cop.minutes import services as minutes
from cop.rotation import services as rotation
from cop.sharing.models import LogEntry, ReceivedActivity
from tests.live.story import LINKS, Story, record_of_bram, the_community, the_meeting, topic_called
from tests.live_instance import LiveInstance

#: the one who never agreed to be named, in either city
SILENT = {"Kassel": "Renate Stillfried", "Aalborg": "Bram"}
#: names of properties that would hold what must not cross, in whatever spelling
FORBIDDEN_KEYS = (
    "mail",
    "phone",
    "subject",
    "birth",
    "attend",
    "participants",
    "supporters",
    "likes",
    "voter",
    "ballot",
    "lastseen",
    "presence",
    "read",
    "declined",
    "eligible",
    "account",
    "unit",
)
#: what these would find that is none of it
ALLOWED_KEYS = {"participantCount"}


@pytest.fixture
def told(kassel: LiveInstance, aalborg: LiveInstance) -> "Told":
    story = Story(kassel, aalborg).peer()
    accounts_for(story)
    play(story)
    return Told(story)


class Told:
    """Everything that one of the two said to the other."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.activities: list[dict[str, Any]] = []
        for city in (story.kassel, story.aalborg):
            with city.app.app_context():
                self.activities += db.session.scalars(select(LogEntry.activity)).all()
                bodies = db.session.scalars(select(ReceivedActivity.body)).all()
                self.activities += [json.loads(body) for body in bodies if body is not None]

    def holding(self, text: str) -> list[dict[str, Any]]:
        """Return the activities in which a text stands."""
        return [one for one in self.activities if text in json.dumps(one, ensure_ascii=False)]


def accounts_for(story: Story) -> None:
    for city, person_id in ((story.kassel, story.nadja), (story.aalborg, story.bram)):
        with city.at_work():
            person = db.session.get_one(Person, person_id)
            person.organisation, person.unit = f"Organisation of {city.short}", f"Unit of {city.short}"
            db.session.add(account(city, person))
    with story.kassel.at_work():
        silent = Person(origin=story.kassel.origin, display_name=SILENT["Kassel"], unit="Unit of Renate")
        db.session.add_all([silent, account(story.kassel, silent)])
        communities.ask_to_join(the_community(), silent, shows_name=False, role_title="Fachkraft")


def account(city: LiveInstance, person: Person) -> Account:
    subject = f"subject-of-{person.display_name.split()[0].lower()}"
    return Account(
        person=person,
        issuer=city.settings.issuers[0].url,
        subject=subject,
        email=f"{subject}@{city.short.lower()}.example",
    )


def play(story: Story) -> None:
    """Join, propose, support, come and not, take turns, hold the meeting, publish minutes and correct them, leave."""
    story.join()
    story.propose("Mental load among leaders")
    story.settle()
    for person in (SILENT["Kassel"], "Nadja"):
        with story.kassel.at_work():
            member = communities.require_member(the_community().id, person_called(person))
            meetings.support(topic_called("Mental load among leaders"), member)
            meetings.answer(the_meeting(), member, Answer.CONFIRMED if person == "Nadja" else Answer.DECLINED)
    with story.kassel.at_work():
        silent = communities.require_member(the_community().id, person_called(SILENT["Kassel"]))
        meetings.propose_topic(the_meeting(), silent, title="Was lernen Azubis heute?")
        rotation.wish_to_take_turns(the_community(), story.coordinator(), knows_it=True)
    with story.aalborg.at_work():
        meetings.wish_support(topic_called("Mental load among leaders"), story.member(), on=True)
    story.answer(Answer.CONFIRMED)
    story.settle()
    with time_machine.travel(now() + timedelta(days=10, hours=3)):
        publish_minutes(story)
        story.settle()
        with story.aalborg.at_work():
            communities.ask_home_to_leave(record_of_bram(story))
        story.settle()


def publish_minutes(story: Story) -> None:
    for body in ("# Verlauf\n\nWir sprachen.", "# Verlauf\n\nWir sprachen lange."):
        with story.kassel.at_work():
            minutes.publish_for(the_meeting(), story.coordinator(), body=body, audience=Audience.PEERS)
        story.settle()


def person_called(name: str) -> Any:
    return db.session.scalars(select(Person.id).where(Person.display_name == name)).one()


def properties(document: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield every property of a document, however deep, with its path."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield f"{path}.{key}", value
            yield from properties(value, f"{path}.{key}")
    if isinstance(document, list):
        for value in document:
            yield from properties(value, path)


def test_of_people_nothing_crosses_that_they_did_not_agree_to(told: Told) -> None:
    kinds = {one["type"] for one in told.activities}
    assert {"Create", "Update", "Delete", "Join", "Leave", "Accept", "Offer", "Like"} <= kinds
    assert len(told.holding("Mental load among leaders")) > 1

    for secret in ("@kassel.example", "@aalborg.example", "subject-of", "Unit of", "Organisation of"):
        assert told.holding(secret) == [], secret
    for name in SILENT.values():
        assert told.holding(name) == [], name
    assert told.holding("Nadja") != []  # she founded it, and so agreed

    for one in told.activities:
        keys = {path.rpartition(".")[2] for path, _value in properties(one)} - ALLOWED_KEYS
        assert [
            key for key in keys for word in FORBIDDEN_KEYS if word in key.lower().partition(":")[2] or word == key
        ] == []


def test_who_supports_and_who_comes_stays_at_home_as_a_number(told: Told) -> None:
    """A person's own wish crosses to the home, and nobody's goes on from there."""
    home = told.story.kassel.origin
    said_by_home = [one for one in told.activities if one["actor"].startswith(home)]

    assert {one["type"] for one in said_by_home} & {"Like", "Undo", "Join", "Leave"} == set()
    with told.story.kassel.app.app_context():
        members = {name: uri_of(name) for name in (SILENT["Kassel"], "Nadja")}
        bram = uri_of("HR-udvikling")
        meeting = db.session.scalars(select(Meeting.uri)).one()
    topics = [
        one["object"] for one in said_by_home if isinstance(one["object"], dict) and "cop:proposedBy" in one["object"]
    ]
    proposers = {topic["cop:proposedBy"]["id"] for topic in topics}
    assert proposers == {members[SILENT["Kassel"]], bram}
    assert max(topic["cop:supportCount"] for topic in topics) == 3
    events = [
        one["object"] for one in said_by_home if isinstance(one["object"], dict) and one["object"].get("id") == meeting
    ]
    assert events != []
    assert [event for event in events if "/m/" in json.dumps(event)] == []


def uri_of(name: str) -> str:
    from cop.communities.models import MembershipRecord

    found = db.session.scalars(select(MembershipRecord.uri).join(Person).where(Person.display_name == name))
    return found.one()


def test_the_way_into_the_room_is_only_in_the_answer_to_who_comes(told: Told) -> None:
    holding = told.holding(LINKS[0]["url"])

    assert holding != []
    assert {one["type"] for one in holding} == {"Accept"}
    paths = {path for one in holding for path, value in properties(one) if value == LINKS[0]["url"]}
    assert paths == {".cop:links.url"}
